"""A portal that is set up, its owner signed in, and jobs that nobody runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.accounts.queries import owner as find_owner
from lucarne.core import clock
from lucarne.studio import operations

EMAIL = "lea@example.org"
PASSWORD = "eleven blue windows"


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Argon2 is slow on purpose; tests/accounts has one test of the real thing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner(db: None, folder: Path) -> Person:  # noqa: ARG001
    operations.set_up(
        name="Télé Jura",
        language="en",
        email=EMAIL,
        password=PASSWORD,
        channel="News",
        at=clock.now(),
    )
    person = find_owner()
    assert person is not None
    return person


@pytest.fixture
def studio(owner: Person, client: Client) -> Client:
    """Give a browser of the signed-in owner."""
    client.force_login(owner)
    return client
