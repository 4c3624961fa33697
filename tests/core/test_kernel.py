"""Ids, events, the audit log and the portal's own row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import IntegrityError, transaction

from lucarne.core import audit, clock, events, ids, portal
from lucarne.core.errors import LucarneError
from lucarne.core.models import AuditLine, Portal


@dataclass(frozen=True, kw_only=True)
class Rang:
    times: int


@pytest.fixture
def heard() -> Iterator[list[int]]:
    heard: list[int] = []

    @events.subscribe(Rang)
    def broken(event: Rang) -> None:
        raise RuntimeError(event)

    @events.subscribe(Rang)
    def listen(event: Rang) -> None:
        heard.append(event.times)

    yield heard
    events.unsubscribe(Rang, broken)
    events.unsubscribe(Rang, listen)


def test_ids_are_opaque_and_carry_their_prefix() -> None:
    made = {ids.new("vid") for _ in range(500)}
    assert len(made) == 500
    assert all(ids.is_valid(public_id, "vid") for public_id in made)
    assert not ids.is_valid(made.pop(), "ast")
    assert not ids.is_valid("vid_short", "vid")
    with pytest.raises(ValueError, match="prefix"):
        ids.new("Vid!")


@pytest.mark.django_db(transaction=True)
def test_events_come_after_the_commit_and_a_broken_handler_breaks_nothing(
    heard: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    with transaction.atomic():
        events.publish(Rang(times=1))
        assert heard == []
    assert heard == [1]
    assert "broken" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_rollback_delivers_nothing(heard: list[int]) -> None:
    with transaction.atomic():
        events.publish(Rang(times=1))
        transaction.set_rollback(True)
    assert heard == []


@pytest.mark.django_db
def test_the_portal_is_named_once_and_renamed_after() -> None:
    assert portal.get_portal() is None
    at = clock.now()
    portal.set_portal(name="  Télé   Lune ", language="fr", actor=None, at=at)
    portal.set_portal(name="Tele", language="en", actor="per_1", at=clock.now())
    row = portal.get_portal()
    assert row is not None
    assert (row.name, row.language, row.created_at) == ("Tele", "en", at)
    lines = AuditLine.objects.order_by("id").values_list("verb", "actor")
    assert list(lines) == [("portal.created", ""), ("portal.changed", "per_1")]


@pytest.mark.django_db(transaction=True)
class TestRememberedPortal:
    @pytest.fixture(autouse=True)
    def now(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [100.0]
        monkeypatch.setattr(clock, "monotonic", lambda: now[0])
        assert portal.get_portal() is None
        self.name("One")
        return now

    def name(self, name: str) -> None:
        portal.set_portal(name=name, language="en", actor=None, at=clock.now())

    def known(self) -> str:
        row = portal.get_portal()
        assert row is not None
        return row.name

    def test_what_others_change_is_seen_after_a_second(self, now: list[float]) -> None:
        assert self.known() == "One"
        Portal.objects.update(name="Two")
        now[0] += 0.9
        assert self.known() == "One"
        now[0] += 0.1
        assert self.known() == "Two"

    def test_what_this_process_changes_is_seen_at_once(self) -> None:
        assert self.known() == "One"
        self.name("Two")
        assert self.known() == "Two"

    def test_what_never_comes_true_is_not_remembered(self) -> None:
        assert self.known() == "One"
        with transaction.atomic():
            self.name("Two")
            assert self.known() == "Two"
            transaction.set_rollback(True)
        assert self.known() == "One"

    def test_what_is_changed_while_it_is_read_is_not_remembered(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read = portal._read

        def slowly() -> Portal | None:
            row = read()
            self.name("Two")
            return row

        with monkeypatch.context() as patched:
            patched.setattr(portal, "_read", slowly)
            assert self.known() == "One"
        assert self.known() == "Two"


@pytest.mark.django_db
def test_there_is_one_portal_at_most() -> None:
    with pytest.raises(IntegrityError):
        Portal.objects.create(id=2, name="x", language="en", created_at=clock.now())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "language"), [("", "en"), ("   ", "en"), ("x" * 101, "en"), ("x", "de")]
)
def test_a_portal_needs_a_name_and_a_language(name: str, language: str) -> None:
    with pytest.raises(LucarneError):
        portal.set_portal(name=name, language=language, actor=None, at=clock.now())
    assert portal.get_portal() is None


@pytest.mark.django_db
def test_an_audit_line_keeps_a_public_id_and_never_an_address() -> None:
    class Person:
        public_id = "per_1"
        email = "owner@example.org"

    line = audit.record(
        actor=Person(), verb="video.published", subject="vid_1", at=clock.now(), size=3
    )
    line.refresh_from_db()
    assert (line.actor, line.detail) == ("per_1", {"size": 3})
