"""Errors that accounts raises on purpose.

AccountsError
├── OwnerExists        the portal has its owner already
├── EmailTaken         somebody else signs in with this address
├── WeakPassword       the password could be guessed; ``problems`` say why
├── WrongCredentials   email and password do not belong together
└── TooManyAttempts    sign-in is closed for this email or network until ``until``
"""

from __future__ import annotations

from datetime import datetime


class AccountsError(Exception):
    """The root; ``code`` is stable."""

    code = "accounts_error"


class OwnerExists(AccountsError):
    """A portal has one owner and this one has it."""

    code = "owner_exists"


class EmailTaken(AccountsError):
    """Two persons cannot share a sign-in."""

    code = "email_taken"


class WeakPassword(AccountsError):
    """``problems``: one sentence each, in the active language."""

    code = "weak_password"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class WrongCredentials(AccountsError):
    """Deliberately says no more: nobody learns which addresses exist."""

    code = "wrong_credentials"


class TooManyAttempts(AccountsError):
    """Closed until ``until`` (aware), whether the person exists or not."""

    code = "too_many_attempts"

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until
