"""Which poster a film has; its pictures are made and kept by media."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from lucarne.catalog import rows
from lucarne.catalog.models import Video
from lucarne.core import audit
from lucarne.media import new_posters, posters as media


@transaction.atomic
def choose(*, video_id: str, name: str, actor: str, at: datetime) -> None:
    """Show one of those that the film may have. Raises UnknownVideo, UnknownPoster."""
    video = rows.lock(video_id)
    asset_id = video.asset.public_id
    origin = media.find(asset_id, name).origin
    media.show(asset_id=asset_id, name=name, at=at)
    _audit(video, origin, actor=actor, at=at)


@transaction.atomic
def choose_automatic(*, video_id: str, actor: str, at: datetime) -> None:
    """Show what Lucarne chose. Raises UnknownVideo."""
    video = rows.lock(video_id)
    media.show_automatic(asset_id=video.asset.public_id, at=at)
    _audit(video, "automatic", actor=actor, at=at)


@transaction.atomic
def choose_moment(*, video_id: str, at_ms: int, actor: str, at: datetime) -> None:
    """Show the picture of a moment as soon as it is taken.

    Raises UnknownVideo, BeyondEnd, NoMoment.
    """
    video = rows.lock(video_id)
    new_posters.ask_frame(asset_id=video.asset.public_id, at_ms=at_ms)
    _audit(video, "frame", actor=actor, at=at, at_ms=at_ms)


def send(
    *, video_id: str, data: bytes, source_name: str, actor: str, at: datetime
) -> str:
    """Show a picture from elsewhere, its middle; return its name.

    Blocks; call outside transactions. Raises UnknownVideo, BadPicture, NoSpace.
    """
    asset_id = _asset_id(video_id)
    name = new_posters.take_own(
        asset_id=asset_id, data=data, source_name=source_name, at=at
    )
    _note_own(video_id, actor=actor, at=at)
    return name


def cut(
    *,
    video_id: str,
    name: str,
    shape: tuple[int, int],
    left: int,
    top: int,
    width: int,
    actor: str,
    at: datetime,
) -> str:
    """Show another part of such a picture; return the name of that poster.

    Blocks as ``send`` does. Raises UnknownVideo, UnknownPoster, NoSpace.
    """
    asset_id = _asset_id(video_id)
    name = new_posters.cut_own(
        asset_id=asset_id, name=name, shape=shape, left=left, top=top, width=width, at=at
    )
    _note_own(video_id, actor=actor, at=at)
    return name


def _asset_id(video_id: str) -> str:
    with transaction.atomic():
        return rows.lock(video_id).asset.public_id


@transaction.atomic
def _note_own(video_id: str, *, actor: str, at: datetime) -> None:
    _audit(rows.lock(video_id), "own", actor=actor, at=at)


def _audit(
    video: Video, origin: str, *, actor: str, at: datetime, **detail: Any
) -> None:
    audit.record(
        actor=actor, verb="video.poster", subject=video.public_id, at=at,
        scope=video.channel.public_id,
        title=video.title, origin=origin, **detail,
    )  # fmt: skip
