"""Work on a film's files that somebody asks for: once more, or smaller."""

from __future__ import annotations

from datetime import datetime

from lucarne.catalog.queries import VideoView
from lucarne.core import audit
from lucarne.media import fine, operations as media


def try_again(*, video: VideoView, actor: str, at: datetime) -> None:
    """Go on with a failed film from where it failed."""
    media.retry(asset_id=video.film.asset_id, at=at)
    _record("video.tried_again", video, actor, at)


def make_smaller(*, video: VideoView, actor: str, at: datetime) -> None:
    """Begin a second pass over a film, unless there is one or nothing to win."""
    if fine.start(asset_id=video.film.asset_id, asked_by=actor, at=at):
        _record("video.fine_started", video, actor, at)


def stop_making_smaller(*, video: VideoView, actor: str, at: datetime) -> None:
    """Stop it; the film keeps what it has."""
    fine.cancel(asset_id=video.film.asset_id, at=at)
    _record("video.fine_stopped", video, actor, at)


def _record(verb: str, video: VideoView, actor: str, at: datetime) -> None:
    audit.record(
        actor=actor, verb=verb, subject=video.video_id, at=at,
        scope=video.channel.channel_id, title=video.title,
    )  # fmt: skip
