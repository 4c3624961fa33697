"""The audit log: every operation that changes something leaves one line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from lucarne.core.models import AuditLine


def record(
    *,
    actor: object,
    verb: str,
    subject: str,
    at: datetime,
    scope: str = "",
    **detail: Any,
) -> AuditLine:
    """Write one line inside the caller's transaction.

    ``actor`` is a person (her ``public_id`` is kept, never her address), a public
    id, or None for the portal itself. ``verb`` is a stable word such as
    ``video.published``; ``scope`` is the id of the channel whose owner may read it,
    "" when that is the portal's owner alone; ``detail`` is JSON: no secrets, no
    addresses.
    """
    line = AuditLine(
        at=at, actor=actor_id(actor), verb=verb, subject=subject, detail=detail,
        scope=scope,
    )  # fmt: skip
    line.save(force_insert=True)
    return line


class Entry(NamedTuple):
    """One of many lines: what it is about, whose channel's it is."""

    subject: str
    scope: str
    detail: dict[str, Any]


def record_each(
    *, actor: object, verb: str, entries: Iterable[Entry], at: datetime
) -> None:
    """Write one line for each of many subjects."""
    name = actor_id(actor)
    AuditLine.objects.bulk_create(
        AuditLine(at=at, actor=name, verb=verb, **entry._asdict()) for entry in entries
    )


def actor_id(actor: object) -> str:
    """Return the text that a line keeps for whoever acted; empty for the portal."""
    if actor is None:
        return ""
    return str(getattr(actor, "public_id", actor))
