"""The portal's own name and language, chosen at the first visit."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lucarne.core import audit
from lucarne.core.errors import LucarneError
from lucarne.core.models import Portal

LANGUAGES: Final = ("en", "fr")
_ONLY: Final = 1


def get_portal() -> Portal | None:
    """Return the portal, or None before the first visit is finished."""
    return Portal.objects.filter(id=_ONLY).first()


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
        audit.record(actor=actor, verb=verb, subject="portal", at=at, language=language)
    return portal
