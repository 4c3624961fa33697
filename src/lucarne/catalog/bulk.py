"""Changing many films at once: what would change, the change, and its undoing.

Films are taken a few hundred at a time, each batch in a transaction of its own that
also holds what its films were before: nobody waits long, and whatever was done when a
process dies can be undone. A film is only given back what it was where it still is
what the change made of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from lucarne.catalog import details, publication
from lucarne.catalog.bulk_preview import Changes, Film, Selection, State, look, read
from lucarne.catalog.errors import FilmsChanged, NothingToChange, UnknownEdit
from lucarne.catalog.models import BulkEdit, BulkEditLine, Channel, Video
from lucarne.catalog.rights import OPERATOR, Action, Rights
from lucarne.core import audit, ids

KEPT_FOR: Final = timedelta(days=30)
_BATCH: Final = 500
_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class Undone:
    """How many films have what they had; how many were changed since, or deleted.

    ``excluded``: those whose change the role of whoever asks does not allow.
    """

    restored: int
    changed_since: int
    gone: int
    excluded: int = 0


def change(
    *, selection: Selection, changes: Changes, digest: str, actor: str, at: datetime
) -> str:
    """Change the films as a preview with this digest showed; return the change's id.

    Raises FilmsChanged when they are others by now, and what ``preview`` raises.
    """
    asked = changes.asked(at=at)
    seen, pks = look(selection, asked)
    if seen.digest != digest:
        raise FilmsChanged
    if not pks:
        raise NothingToChange
    edit_id = ids.new("blk")
    with transaction.atomic():
        edit = BulkEdit.objects.create(
            public_id=edit_id, actor=actor, made_at=at, changes=asked
        )
        audit.record(
            actor=actor, verb="films.changed", subject=edit_id, at=at,
            films=len(pks), changes=asked,
        )  # fmt: skip
    for batch in _batches(pks):
        _change_some(edit, batch, asked, rights=selection.rights, actor=actor, at=at)
    return edit_id


def undo(
    *, edit_id: str, rights: Rights = OPERATOR, actor: str, at: datetime
) -> Undone:
    """Give the films of a change what they had before it, where nobody changed it since.

    Asked again, it restores what can be restored by then. Raises UnknownEdit.
    """
    edit = find_edit(edit_id)
    counts = [0, 0, 0, 0]
    left = edit.lines.filter(undone_at=None).order_by("pk")
    for batch in _batches(list(left.values_list("pk", flat=True))):
        found = _undo_some(edit, batch, rights=rights, actor=actor, at=at)
        counts = [sum(pair) for pair in zip(counts, found, strict=True)]
    audit.record(
        actor=actor, verb="films.change_undone", subject=edit_id, at=at, films=counts[0]
    )
    return Undone(
        restored=counts[0], changed_since=counts[1], gone=counts[2], excluded=counts[3]
    )


def forget(*, at: datetime) -> None:
    """Forget changes that are too old to be undone."""
    BulkEdit.objects.filter(made_at__lt=at - KEPT_FOR).delete()


def find_edit(edit_id: str) -> BulkEdit:
    """Return a change of many films; for this room. Raises UnknownEdit."""
    edit = BulkEdit.objects.filter(public_id=edit_id).first()
    if edit is None:
        raise UnknownEdit(edit_id)
    return edit


@transaction.atomic
def _change_some(
    edit: BulkEdit,
    pks: list[int],
    asked: State,
    *,
    rights: Rights,
    actor: str,
    at: datetime,
) -> None:
    entries: list[audit.Entry] = []
    lines: dict[str, BulkEditLine] = {}
    writes = _Writes()
    for film in read(_lock(Video.objects.filter(pk__in=pks, deleted_at=None))):
        after = film.after(asked)
        if not after or not film.is_for(rights, after):
            continue  # somebody was faster
        before = {name: film.now[name] for name in after}
        if "visibility" in after:
            is_link = after["visibility"]["is"] == Video.Visibility.LINK
            after["visibility"]["link_key"] = publication.new_key() if is_link else ""
        writes.add(film.pk, after)
        lines[film.video_id] = BulkEditLine(
            edit=edit, video_id=film.video_id, before=before, after=after
        )
        entries += _logged("change", edit, film, after)
    writes.write(at=at)
    BulkEditLine.objects.bulk_create(lines.values())
    audit.record_each(actor=actor, verb="video.edited", entries=entries, at=at)


def _logged(
    word: str, edit: BulkEdit, film: Film, after: State
) -> Iterator[audit.Entry]:
    """Yield what the log keeps of one film: never a secret address.

    A film that moves is the matter of both channels.
    """

    def shown(state: State) -> State:
        if "visibility" not in state:
            return state
        return {**state, "visibility": state["visibility"]["is"]}

    detail = {
        word: edit.public_id,
        "title": film.title,
        "fields": sorted(after),
        "before": shown({name: film.now[name] for name in after}),
        "after": shown(after),
    }
    channels = (film.facts.channel_id, after.get("channel", film.facts.channel_id))
    for scope in dict.fromkeys(channels):
        yield audit.Entry(film.video_id, scope, detail)


@transaction.atomic
def _undo_some(
    edit: BulkEdit, pks: list[int], *, rights: Rights, actor: str, at: datetime
) -> tuple[int, int, int, int]:
    """Return how many films were restored, were changed since, are gone, are excluded.

    Films of channels that somebody may not see count for nothing.
    """
    waiting = edit.lines.select_for_update().filter(pk__in=pks, undone_at=None)
    lines = {line.video_id: line for line in waiting}
    here = Video.objects.filter(public_id__in=lines, deleted_at=None)
    films = {film.video_id: film for film in read(_lock(here))}
    hidden = {
        name
        for name, film in films.items()
        if not rights.may(Action.SEE, film.facts.channel_id)
    }
    entries: list[audit.Entry] = []
    excluded = 0
    writes = _Writes()
    restored: dict[str, BulkEditLine] = {}
    for name, line in lines.items():
        film = films.get(name)
        if film is None or name in hidden or not is_as_changed(film.now, line.after):
            continue
        if not film.is_for(rights, line.before):
            excluded += 1
            continue
        writes.add(film.pk, line.before)
        restored[name] = line
        entries += _logged("undone", edit, film, line.before)
    writes.write(at=at)
    edit.lines.filter(pk__in=[line.pk for line in restored.values()]).update(
        undone_at=at
    )
    audit.record_each(actor=actor, verb="video.edited", entries=entries, at=at)
    since = len(films) - len(hidden) - excluded - len(restored)
    return len(restored), since, len(lines) - len(films), excluded


def is_as_changed(now: State, after: State) -> bool:
    """Whether a film still is what a change made of it; for this room."""
    # Whether it was published is no choice of anybody: it follows.
    free = {"visibility": {**now["visibility"], "was_published": None}}
    return all(
        {**now, **free}[name]
        == ({**value, "was_published": None} if name == "visibility" else value)
        for name, value in after.items()
    )


class _Writes:
    """What films are to be, gathered so that those that are to be alike are one write."""

    def __init__(self) -> None:
        self._pks: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, pk: int, values: State) -> None:
        for name, value in values.items():
            self._pks[name, json.dumps(value)].append(pk)

    def write(self, *, at: datetime) -> None:
        for (name, text), pks in self._pks.items():
            value, videos = json.loads(text), Video.objects.filter(pk__in=pks)
            if name == "visibility":
                _show_to(videos, value, at=at)
            elif name == "channel":
                videos.update(channel=Channel.objects.get(public_id=value))
            elif name == "tags":
                videos.update(tags=value)
                details.keep_tag_keys_of(pks, value)
            else:
                videos.update(**{name: value})


def _show_to(videos: QuerySet[Video], value: State, *, at: datetime) -> None:
    if not value["was_published"]:
        videos.update(first_published_at=None)
    publication.show_to(
        videos,
        visibility=value["is"],
        publish_at=datetime.fromisoformat(value["publish_at"])
        if value["publish_at"]
        else None,
        publish_as=value.get("publish_as", Video.Visibility.PUBLIC),
        link_key=value["link_key"],
        closes=value["is"] not in publication.OPEN,
        at=at,
    )


def _lock(videos: QuerySet[Video]) -> QuerySet[Video]:
    """Lock the rows in one order, so that two changes wait for each other.

    Apart from reading them: PostgreSQL locks no rows of a join with another table.
    """
    list(videos.order_by("pk").select_for_update().values_list("pk"))
    return videos


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
