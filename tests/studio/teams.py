"""A channel with somebody of every role, and a channel beside it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from lucarne.accounts import operations as accounts
from lucarne.accounts.models import Person
from lucarne.catalog.models import Channel, Video
from lucarne.core import clock
from tests.portal.films import film

PASSWORD = "eleven blue windows"


def person(name: str) -> Person:
    """Make somebody who is on no team."""
    return accounts.create_person(
        email=f"{name.lower()}@example.org", name=name, language="en",
        password=PASSWORD, at=clock.now(),
    )  # fmt: skip


def member(channel: Channel, role: str, name: str = "") -> Person:
    """Make somebody of a channel's team."""
    made = person(name or role.capitalize())
    channel.team.create(person=made, role=role, created_at=clock.now())
    return made


def signed_in(who: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who)
    return client


def film_of(who: Person, channel: Channel, title: str = "Own", **facts: Any) -> Video:
    """Make a film that somebody brought; nobody but the team can watch it."""
    facts = {"visibility": "private", **facts}
    details = {"created_by": who, **facts.pop("details", {})}
    return film(title, where=channel, details=details, **facts)
