"""Quotas: of everybody, of one, of a channel; and what they count."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lucarne.accounts.models import Person
from lucarne.catalog import operations, queries, quotas
from lucarne.catalog.errors import OverQuota
from lucarne.core import conf
from lucarne.core.models import AuditLine
from lucarne.media import streams, uploads
from tests.accounts.people import make_owner
from tests.catalog import everything
from tests.engine.films import film

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def channel(folder: Path) -> queries.ChannelView:  # noqa: ARG001
    return operations.create_channel(name="Nature", actor="test", at=AT)


@pytest.fixture
def person(channel: queries.ChannelView) -> Person:  # noqa: ARG001
    return make_owner()


def limit(folder: Path, **settings: int) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 0, **settings})


def publish(person: Person) -> None:
    with streams.taken(
        film("tiny"), name="a.mp4", person_id=person.public_id, at=AT
    ) as taken:
        operations.publish_film(
            upload_id=taken.upload_id, title="", actor=person.public_id,
            person_pk=person.pk, clock=lambda: AT, at=AT,
        )  # fmt: skip


def refusal(person: Person, size: int = 1) -> str:
    try:
        quotas.check_person(
            person_id=person.public_id, name="b.mp4", size_bytes=size
        )
    except OverQuota as error:
        return str(error)
    return ""


def test_nobody_is_limited_at_first(person: Person) -> None:
    publish(person)
    assert refusal(person, 10**18) == ""


def test_films_and_what_is_on_its_way_count(folder: Path, person: Person) -> None:
    publish(person)
    size = film("tiny").stat().st_size
    limit(folder, person_bytes=size + 1000)
    assert refusal(person, 1000) == ""
    assert "does not fit: your films may have" in refusal(person, 1001)
    view = uploads.begin(
        person_id=person.public_id, name="c.mp4", size_bytes=600, at=AT
    )
    assert refusal(person, 400) == ""
    assert refusal(person, 401)
    uploads.give_up(upload_id=view.upload_id, person_id=person.public_id)
    assert refusal(person, 1000) == ""
    limit(folder, person_films=1)
    assert "the number of your films may be 1" in refusal(person)


def test_an_exception_for_one(folder: Path, person: Person) -> None:
    limit(folder, person_films=1, person_bytes=10)
    publish(person)
    assert refusal(person)

    def change(**to: Any) -> None:
        quotas.set_limits(subject=person.public_id, actor="cli", at=AT, **to)

    change(max_films=0, max_bytes=10**9)
    assert refusal(person) == ""
    change(max_films=0, max_bytes=None)
    assert refusal(person)
    change(max_films=None, max_bytes=None)
    assert refusal(person)
    verbs = AuditLine.objects.filter(verb="quota.changed", subject=person.public_id)
    assert verbs.count() == 3


def test_a_channel_that_is_full(
    folder: Path, person: Person, channel: queries.ChannelView
) -> None:
    limit(folder, channel_films=1)
    publish(person)
    with pytest.raises(OverQuota, match="channel “Nature”, whose number of films may be 1"):
        publish(person)
    limit(folder, channel_bytes=film("tiny").stat().st_size)
    with pytest.raises(OverQuota, match="does not fit in the channel “Nature”"):
        publish(person)
    quotas.set_limits(
        subject=channel.channel_id, max_bytes=0, max_films=0, actor="cli", at=AT
    )
    publish(person)
    assert len(everything.films()) == 2


def test_commands_are_not_limited(folder: Path, channel: queries.ChannelView) -> None:
    assert channel
    limit(folder, person_films=1, person_bytes=1)
    quotas.check_person(person_id="cli", name="a.mp4", size_bytes=10**12)
