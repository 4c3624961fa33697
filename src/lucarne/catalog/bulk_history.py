"""What was changed on many films at once, for whoever may want it undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from lucarne.catalog import bulk
from lucarne.catalog.bulk_preview import FilmChange, read
from lucarne.catalog.models import BulkEdit, BulkEditLine, Video

RECENT: Final = 50
SHOWN: Final = 50


@dataclass(frozen=True, kw_only=True)
class EditView:
    """A change of many films: how many it changed, and of how many it was undone."""

    edit_id: str
    actor: str
    made_at: datetime
    changes: dict[str, Any]
    films: int
    undone: int

    @property
    def is_undone(self) -> bool:
        """Whether nothing is left to undo."""
        return self.undone == self.films


@dataclass(frozen=True, kw_only=True)
class LineView:
    """``state``: changed (can be undone), undone, changed_since or gone."""

    change: FilmChange
    state: str


def recent_edits() -> tuple[EditView, ...]:
    """Return the last changes, newest first. One query."""
    return tuple(map(_view, _edits().order_by("-made_at", "-pk")[:RECENT]))


def edit_view(edit_id: str) -> EditView:
    """Return one change. Raises UnknownEdit."""
    return _view(_edits().get(pk=bulk.find_edit(edit_id).pk))


def edit_lines(edit_id: str) -> tuple[LineView, ...]:
    """Return the first films of a change: those that are not restored, then the others."""
    lines = BulkEditLine.objects.filter(edit__public_id=edit_id)
    shown = list(lines.filter(undone_at=None).order_by("pk")[:SHOWN])
    if len(shown) < SHOWN:
        undone = lines.filter(undone_at__isnull=False).order_by("pk")
        shown += undone[: SHOWN - len(shown)]
    return tuple(_line_views(shown))


def _line_views(lines: list[BulkEditLine]) -> Iterable[LineView]:
    ids = [line.video_id for line in lines]
    here = Video.objects.filter(public_id__in=ids, deleted_at=None)
    films = {one.video_id: one for one in read(here)}
    for line in lines:
        film = films.get(line.video_id)
        state = "changed"
        if line.undone_at:
            state = "undone"
        elif film is None:
            state = "gone"
        elif not bulk.is_as_changed(film.now, line.after):
            state = "changed_since"
        title = film.title if film else ""
        change = FilmChange(
            video_id=line.video_id, title=title, before=line.before, after=line.after
        )
        yield LineView(change=change, state=state)


def _edits() -> QuerySet[BulkEdit, Any]:
    return BulkEdit.objects.annotate(
        films=Count("lines"),
        undone=Count("lines", filter=Q(lines__undone_at__isnull=False)),
    )


def _view(edit: Any) -> EditView:
    return EditView(
        edit_id=edit.public_id,
        actor=edit.actor,
        made_at=edit.made_at,
        changes=edit.changes,
        films=edit.films,
        undone=edit.undone,
    )
