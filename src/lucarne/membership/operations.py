"""What may be done with members: name them, end a membership, take it up again.

Who may do it is asked by the doors: the portal's owner, and whoever runs commands on
its machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from django.db import transaction

from lucarne.accounts.queries import clean_email
from lucarne.core import audit, ids
from lucarne.membership.errors import AlreadyMember, PastEnd, UnknownMember
from lucarne.membership.models import Membership
from lucarne.membership.queries import Member, find_member

_BATCH: Final = 500


class Added(NamedTuple):
    """How many addresses of a list were not in it yet, had ended, are members anyway."""

    new: int = 0
    again: int = 0
    known: int = 0


@transaction.atomic
def add(*, email: str, actor: str, at: datetime) -> Member:
    """Make a member of whoever signs in with this address.

    A membership that had ended is taken up again. Raises BadEmail, AlreadyMember.
    """
    email = clean_email(email)
    row, is_new = Membership.objects.select_for_update().get_or_create(
        email=email,
        defaults={"public_id": ids.new("mem"), "began_at": at, "added_by": actor},
    )
    if is_new:
        audit.record(actor=actor, verb="member.added", subject=row.public_id, at=at)
        return find_member(row.public_id)
    if not _has_ended(row, at):
        raise AlreadyMember(email)
    return _take_up(row, actor=actor, at=at)


def add_many(*, emails: Iterable[str], actor: str, at: datetime) -> Added:
    """Make members of many; done twice, the second time changes nothing.

    Addresses are as accounts spells them. A few hundred at a time, each batch in a
    transaction of its own: whatever a process had done when it died is whole.
    """
    rest, sums = iter(emails), Added()
    while batch := list(islice(rest, _BATCH)):
        found = _add_some(batch, actor=actor, at=at)
        sums = Added(*map(sum, zip(sums, found, strict=True)))
    return sums


@transaction.atomic
def _add_some(batch: list[str], *, actor: str, at: datetime) -> Added:
    rows = Membership.objects.select_for_update().filter(email__in=batch)
    here = {row.email: row for row in rows.order_by("pk")}
    ended = [row for row in here.values() if _has_ended(row, at)]
    new = [
        Membership(public_id=ids.new("mem"), email=email, began_at=at, added_by=actor)
        for email in batch
        if email not in here
    ]
    # Somebody else may add one of them at this moment, which is as good.
    Membership.objects.bulk_create(new, ignore_conflicts=True)
    for row in ended:
        _begin_again(row, actor=actor, at=at)
    Membership.objects.bulk_update(ended, ["began_at", "ends_at", "added_by"])
    for verb, some in (("member.added", new), ("member.taken_up", ended)):
        audit.record_each(actor=actor, verb=verb, entries=_entries(some), at=at)
    return Added(len(new), len(ended), len(here) - len(ended))


@transaction.atomic
def end(
    *, member_id: str, ends_at: datetime | None = None, actor: str, at: datetime
) -> Member:
    """End a membership at a time, without one now; it can also be put off.

    Pages are closed to her from then on; addresses of films that a page has given her
    are good for as long as ``playback.tokens`` says. Raises UnknownMember, PastEnd.
    """
    row = _lock(member_id)
    if ends_at is not None and ends_at <= at:
        raise PastEnd
    row.ends_at = ends_at or max(at, row.began_at)
    row.save(update_fields=["ends_at"])
    audit.record(
        actor=actor, verb="member.ended", subject=member_id, at=at,
        ends_at=row.ends_at.isoformat(),
    )  # fmt: skip
    return find_member(member_id)


@transaction.atomic
def take_up(*, member_id: str, actor: str, at: datetime) -> Member:
    """Begin a membership again that ended, or let one go on that was to end.

    Raises UnknownMember.
    """
    return _take_up(_lock(member_id), actor=actor, at=at)


def _take_up(row: Membership, *, actor: str, at: datetime) -> Member:
    if row.ends_at is not None:
        if _has_ended(row, at):
            _begin_again(row, actor=actor, at=at)
        row.ends_at = None
        row.save(update_fields=["began_at", "ends_at", "added_by"])
        audit.record(actor=actor, verb="member.taken_up", subject=row.public_id, at=at)
    return find_member(row.public_id)


def _begin_again(row: Membership, *, actor: str, at: datetime) -> None:
    row.began_at, row.ends_at, row.added_by = at, None, actor


def _has_ended(row: Membership, at: datetime) -> bool:
    return row.ends_at is not None and row.ends_at <= at


def _lock(member_id: str) -> Membership:
    rows = Membership.objects.select_for_update()
    row = rows.filter(public_id=member_id).first()
    if row is None:
        raise UnknownMember(member_id)
    return row


def _entries(rows: Iterable[Membership]) -> Iterator[audit.Entry]:
    return (audit.Entry(row.public_id, "", {}) for row in rows)
