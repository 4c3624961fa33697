"""Errors that accounts raises on purpose.

LucarneError
└── AccountsError
    ├── OwnerExists        the portal has its owner already
    ├── EmailTaken         somebody else signs in with this address
    ├── BadEmail           this is no email address
    ├── WeakPassword       the password could be guessed; ``problems`` say why
    ├── WrongCredentials   email and password do not belong together
    ├── TooManyAttempts    sign-in is closed for this email or network until ``until``
    └── UnknownToken       nobody's program has a token with this id
"""

from __future__ import annotations

from datetime import datetime

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lucarne.core.errors import LucarneError


class AccountsError(LucarneError):
    """The root of this room's errors."""


class OwnerExists(AccountsError):
    """A portal has one owner and this one has it."""

    def __init__(self) -> None:
        super().__init__(
            "owner_exists", _("This portal already has an owner. Sign in instead.")
        )


class EmailTaken(AccountsError):
    """Two persons cannot share a sign-in."""

    def __init__(self) -> None:
        super().__init__(
            "email_taken",
            _("Somebody already signs in with this email address. Use another one."),
        )


class BadEmail(AccountsError):
    """What was written is no email address."""

    def __init__(self) -> None:
        super().__init__(
            "bad_email",
            _("This is not an email address. Write it as name@example.org."),
        )


class WeakPassword(AccountsError):
    """``problems``: one sentence each, in the active language."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("weak_password", " ".join(problems))
        self.problems = problems


class WrongCredentials(AccountsError):
    """Deliberately says no more: nobody learns which addresses exist."""

    def __init__(self) -> None:
        super().__init__(
            "wrong_credentials",
            _("Email and password do not belong together. Check both and try again."),
        )


class TooManyAttempts(AccountsError):
    """Closed until ``until`` (aware), whether the person exists or not."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            "too_many_attempts",
            _("Too many attempts to sign in. Wait, then try again."),
        )
        self.until = until


class UnknownToken(AccountsError):
    """No token has this id, or it was revoked."""

    def __init__(self, token_id: str) -> None:
        super().__init__(
            "unknown_token",
            format_lazy(
                _("There is no token “{id}”. `lucarne token` lists them."), id=token_id
            ),
        )
