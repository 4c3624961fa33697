"""An owner for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from lucarne.accounts import operations
from lucarne.accounts.models import Person

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EMAIL = "lea@example.org"
PASSWORD = "eleven blue windows"


def make_owner(*, language: str = "en") -> Person:
    return operations.create_owner(
        email=EMAIL, name="Léa", language=language, password=PASSWORD, at=NOW
    )
