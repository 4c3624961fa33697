"""The portal's own name and language, chosen at the first visit."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lucarne.core import audit, clock
from lucarne.core.errors import LucarneError
from lucarne.core.models import Portal

LANGUAGES: Final = ("en", "fr")
_ONLY: Final = 1
_REMEMBERED_S: Final = 1.0


class _Memory:
    """The row as it was read, and until when that will do: every page says its name."""

    def __init__(self) -> None:
        self.kept: tuple[Portal, float] | None = None
        self.forgotten = 0  # times

    def forget(self) -> None:
        self.forgotten += 1
        self.kept = None


_memory: Final = _Memory()


def get_portal() -> Portal | None:
    """Return the portal, or None before the first visit is finished.

    What another process has changed is seen after a second at the latest.
    """
    # What is seen within a transaction may never come true.
    if transaction.get_connection().in_atomic_block:
        return _read()
    asked, kept, forgotten = clock.monotonic(), _memory.kept, _memory.forgotten
    if kept is not None and asked < kept[1]:
        return kept[0]
    portal = _read()
    # Not when it was changed while it was read.
    if portal is not None and forgotten == _memory.forgotten:
        _memory.kept = (portal, asked + _REMEMBERED_S)
    return portal


def _read() -> Portal | None:
    return Portal.objects.filter(id=_ONLY).first()


def forget_portal() -> None:
    """Read the row anew the next time."""
    _memory.forget()


def set_portal(*, name: str, language: str, actor: object, at: datetime) -> Portal:
    """Name the portal; the row is made the first time and changed afterwards.

    Raises:
        LucarneError: the name is empty or too long, or the language is not ours.
    """
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise LucarneError(
            "portal_name", _("Give the portal a name of 1 to 100 characters.")
        )
    if language not in LANGUAGES:
        raise LucarneError(
            "portal_language", _("The portal speaks French (fr) or English (en).")
        )
    with transaction.atomic():
        portal, is_new = Portal.objects.update_or_create(
            id=_ONLY,
            defaults={"name": name, "language": language},
            create_defaults={"name": name, "language": language, "created_at": at},
        )
        verb = "portal.created" if is_new else "portal.changed"
        transaction.on_commit(forget_portal)
        audit.record(actor=actor, verb=verb, subject="portal", at=at, language=language)
    return portal
