"""What is written about a film: its title, description, tags and so on.

A page shows details as text and says, when it saves, what text it was given
(``seen``). So two people who change different details of one film both keep what they
wrote, and who changes the same as somebody else is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from lucarne.catalog import chapters, language_tags, names, rows
from lucarne.catalog.chapters import Chapter
from lucarne.catalog.errors import (
    BadLanguage,
    EditedMeanwhile,
    EmptyTitle,
    NotAllowed,
)
from lucarne.catalog.labels import CATEGORIES, LICENSES
from lucarne.catalog.models import Channel, Video, VideoTag
from lucarne.catalog.queries import VideoView, find_channel
from lucarne.catalog.rights import Action, Rights, check_row, facts_of_row
from lucarne.core import audit
from lucarne.media import queries as media

Origin = Video.ChaptersFrom
# The other ways in which chapters come: a person does not write them.
AUTOMATIC: Final = {Origin.NOWHERE, Origin.FILE, Origin.DESCRIPTION}


@dataclass(frozen=True, kw_only=True)
class _Field:
    """How a detail is read from a film and written as text."""

    get: Callable[[Video], Any]
    text: Callable[[Any], str] = str


_FIELDS: Final[dict[str, _Field]] = {
    "title": _Field(get=lambda video: video.title),
    "channel": _Field(get=lambda video: video.channel.public_id),
    "description": _Field(get=lambda video: video.description),
    "tags": _Field(get=lambda video: tuple(video.tags), text=", ".join),
    "language": _Field(get=lambda video: video.language),
    "category": _Field(get=lambda video: video.category),
    "license": _Field(get=lambda video: video.license),
    "chapters": _Field(
        get=lambda video: tuple(Chapter(*one) for one in video.chapters),
        text=chapters.write,
    ),
}
FIELDS: Final = tuple(_FIELDS)
# Columns that follow title and description.
_FOLDED: Final = ("folded_title", "folded_description")


def text_of(name: str, value: Any) -> str:
    """Write a detail as a page shows it."""
    return _FIELDS[name].text(value)


def clean(name: str, value: Any) -> Any:
    """Return a detail as it is kept.

    Raises EmptyTitle, UnknownChannel, BadLanguage; ValueError for a category or a
    license that is not ours.
    """
    if name == "title":
        value = names.clean_line(value)[: names.TITLE_MAX]
        if not value:
            raise EmptyTitle
    elif name == "channel":
        value = find_channel(value).channel_id
    elif name == "description":
        value = "\n".join(value.strip().splitlines())
    elif name == "language" and value:
        tag = language_tags.normalize(value)
        if tag is None:
            raise BadLanguage(names.clean_line(value)[:40])
        value = tag
    elif name in {"category", "license"} and value:
        if value not in (CATEGORIES if name == "category" else LICENSES):
            raise ValueError(value)
    elif name in {"tags", "chapters"}:
        value = tuple(value)
    return value


@transaction.atomic
def edit(
    *,
    video_id: str,
    changes: Mapping[str, Any],
    seen: Mapping[str, str] | None = None,
    rights: Rights | None = None,
    actor: str,
    at: datetime,
) -> dict[str, str]:
    """Change some details of a film; returns all of them, as text.

    ``changes``: values by names of FIELDS; tags are a sequence of texts, chapters of
    Chapter, the channel an id. With ``seen`` (texts by name) what its author did not
    touch is left as it is now; without it ``changes`` simply hold.

    Raises UnknownVideo, EditedMeanwhile, NotAllowed, and what clean() raises.
    """
    video = rows.lock(video_id)
    check_row(rights, Action.EDIT, video)
    wanted = touched(video, changes, seen)
    if not wanted:
        return texts(video)
    was_of = video.channel.public_id
    if rights is not None and "channel" in wanted:
        _check_move(rights, video, wanted["channel"])
    _write(video, wanted)
    # A film that moves is the matter of both channels.
    for scope in dict.fromkeys((was_of, video.channel.public_id)):
        audit.record(
            actor=actor, verb="video.edited", subject=video_id, at=at,
            scope=scope, title=video.title, fields=sorted(wanted),
        )  # fmt: skip
    return texts(video)


def _check_move(rights: Rights, video: Video, channel_id: str) -> None:
    if not rights.may_move(facts_of_row(video), channel_id):
        raise NotAllowed


def touched(
    video: Video, changes: Mapping[str, Any], seen: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return what must be written; for this room.

    Raises EditedMeanwhile, and what clean() raises.
    """
    wanted = {name: clean(name, value) for name, value in changes.items()}
    now = {name: _FIELDS[name].get(video) for name in wanted}
    others = {name: value for name, value in wanted.items() if value != now[name]}
    if seen is None:
        return others
    mine = {
        name: value
        for name, value in others.items()
        if text_of(name, value) != seen.get(name)
    }
    theirs = {
        name: text
        for name in mine
        if (text := text_of(name, now[name])) != seen.get(name)
    }
    if theirs:
        raise EditedMeanwhile(theirs)
    return mine


def _write(video: Video, wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        if name == "channel":
            video.channel = Channel.objects.get(public_id=value)
        elif name == "tags":
            video.tags = list(value)
        elif name == "chapters":
            video.chapters = [list(one) for one in value]
            video.chapters_from = Origin.PERSON
        else:
            setattr(video, name, value)
    if "description" in wanted and "chapters" not in wanted:
        _follow_description(video)
    video.save(update_fields=[*_FIELDS, "chapters_from", *_FOLDED])
    if "tags" in wanted:
        keep_tag_keys(video)


def keep_tag_keys(video: Video) -> None:
    """Let the film be found by its tags, and by no others."""
    keep_tag_keys_of([video.pk], video.tags)


def keep_tag_keys_of(pks: Sequence[int], tags: Iterable[str]) -> None:
    """Do so with several films that have the same tags; for this room."""
    VideoTag.objects.filter(video__in=pks).delete()
    keys = dict.fromkeys(map(names.tag_key, tags))
    VideoTag.objects.bulk_create(
        VideoTag(video_id=pk, key=key) for pk in pks for key in keys
    )


def _follow_description(video: Video) -> None:
    """Take the chapters that the description names, unless a person wrote others."""
    if video.chapters_from not in AUTOMATIC:
        return
    duration_ms = video.asset.duration_ms
    if marks := chapters.marks(video.description, duration_ms=duration_ms):
        _take(video, marks, Origin.DESCRIPTION)
    elif video.chapters_from == Origin.DESCRIPTION:
        _take_from_file(video)


def _take(video: Video, found: tuple[Chapter, ...], origin: str) -> None:
    video.chapters = [list(one) for one in found]
    video.chapters_from = origin


def _take_from_file(video: Video) -> None:
    _take(video, chapters_of_file(video.asset.public_id), Origin.FILE)


def chapters_of_file(asset_id: str) -> tuple[Chapter, ...]:
    """Return the chapters that came in the file; one with no title has its number."""
    found = media.chapters(asset_id)
    return tuple(
        Chapter(round(one.start * 1000), names.clean_line(one.title)[:200] or str(number))
        for number, one in enumerate(found[: chapters.MOST], 1)
    )


def marks_of(video: VideoView) -> tuple[Chapter, ...]:
    """Return the chapters that the description names."""
    return chapters.marks(video.description, duration_ms=video.film.duration_ms)


@transaction.atomic
def take_chapters(
    *,
    video_id: str,
    origin: str,
    rights: Rights | None = None,
    actor: str,
    at: datetime,
) -> int:
    """Let a film have the chapters of its ``file`` or its ``description`` again.

    Returns how many there are. Raises UnknownVideo, NotAllowed.
    """
    video = rows.lock(video_id)
    check_row(rights, Action.EDIT, video)
    if origin == Origin.FILE:
        _take_from_file(video)
    else:
        found = chapters.marks(
            video.description, duration_ms=video.asset.duration_ms
        )
        _take(video, found, Origin.DESCRIPTION)
    video.save(update_fields=["chapters", "chapters_from"])
    audit.record(
        actor=actor, verb="video.edited", subject=video_id, at=at,
        scope=video.channel.public_id, title=video.title, fields=["chapters"],
    )  # fmt: skip
    return len(video.chapters)


def keep_chapters(video: Video) -> None:
    """Let a film that has another file keep its chapters; its row is locked.

    Those that came in its file give way to those of the new one where it has some. What
    lies beyond its end is kept, and nothing automatic takes it away from then on.
    """
    if not video.chapters:
        if video.chapters_from in AUTOMATIC:
            _take_from_file(video)
        return
    own = chapters_of_file(video.asset.public_id)
    if video.chapters_from == Origin.FILE and own:
        _take(video, own, Origin.FILE)
        return
    duration_ms = video.asset.duration_ms
    is_beyond = any(start_ms >= duration_ms for start_ms, _ in video.chapters)
    if video.chapters_from == Origin.FILE or (duration_ms and is_beyond):
        video.chapters_from = Origin.PERSON


def find_forgotten_chapters() -> None:
    """Do so for films whose process died before it could."""
    waiting = Video.objects.filter(
        chapters_from=Origin.NOWHERE, asset__playable_at__isnull=False
    )
    for asset_id in list(waiting.values_list("asset__public_id", flat=True)[:100]):
        find_chapters(asset_id=asset_id)


@transaction.atomic
def find_chapters(*, asset_id: str) -> None:
    """Take the chapters of a film that was just looked into, unless it has some.

    Marks in the description go first: somebody wrote them for this film.
    """
    video = (
        Video.objects.select_for_update(of=("self",))
        .select_related("asset")
        .filter(asset__public_id=asset_id)
        .first()
    )
    if video is None or video.chapters_from not in AUTOMATIC:
        return
    duration_ms = video.asset.duration_ms
    if marks := chapters.marks(video.description, duration_ms=duration_ms):
        _take(video, marks, Origin.DESCRIPTION)
    else:
        _take_from_file(video)
    video.save(update_fields=["chapters", "chapters_from"])


def texts(video: Video) -> dict[str, str]:
    """Return every detail as text; for this room."""
    return {name: text_of(name, field.get(video)) for name, field in _FIELDS.items()}
