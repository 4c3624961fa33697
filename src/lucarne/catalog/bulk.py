"""Changing many films at once: what would change, the change, and its undoing.

Films are taken a few hundred at a time, each batch in a transaction of its own that
also holds what its films were before: nobody waits long, and whatever was done when a
process dies can be undone. A film is only given back what it was where it still is
what the change made of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from lucarne.catalog import film_list
from lucarne.catalog.errors import (
    FilmsChanged,
    NothingChosen,
    NothingToChange,
    UnknownEdit,
)
from lucarne.catalog.film_list import FilmFilter
from lucarne.catalog.models import BulkEdit, BulkEditLine, Channel, Video
from lucarne.catalog.operations import show_to
from lucarne.catalog.queries import find_channel
from lucarne.core import audit, ids

KEPT_FOR: Final = timedelta(days=30)
SHOWN: Final = 20
_BATCH: Final = 500
_Item = TypeVar("_Item")

# Values of a film's fields by their names, as JSON keeps them.
State = dict[str, Any]
# What of a film is read, in this order: its fields, as a change may name them.
_READ: Final = ("pk", "public_id", "title", "visibility", "channel__public_id")
_OPEN: Final = frozenset({Video.Visibility.PUBLIC})


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Films by their ids, or all that match."""

    video_ids: tuple[str, ...] = ()
    wanted: FilmFilter | None = None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is asked for; None leaves a field as it is."""

    visibility: str | None = None
    channel: str | None = None  # id

    def asked(self) -> State:
        """Return only what is to change. Raises NothingToChange, UnknownChannel."""
        given = {"visibility": self.visibility, "channel": self.channel}
        asked = {name: value for name, value in given.items() if value is not None}
        if not asked:
            raise NothingToChange
        if self.visibility is not None:
            asked["visibility"] = Video.Visibility(self.visibility).value
        if self.channel is not None:
            asked["channel"] = find_channel(self.channel).channel_id
        return asked


@dataclass(frozen=True, kw_only=True)
class _Film:
    pk: int
    video_id: str
    title: str
    now: State

    def after(self, asked: State) -> State:
        """Return the fields that would be others, with what they would be."""
        return {name: value for name, value in asked.items() if value != self.now[name]}


@dataclass(frozen=True, kw_only=True)
class FilmChange:
    """One film, and the fields that change, before and after."""

    video_id: str
    title: str
    before: State
    after: State


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would change.

    ``films`` are all that were chosen, ``changing`` those that are not yet as asked,
    ``opening`` those that everybody could watch then and cannot now, ``closing`` the
    other way round. ``digest`` tells whether a later preview is the same.
    """

    films: int
    changing: int
    opening: int
    closing: int
    shown: tuple[FilmChange, ...]
    digest: str

    @property
    def same(self) -> int:
        """How many are as asked already."""
        return self.films - self.changing

    @property
    def more(self) -> int:
        """How many change that are not shown."""
        return self.changing - len(self.shown)


@dataclass(frozen=True, kw_only=True)
class Undone:
    """How many films have what they had; how many were changed since, or deleted."""

    restored: int
    changed_since: int
    gone: int


def count(selection: Selection) -> int:
    """Return how many films are chosen. One query."""
    return _chosen(selection).count()


def preview(*, selection: Selection, changes: Changes) -> Preview:
    """Say what would change. Raises NothingChosen, NothingToChange, UnknownChannel."""
    return _look(selection, changes.asked())[0]


def change(
    *, selection: Selection, changes: Changes, digest: str, actor: str, at: datetime
) -> str:
    """Change the films as a preview with this digest showed; return the change's id.

    Raises FilmsChanged when they are others by now, and what ``preview`` raises.
    """
    asked = changes.asked()
    seen, pks = _look(selection, asked)
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
        _change_some(edit, batch, asked, actor=actor, at=at)
    return edit_id


def undo(*, edit_id: str, actor: str, at: datetime) -> Undone:
    """Give the films of a change what they had before it, where nobody changed it since.

    Asked again, it restores what can be restored by then. Raises UnknownEdit.
    """
    edit = find_edit(edit_id)
    counts = [0, 0, 0]
    left = edit.lines.filter(undone_at=None).order_by("pk")
    for batch in _batches(list(left.values_list("pk", flat=True))):
        found = _undo_some(edit, batch, actor=actor, at=at)
        counts = [sum(pair) for pair in zip(counts, found, strict=True)]
    audit.record(
        actor=actor, verb="films.change_undone", subject=edit_id, at=at, films=counts[0]
    )
    return Undone(restored=counts[0], changed_since=counts[1], gone=counts[2])


def forget(*, at: datetime) -> None:
    """Forget changes that are too old to be undone."""
    BulkEdit.objects.filter(made_at__lt=at - KEPT_FOR).delete()


def find_edit(edit_id: str) -> BulkEdit:
    """Return a change of many films; for this room. Raises UnknownEdit."""
    edit = BulkEdit.objects.filter(public_id=edit_id).first()
    if edit is None:
        raise UnknownEdit(edit_id)
    return edit


def read(videos: QuerySet[Video]) -> Iterator[_Film]:
    """Read what a change could change; for this room."""
    for pk, video_id, title, visibility, channel in videos.values_list(
        *_READ
    ).iterator():
        now = {"visibility": visibility, "channel": channel}
        yield _Film(pk=pk, video_id=video_id, title=title, now=now)


def _chosen(selection: Selection) -> QuerySet[Video]:
    if selection.wanted is not None:
        return film_list.matching(selection.wanted)
    return Video.objects.filter(public_id__in=selection.video_ids)


def _look(selection: Selection, asked: State) -> tuple[Preview, list[int]]:
    """Return what would change, and the keys of the films."""
    films = opening = closing = 0
    shown: list[FilmChange] = []
    pks: list[int] = []
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    for film in read(_chosen(selection).order_by("-pk")):
        films += 1
        after = film.after(asked)
        if not after:
            continue
        before = {name: film.now[name] for name in after}
        pks.append(film.pk)
        digest.update(json.dumps([film.video_id, before], sort_keys=True).encode())
        opening += _opens(before, after)
        closing += _opens(after, before)
        if len(shown) < SHOWN:
            shown.append(
                FilmChange(
                    video_id=film.video_id, title=film.title, before=before, after=after
                )
            )
    if not films:
        raise NothingChosen
    found = Preview(
        films=films,
        changing=len(pks),
        opening=opening,
        closing=closing,
        shown=tuple(shown),
        digest=digest.hexdigest(),
    )
    return found, pks


def _opens(before: State, after: State) -> bool:
    was, will = before.get("visibility"), after.get("visibility")
    return will in _OPEN and was not in _OPEN


@transaction.atomic
def _change_some(
    edit: BulkEdit, pks: list[int], asked: State, *, actor: str, at: datetime
) -> None:
    lines: dict[str, BulkEditLine] = {}
    writes = _Writes()
    for film in read(_locked().filter(pk__in=pks)):
        after = film.after(asked)
        if not after:
            continue  # somebody was faster
        before = {name: film.now[name] for name in after}
        writes.add(film.pk, after)
        lines[film.video_id] = BulkEditLine(
            edit=edit, video_id=film.video_id, before=before, after=after
        )
    writes.write(at=at)
    BulkEditLine.objects.bulk_create(lines.values())
    audit.record_each(
        actor=actor, verb="video.edited", at=at,
        details={
            name: {"change": edit.public_id, "before": one.before, "after": one.after}
            for name, one in lines.items()
        },
    )  # fmt: skip


@transaction.atomic
def _undo_some(
    edit: BulkEdit, pks: list[int], *, actor: str, at: datetime
) -> tuple[int, int, int]:
    """Return how many films were restored, were changed since, are gone."""
    waiting = edit.lines.select_for_update().filter(pk__in=pks, undone_at=None)
    lines = {line.video_id: line for line in waiting}
    films = {
        film.video_id: film for film in read(_locked().filter(public_id__in=lines))
    }
    writes = _Writes()
    restored: dict[str, BulkEditLine] = {}
    for name, line in lines.items():
        if name in films and is_as_changed(films[name].now, line.after):
            writes.add(films[name].pk, line.before)
            restored[name] = line
    writes.write(at=at)
    edit.lines.filter(pk__in=[line.pk for line in restored.values()]).update(
        undone_at=at
    )
    audit.record_each(
        actor=actor, verb="video.edited", at=at,
        details={
            name: {"undone": edit.public_id, "before": one.after, "after": one.before}
            for name, one in restored.items()
        },
    )  # fmt: skip
    return len(restored), len(films) - len(restored), len(lines) - len(films)


def is_as_changed(now: State, after: State) -> bool:
    """Whether a film still is what a change made of it; for this room."""
    return all(now[name] == value for name, value in after.items())


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
            if name == "channel":
                videos.update(channel=Channel.objects.get(public_id=value))
            else:
                show_to(videos, visibility=value, at=at)


def _locked() -> QuerySet[Video]:
    return Video.objects.select_for_update(of=("self",)).order_by("pk")


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
