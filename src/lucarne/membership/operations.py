"""What may be done with members: name them, end a membership, take it up again.

Who may do it is asked by the doors: the portal's owner, and whoever runs commands on
its machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from lucarne.accounts.queries import clean_email
from lucarne.core import audit, ids
from lucarne.membership.errors import AlreadyMember, PastEnd, UnknownMember
from lucarne.membership.models import Membership
from lucarne.membership.queries import Member, batches, find_member


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


@transaction.atomic
def add_many(*, emails: Iterable[str], actor: str, at: datetime) -> Added:
    """Make members of many; done twice, the second time changes nothing.

    Addresses are as accounts spells them. All or none, 50,000 within a second or two;
    the log has one line for all that are new.
    """
    wanted = list(dict.fromkeys(emails))
    ends = _ends_of(wanted)
    new = [email for email in wanted if email not in ends]
    ended = [email for email, end in ends.items() if end is not None and end <= at]
    _insert(new, actor=actor, at=at)
    again = sum(
        _take_up_some(list(some), actor=actor, at=at) for some in batches(ended)
    )
    if new or again:
        audit.record(
            actor=actor, verb="member.list_imported", subject="members", at=at,
            new=len(new), again=again,
        )  # fmt: skip
    return Added(len(new), again, len(ends) - again)


def _ends_of(emails: list[str]) -> dict[str, datetime | None]:
    """Return when the memberships end of those addresses that have one."""
    found: dict[str, datetime | None] = {}
    for some in batches(emails):
        rows = Membership.objects.filter(email__in=some)
        found |= dict(rows.values_list("email", "ends_at"))
    return found


def _insert(emails: list[str], *, actor: str, at: datetime) -> None:
    """Write rows as they are: objects made for each take longer than all else.

    Somebody else may add one of them at this moment, which is as good.
    """
    began_at = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO membership_membership (public_id, email, began_at, added_by)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (email) DO NOTHING",
            [(ids.new("mem"), email, began_at, actor) for email in emails],
        )


def _take_up_some(emails: list[str], *, actor: str, at: datetime) -> int:
    rows = Membership.objects.select_for_update().filter(
        email__in=emails, ends_at__lte=at
    )
    here = list(rows.order_by("pk").values_list("pk", "public_id"))
    Membership.objects.filter(pk__in=[pk for pk, _ in here]).update(
        began_at=at, ends_at=None, added_by=actor
    )
    entries = [audit.Entry(member_id, "", {}) for _, member_id in here]
    audit.record_each(actor=actor, verb="member.taken_up", entries=entries, at=at)
    return len(here)


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
