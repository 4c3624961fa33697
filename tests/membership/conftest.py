from __future__ import annotations

import pytest


@pytest.fixture
def quick_passwords(settings) -> None:
    """Argon2 is slow on purpose; tests/accounts has one test of the real thing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
