"""The first visit: everything a new portal needs, at once or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lucarne.accounts import operations as accounts, queries as people
from lucarne.accounts.errors import AccountsError, OwnerExists, WeakPassword
from lucarne.catalog import operations as catalog
from lucarne.catalog.names import clean_line
from lucarne.core.errors import LucarneError
from lucarne.core.portal import set_portal
from lucarne.studio.errors import BadSetUp


@dataclass(frozen=True, kw_only=True)
class SetUpResult:
    """``created``: False when the portal was set up before; then nothing changed."""

    created: bool


def set_up(
    *,
    name: str,
    language: str,
    email: str,
    password: str,
    channel: str,
    at: datetime,
    owner_name: str = "",
) -> SetUpResult:
    """Name the portal, make its owner and its first channel in one transaction.

    Without ``owner_name`` the part of the email before the @ is taken. Raises
    BadSetUp with the field that must be written differently.
    """
    if people.has_owner():
        return SetUpResult(created=False)
    if not clean_line(channel):
        raise BadSetUp("channel", "channel_name", _("Give the first channel a name."))
    try:
        with transaction.atomic():
            owner = accounts.create_owner(
                email=email,
                name=clean_line(owner_name) or email.partition("@")[0],
                language=language,
                password=password,
                at=at,
            )
            set_portal(name=clean_line(name), language=language, actor=owner, at=at)
            catalog.create_channel(name=channel, actor=owner.public_id, at=at)
    except OwnerExists:
        return SetUpResult(created=False)
    except AccountsError as error:
        field = "password" if isinstance(error, WeakPassword) else "email"
        raise BadSetUp(field, error.code, str(error)) from error
    except LucarneError as error:
        field = "language" if error.code == "portal_language" else "name"
        raise BadSetUp(field, error.code, str(error)) from error
    return SetUpResult(created=True)
