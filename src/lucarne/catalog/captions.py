"""What may be done with captions and subtitles. Files are read and kept by media."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from lucarne.catalog import names
from lucarne.catalog.errors import (
    BadCaptions,
    BadLanguage,
    CaptionThere,
    UnknownCaption,
    UnknownVideo,
)
from lucarne.catalog.models import Caption, Video
from lucarne.core import audit, ids
from lucarne.media import texts
from lucarne.media.texts import FoundText
from lucarne_engine.captions.model import Finding, Reading

TITLE_MAX: Final = 100
NAME_MAX: Final = 300
_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)


def add_caption(
    *,
    video_id: str,
    data: bytes,
    source_name: str,
    language: str,
    kind: str,
    title: str = "",
    is_visible: bool = True,
    actor: str,
    at: datetime,
) -> str:
    """Read a file and add it to a video; returns the caption's id.

    Raises UnknownVideo, BadLanguage, BadCaptions, CaptionThere or NoSpace, before
    anything is kept.
    """
    video = (
        Video.objects.select_related("asset", "channel")
        .filter(public_id=video_id)
        .first()
    )
    if video is None:
        raise UnknownVideo(video_id)
    facts: dict[str, Any] = {
        "language": _checked(language),
        "kind": Caption.Kind(kind),
        "title": names.clean_line(title)[:TITLE_MAX],
    }
    if video.captions.filter(**facts).exists():
        raise CaptionThere
    asset_id = video.asset.public_id
    reading = _read(data, asset_id)
    caption = Caption(
        public_id=ids.new("cap"), video=video, is_visible=is_visible, created_at=at, **facts
    )
    _fill(caption, asset_id, reading, source_name=source_name, at=at)
    _save_new(caption, asset_id)
    _audit("added", caption, video_id, actor=actor, at=at, is_visible=is_visible)
    return caption.public_id


def replace_caption(
    *, video_id: str, caption_id: str, data: bytes, source_name: str, actor: str,
    at: datetime,
) -> None:  # fmt: skip
    """Put another file in the place of one. Raises UnknownCaption, BadCaptions, NoSpace."""
    caption = _find(video_id, caption_id)
    asset_id = caption.video.asset.public_id
    reading = _read(data, asset_id)
    before = caption.file_name
    _fill(caption, asset_id, reading, source_name=source_name, at=at)
    caption.is_from_film = False
    with transaction.atomic():
        _find(video_id, caption_id)  # somebody may have deleted it meanwhile
        caption.save(force_update=True)
        if caption.file_name != before:
            texts.forget(asset_id=asset_id, name=before)
        texts.note_change(asset_id=asset_id)
        _audit("replaced", caption, video_id, actor=actor, at=at)


@transaction.atomic
def change_caption(
    *, video_id: str, caption_id: str, language: str, kind: str, title: str,
    is_visible: bool, actor: str, at: datetime,
) -> None:  # fmt: skip
    """Say what it is and who sees it. Raises UnknownCaption, BadLanguage, CaptionThere."""
    caption = _find(video_id, caption_id)
    # A language that nobody could name stays so until somebody names it.
    caption.language = _checked(language) if language or caption.language else ""
    caption.kind = Caption.Kind(kind)
    caption.title = names.clean_line(title)[:TITLE_MAX]
    caption.is_visible = is_visible
    caption.changed_at = at
    _save(caption)
    texts.note_change(asset_id=caption.video.asset.public_id)
    _audit("changed", caption, video_id, actor=actor, at=at, is_visible=is_visible)


@transaction.atomic
def set_caption_visible(
    *, video_id: str, caption_id: str, is_visible: bool, actor: str, at: datetime
) -> None:
    """Show captions to viewers, or hide them on every door. Raises UnknownCaption."""
    caption = _find(video_id, caption_id)
    caption.is_visible = is_visible
    caption.changed_at = at
    caption.save(update_fields=["is_visible", "changed_at"])
    texts.note_change(asset_id=caption.video.asset.public_id)
    verb = "shown" if is_visible else "hidden"
    _audit(verb, caption, video_id, actor=actor, at=at)


@transaction.atomic
def delete_caption(*, video_id: str, caption_id: str, actor: str, at: datetime) -> None:
    """Delete captions with their file. Raises UnknownCaption."""
    caption = _find(video_id, caption_id)
    asset_id = caption.video.asset.public_id
    _audit("deleted", caption, video_id, actor=actor, at=at)
    caption.delete()
    texts.forget(asset_id=asset_id, name=caption.file_name)
    texts.note_change(asset_id=asset_id)


def adopt_found(*, asset_id: str, at: datetime) -> int:
    """Give a video the texts that were found in its film, once; returns how many."""
    with transaction.atomic():
        videos = Video.objects.select_related("channel")
        video = videos.filter(asset__public_id=asset_id).first()
        if video is None:
            return 0
        found = texts.take(asset_id=asset_id)
        for text in found:
            _adopt(video, text, at=at)
        if found:
            texts.note_change(asset_id=asset_id)
    return len(found)


def _adopt(video: Video, text: FoundText, *, at: datetime) -> None:
    kind = Caption.Kind.CAPTIONS if text.is_for_deaf else Caption.Kind.SUBTITLES
    taken = set(
        video.captions.filter(language=text.language, kind=kind).values_list(
            "title", flat=True
        )
    )
    title = text.title[:TITLE_MAX]
    if _adopt_again(video, text, kind, title, at=at):
        return
    number = 1
    while title in taken:
        number += 1
        title = f"{text.title[: TITLE_MAX - 5]} {number}".strip()
    caption = Caption.objects.create(
        public_id=ids.new("cap"), video=video, language=text.language, kind=kind,
        title=title,
        # What only translates signs is for those who understand the film's language.
        is_visible=not text.is_forced,
        is_from_film=True, created_at=at, changed_at=at,
        file_name=text.file.name, cue_count=text.file.cue_count,
        size_bytes=text.file.size_bytes,
    )  # fmt: skip
    _audit("found", caption, video.public_id, actor="", at=at)


def _adopt_again(
    video: Video, text: FoundText, kind: str, title: str, *, at: datetime
) -> bool:
    """Let the same track of a new file take the place of that of the former one."""
    former = video.captions.filter(
        language=text.language, kind=kind, title=title, is_from_film=True
    ).exclude(changed_at=at)
    found = former.first()
    if found is None:
        return False
    found.file_name, found.cue_count = text.file.name, text.file.cue_count
    found.size_bytes, found.changed_at = text.file.size_bytes, at
    found.save(update_fields=["file_name", "cue_count", "size_bytes", "changed_at"])
    _audit("found", found, video.public_id, actor="", at=at)
    return True


def _checked(language: str) -> str:
    if not _TAG.fullmatch(language):
        raise BadLanguage(language[:40])
    return language


def _read(data: bytes, asset_id: str) -> Reading:
    reading = texts.read_file(data, asset_id=asset_id)
    if reading.errors:
        raise BadCaptions(reading.errors)
    return reading


def _fill(
    caption: Caption, asset_id: str, reading: Reading, *, source_name: str, at: datetime
) -> None:
    """Keep the file and note what it is."""
    file = texts.keep(asset_id=asset_id, owner=caption.public_id, cues=reading.cues)
    caption.file_name = file.name
    caption.cue_count = file.cue_count
    caption.size_bytes = file.size_bytes
    caption.source_name = names.clean_line(source_name)[:NAME_MAX]
    caption.notes = [_plain(note) for note in reading.notes]
    caption.changed_at = at


def _plain(note: Finding) -> list[Any]:
    return list(asdict(note).values())


def _save_new(caption: Caption, asset_id: str) -> None:
    try:
        with transaction.atomic():
            _save(caption)
            texts.note_change(asset_id=asset_id)
    except CaptionThere:
        texts.forget(asset_id=asset_id, name=caption.file_name)
        raise
    except IntegrityError as error:  # deleted while its captions were read
        texts.forget(asset_id=asset_id, name=caption.file_name)
        raise UnknownVideo(caption.video.public_id) from error


def _save(caption: Caption) -> None:
    """Raises CaptionThere."""
    same = Caption.objects.filter(
        video_id=caption.video_id, language=caption.language, kind=caption.kind,
        title=caption.title,
    )  # fmt: skip
    if same.exclude(pk=caption.pk).exists():
        raise CaptionThere
    caption.save()


def _find(video_id: str, caption_id: str) -> Caption:
    caption = (
        Caption.objects.select_related("video__asset", "video__channel")
        .filter(public_id=caption_id, video__public_id=video_id)
        .first()
    )
    if caption is None:
        raise UnknownCaption
    return caption


def _audit(
    verb: str, caption: Caption, video_id: str, *, actor: str, at: datetime, **detail: Any
) -> None:
    audit.record(
        actor=actor or None, verb=f"caption.{verb}", subject=video_id, at=at,
        scope=caption.video.channel.public_id, title=caption.video.title,
        caption=caption.public_id, language=caption.language, kind=caption.kind, **detail,
    )  # fmt: skip
