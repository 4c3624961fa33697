"""Questions about members."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from lucarne.accounts import queries as people
from lucarne.catalog.queries import Viewer
from lucarne.membership.errors import UnknownMember
from lucarne.membership.models import Membership

PER_PAGE: Final = 50
_BATCH: Final = 500


class Standing(enum.StrEnum):
    """Whether a membership is one now."""

    MEMBER = "member"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who is or was a member.

    ``name`` and ``person_id`` are "" as long as she has no account.
    """

    member_id: str
    email: str
    name: str
    person_id: str
    began_at: datetime
    ends_at: datetime | None
    added_by: str  # public id of a person, or "cli"

    @property
    def has_account(self) -> bool:
        return bool(self.person_id)

    def is_member(self, at: datetime) -> bool:
        """Whether she is one at this time."""
        return self.began_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, kw_only=True)
class MemberFilter:
    """Which members are looked for; each word must be in the address or the name."""

    text: str = ""
    standing: Standing | None = None


@dataclass(frozen=True, kw_only=True)
class MemberPage:
    """One page of members by their addresses; ``number`` counts from 1."""

    items: tuple[Member, ...]
    number: int
    count: int  # of all pages

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number * PER_PAGE < self.count


def is_member(person: Viewer, *, at: datetime) -> bool:
    """Whether a person is a member now. One query, none for who has not signed in."""
    email: str = getattr(person, "email", "")
    if not (person.is_authenticated and email):
        return False
    return _now(at).filter(email=email).exists()


def ended_at(person: Viewer, *, at: datetime) -> datetime | None:
    """Return when a person stopped being a member; None when she never was one.

    One query.
    """
    rows = Membership.objects.filter(
        email=getattr(person, "email", ""), ends_at__lte=at
    )
    return rows.values_list("ends_at", flat=True).first()


def member_page(wanted: MemberFilter, *, number: int = 1, at: datetime) -> MemberPage:
    """Return a page of the list, A to Z. Three queries."""
    number = max(number, 1)
    found = _matching(wanted, at=at)
    first = (number - 1) * PER_PAGE
    rows = found.order_by("email")[first : first + PER_PAGE]
    return MemberPage(items=_members(rows), number=number, count=found.count())


def each_member(wanted: MemberFilter, *, at: datetime) -> Iterator[Member]:
    """Yield all that match, A to Z, a few hundred at a time."""
    found, last = _matching(wanted, at=at).order_by("email"), ""
    while some := _members(found.filter(email__gt=last)[:_BATCH]):
        yield from some
        last = some[-1].email


def find_member(name: str) -> Member:
    """Return whom this id or address is. Raises UnknownMember. Two queries."""
    rows = Membership.objects.filter(Q(public_id=name) | Q(email=_folded(name)))
    for member in _members(rows):
        return member
    raise UnknownMember(name)


def emails_of(member_ids: Collection[str]) -> dict[str, str]:
    """Return the addresses of these members by their ids. One query."""
    rows = Membership.objects.filter(public_id__in=member_ids)
    return dict(rows.values_list("public_id", "email"))


def batches(emails: Sequence[str]) -> Iterator[Sequence[str]]:
    """Take addresses apart into as many as one query may name; for this room."""
    for first in range(0, len(emails), _BATCH):
        yield emails[first : first + _BATCH]


def _now(at: datetime) -> QuerySet[Membership]:
    is_open = Q(ends_at=None) | Q(ends_at__gt=at)
    return Membership.objects.filter(is_open, began_at__lte=at)


def _matching(wanted: MemberFilter, *, at: datetime) -> QuerySet[Membership]:
    found = Q()
    for word in _folded(wanted.text).split():
        # Not LIKE: its wildcards would have to be escaped, and it is slower.
        is_in_email = Q(GreaterThan(StrIndex("email", Value(word)), 0))
        found &= is_in_email | Q(email__in=people.emails_of_named(word))
    if wanted.standing is Standing.MEMBER:
        return _now(at).filter(found)
    if wanted.standing is Standing.ENDED:
        found &= Q(ends_at__lte=at)
    return Membership.objects.filter(found)


def _folded(text: str) -> str:
    """Spell what somebody typed as addresses are kept."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def _members(rows: QuerySet[Membership]) -> tuple[Member, ...]:
    some = list(rows)
    accounts = people.accounts_by_email([row.email for row in some])
    nobody = ("", "")
    return tuple(
        Member(
            member_id=row.public_id,
            email=row.email,
            person_id=accounts.get(row.email, nobody)[0],
            name=accounts.get(row.email, nobody)[1],
            began_at=row.began_at,
            ends_at=row.ends_at,
            added_by=row.added_by,
        )
        for row in some
    )
