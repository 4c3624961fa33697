"""Who has signed in is found as Django finds her, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.db.utils import ConnectionHandler
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lucarne.accounts import queries
from lucarne.accounts.models import Person
from lucarne.core import clock
from lucarne.site.settings import _postgres
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


pytestmark = pytest.mark.django_db


@pytest.fixture
def postgres(postgres_url: str, db: None) -> Iterator[None]:  # noqa: ARG001
    """Let PostgreSQL be this thread's database."""
    ours = connections["default"]
    handler = ConnectionHandler({"default": _postgres(postgres_url)})
    theirs = connections["default"] = handler["default"]
    with theirs.schema_editor() as editor:
        editor.create_model(Person)
        editor.create_model(Session)
    yield
    theirs.close()
    connections["default"] = ours


def sign_in() -> str:
    """Sign the owner in; return her session's key."""
    person = Person.objects.create(
        public_id="per_owner", email="anne@example.org", name="Anne", language="fr",
        is_owner=True, created_at=clock.now(),
    )  # fmt: skip
    client = Client()
    client.force_login(person)
    return str(client.session.session_key)


def test_whose_session_it_is() -> None:
    key = sign_in()
    with CaptureQueriesContext(connections["default"]) as asked_for:
        found = queries.person_of_session(key)
    assert len(asked_for) == 2
    asked = Person.objects.get()
    assert found is not None
    assert {**vars(found), "_state": 0} == {**vars(asked), "_state": 0}
    found.name = "Anna"
    found.save()
    assert Person.objects.get().name == "Anna"


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres")
def test_whose_session_it_is_in_postgres() -> None:
    test_whose_session_it_is()


def test_a_session_that_is_over_is_nobodys() -> None:
    key = sign_in()
    Session.objects.update(expire_date=clock.now())
    assert queries.person_of_session(key) is None


@pytest.mark.parametrize("other", ["", "no-such-session", "ünknown", "x" * 5000])
def test_a_key_of_no_session_is_nobodys(other: str) -> None:
    key = sign_in()
    assert queries.person_of_session(other) is None
    assert queries.person_of_session(key) is not None


def test_the_session_of_who_is_gone_is_nobodys() -> None:
    key = sign_in()
    Person.objects.all().delete()
    assert queries.person_of_session(key) is None
