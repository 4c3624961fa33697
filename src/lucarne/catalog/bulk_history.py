"""What was changed on many films at once, for whoever may want it undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lucarne.catalog import bulk
from lucarne.catalog.bulk_preview import FilmChange, read
from lucarne.catalog.errors import UnknownEdit
from lucarne.catalog.models import BulkEdit, BulkEditLine, Video
from lucarne.catalog.rights import OPERATOR, Rights

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


def recent_edits(rights: Rights = OPERATOR) -> tuple[EditView, ...]:
    """Return the last changes of films that somebody may see, newest first. One query."""
    edits = _edits(rights).order_by("-made_at", "-pk")
    return tuple(map(_view, edits[:RECENT]))


def edit_view(edit_id: str, rights: Rights = OPERATOR) -> EditView:
    """Return one change. Raises UnknownEdit, also when she may see none of its films."""
    edit = _edits(rights).filter(public_id=edit_id).first()
    if edit is None:
        raise UnknownEdit(edit_id)
    return _view(edit)


def edit_lines(edit_id: str, rights: Rights = OPERATOR) -> tuple[LineView, ...]:
    """Return the first films of a change: those that are not restored, then the others."""
    lines = BulkEditLine.objects.filter(_seen(rights), edit__public_id=edit_id)
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


def _seen(rights: Rights, prefix: str = "") -> Q:
    """Return the condition that a line is about a film that somebody may see."""
    within = rights.within()
    if within is None:
        return Q()
    films = Video.objects.filter(channel__in=within)
    return Q(**{f"{prefix}video_id__in": films.values("public_id")})


def _edits(rights: Rights) -> QuerySet[BulkEdit, Any]:
    edits = BulkEdit.objects.all()
    seen = _seen(rights, "lines__")
    if rights.within() is not None:
        edits = edits.filter(Exists(_lines_of(rights)))
    undone = Q(lines__undone_at__isnull=False)
    return edits.annotate(
        films=Count("lines", filter=seen), undone=Count("lines", filter=undone & seen)
    )


def _lines_of(rights: Rights) -> QuerySet[BulkEditLine]:
    return BulkEditLine.objects.filter(_seen(rights), edit=OuterRef("pk"))


def _view(edit: Any) -> EditView:
    return EditView(
        edit_id=edit.public_id,
        actor=edit.actor,
        made_at=edit.made_at,
        changes=edit.changes,
        films=edit.films,
        undone=edit.undone,
    )
