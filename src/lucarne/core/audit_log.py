"""Reading the audit log: what happened in one channel, or everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Q, QuerySet

from lucarne.core.models import AuditLine

_FIELDS: Final = ("at", "actor", "verb", "subject", "detail", "scope")


class Line(NamedTuple):
    """One thing that somebody did."""

    at: datetime
    actor: str  # public id of a person, "" for the portal itself, "cli" for a command
    verb: str
    subject: str
    detail: dict[str, Any]
    scope: str


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """What is looked for; "" stands for everything.

    ``scope`` None: also what belongs to no channel. ``verbs``: beginnings of them.
    """

    scope: str | None
    actor: str = ""
    subject: str = ""
    verbs: tuple[str, ...] = ()


def lines(wanted: LogFilter, *, first: int, count: int) -> list[Line]:
    """Return some lines, newest first, from the ``first`` one on. One query."""
    found = _matching(wanted).order_by("-at", "-id").values_list(*_FIELDS)
    return list(map(Line._make, found[first : first + count]))


def each_line(wanted: LogFilter) -> Iterator[Line]:
    """Yield every line that matches, newest first."""
    found = _matching(wanted).order_by("-at", "-id").values_list(*_FIELDS)
    yield from map(Line._make, found.iterator(chunk_size=500))


def actors(scope: str | None) -> set[str]:
    """Return who did something. One query."""
    everybody = _matching(LogFilter(scope=scope)).order_by()
    return set(everybody.values_list("actor", flat=True).distinct())


def _matching(wanted: LogFilter) -> QuerySet[AuditLine, Any]:
    found = Q()
    if wanted.scope is not None:
        found &= Q(scope=wanted.scope)
    if wanted.actor:
        found &= Q(actor=wanted.actor)
    if wanted.subject:
        found &= Q(subject=wanted.subject)
    if wanted.verbs:
        kinds = Q()
        for verb in wanted.verbs:
            kinds |= Q(verb__startswith=verb)
        found &= kinds
    return AuditLine.objects.filter(found)
