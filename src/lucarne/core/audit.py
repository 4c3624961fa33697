"""The audit log: every operation that changes something leaves one line."""

from __future__ import annotations

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
    return AuditLine.objects.create(
        at=at,
        actor=actor_id(actor),
        verb=verb,
        subject=subject,
        detail=detail,
    )


def actor_id(actor: object) -> str:
    """Return the text that a line keeps for whoever acted; empty for the portal."""
    if actor is None:
        return ""
    return str(getattr(actor, "public_id", actor))
