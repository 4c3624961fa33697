"""Addresses at which work can be followed: /follow/<token>.

A page gives one out for the films that it shows, to whoever may see the page; the door
then needs no session and no query. It is good for a quarter of an hour: the page that
is open longer asks for its next one, with its session.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.utils.crypto import salted_hmac

PREFIX: Final = "/follow/"
LIFETIME_S: Final = 15 * 60
MOST_FILMS: Final = 8
_MAC_BYTES: Final = 16
_TOKEN: Final = re.compile(
    r"(?P<said>(?P<until>[0-9]{1,12})\.(?P<kind>[a-z]{1,8})\.(?P<language>[a-z-]{2,12})"
    r"\.(?P<person>[0-9A-Za-z_]{1,40})\.(?P<films>[0-9A-Za-z_,]{1,400}))"
    r"\.(?P<mac>[0-9A-Za-z_-]{22})"
)


class Kind(StrEnum):
    """What is told: everything of one film, or a line of each of several."""

    FILM = "film"
    FILMS = "films"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a listener hears about; listeners of the same share every look."""

    kind: Kind
    language: str
    asset_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Ticket:
    person_id: str
    subject: Subject
    until: int  # seconds since 1970


def address(subject: Subject, *, person_id: str, at: datetime) -> str:
    """Return the path at which this person hears about it from now on."""
    until = int(at.timestamp()) + LIFETIME_S
    films = ",".join(subject.asset_ids)
    said = f"{until}.{subject.kind}.{subject.language}.{person_id}.{films}"
    return f"{PREFIX}{said}.{_mac(said)}"


def follow_film(asset_id: str, *, language: str, person_id: str, at: datetime) -> str:
    """Return the address of one film's work."""
    return _of((asset_id,), Kind.FILM, language, person_id, at)


def follow_films(
    asset_ids: Sequence[str], *, language: str, person_id: str, at: datetime
) -> str:
    """Return the address of a line about each of these; "" for none of them."""
    if not asset_ids:
        return ""
    return _of(tuple(asset_ids[:MOST_FILMS]), Kind.FILMS, language, person_id, at)


def _of(
    asset_ids: tuple[str, ...], kind: Kind, language: str, person_id: str, at: datetime
) -> str:
    subject = Subject(kind=kind, language=language, asset_ids=asset_ids)
    return address(subject, person_id=person_id, at=at)


def read(path: str, at: datetime) -> Ticket | None:
    """Return what an address stands for; None when it is not ours or not good now."""
    match = _TOKEN.fullmatch(path.removeprefix(PREFIX))
    if match is None or not path.startswith(PREFIX):
        return None
    if not hmac.compare_digest(match["mac"], _mac(match["said"])):
        return None
    until = int(match["until"])
    if until <= at.timestamp():
        return None
    return Ticket(
        person_id=match["person"],
        subject=Subject(
            kind=Kind(match["kind"]),
            language=match["language"],
            asset_ids=tuple(match["films"].split(",")),
        ),
        until=until,
    )


def _mac(said: str) -> str:
    found = salted_hmac("lucarne.studio.follow", said, algorithm="sha256").digest()
    return urlsafe_b64encode(found[:_MAC_BYTES]).decode().rstrip("=")
