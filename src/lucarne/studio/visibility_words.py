"""Who may watch a film, in words, and the choices that a form offers for it.

A schedule is one choice for each thing that a film can become: a second question that
counts for one answer of the first is a question too many.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from lucarne.studio.film_table import VISIBILITIES

# Scheduled, and for members from then on.
TO_MEMBERS: Final = "scheduled_members"
_DRAFT: Final = "draft"
CHOICES: Final[dict[str, str | Promise]] = {
    **{name: words for name, words in VISIBILITIES.items() if name != _DRAFT},
    "scheduled": _("Scheduled, then public"),
    TO_MEMBERS: _("Scheduled, then for members"),
    _DRAFT: VISIBILITIES[_DRAFT],
}


def read_choice(choice: str) -> dict[str, Any]:
    """Return what a choice means, as the operations name it."""
    if choice == TO_MEMBERS:
        return {"visibility": "scheduled", "publish_as": "members"}
    return {"visibility": choice}


def choice_of(visibility: str, publish_as: str) -> str:
    """Return the choice that a film is."""
    is_to_members = visibility == "scheduled" and publish_as == "members"
    return TO_MEMBERS if is_to_members else visibility


def said(visibility: str, publish_at: datetime | None, publish_as: str) -> str:
    """Return who may watch, and from when on."""
    if publish_at is None:
        return str(VISIBILITIES.get(visibility, visibility))
    word = CHOICES[choice_of(visibility, publish_as)]
    return f"{word}, {date_format(localtime(publish_at), 'SHORT_DATETIME_FORMAT')}"
