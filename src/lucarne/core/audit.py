"""The audit log: every operation that changes something leaves one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lucarne.core.models import AuditLine


def record(
    *, actor: object, verb: str, subject: str, at: datetime, **detail: Any
) -> AuditLine:
    """Write one line inside the caller's transaction.

    ``actor`` is a person (her ``public_id`` is kept, never her address), a public
    id, or None for the portal itself. ``verb`` is a stable word such as
    ``video.published``; ``detail`` is JSON: no secrets, no addresses.
    """
    line = AuditLine(
        at=at, actor=actor_id(actor), verb=verb, subject=subject, detail=detail
    )
    line.save(force_insert=True)
    return line


def record_each(
    *, actor: object, verb: str, details: Mapping[str, dict[str, Any]], at: datetime
) -> None:
    """Write one line for each of many subjects, whose details are given by their ids."""
    name = actor_id(actor)
    AuditLine.objects.bulk_create(
        AuditLine(at=at, actor=name, verb=verb, subject=subject, detail=detail)
        for subject, detail in details.items()
    )


def actor_id(actor: object) -> str:
    """Return the text that a line keeps for whoever acted; empty for the portal."""
    if actor is None:
        return ""
    return str(getattr(actor, "public_id", actor))
