"""Who looks at the portal's pages."""

from __future__ import annotations

import pytest
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.core import clock


@pytest.fixture
def viewer() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def member() -> Client:
    person = Person.objects.create(
        email="anne@example.org", name="Anne", is_owner=True, created_at=clock.now()
    )
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client
