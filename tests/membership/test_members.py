"""Who is a member, from when to when, and what is written down of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucarne.accounts.errors import BadEmail
from lucarne.core import clock
from lucarne.core.models import AuditLine
from lucarne.membership import operations, queries
from lucarne.membership.errors import AlreadyMember, PastEnd, UnknownMember
from lucarne.membership.models import Membership
from lucarne.membership.queries import MemberFilter, Standing
from tests.studio.teams import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
DAY = dt.timedelta(days=1)


def add(email: str, at: dt.datetime | None = None) -> str:
    return operations.add(email=email, actor="per_x", at=at or clock.now()).member_id


def found(wanted: MemberFilter | None = None) -> list[str]:
    page = queries.member_page(wanted or MemberFilter(), at=clock.now())
    assert page.count == len(page.items)
    return [one.email.partition("@")[0] for one in page.items]


def test_a_membership_begins_ends_and_is_taken_up_again() -> None:
    anne, at = person("Anne"), clock.now()
    assert not queries.is_member(anne, at=at)
    member_id = add(" Anne@Example.org ", at)
    assert queries.is_member(anne, at=at)
    assert not queries.is_member(anne, at=at - DAY)
    with pytest.raises(AlreadyMember):
        add("anne@example.org", at)

    operations.end(member_id=member_id, ends_at=at + DAY, actor="per_x", at=at)
    assert queries.is_member(anne, at=at + DAY - dt.timedelta(seconds=1))
    assert not queries.is_member(anne, at=at + DAY)
    assert queries.ended_at(anne, at=at + DAY) == at + DAY
    assert queries.ended_at(anne, at=at) is None
    # What is to end can go on; then it ends at once.
    operations.take_up(member_id=member_id, actor="per_x", at=at)
    assert queries.is_member(anne, at=at + 2 * DAY)
    operations.end(member_id=member_id, actor="per_x", at=at + DAY)
    assert not queries.is_member(anne, at=at + DAY)
    # The same row begins again, later: what lies between was no membership.
    assert add("anne@example.org", at + 3 * DAY) == member_id
    assert not queries.is_member(anne, at=at + 2 * DAY)
    assert queries.is_member(anne, at=at + 3 * DAY)
    verbs = AuditLine.objects.filter(subject=member_id).order_by("pk")
    assert list(verbs.values_list("verb", "actor")) == [
        (f"member.{verb}", "per_x")
        for verb in ("added", "ended", "taken_up", "ended", "taken_up")
    ]
    assert "example.org" not in str(list(AuditLine.objects.values("detail")))


def test_what_cannot_be_is_refused() -> None:
    at, member_id = clock.now(), add("anne@example.org")
    with pytest.raises(BadEmail):
        add("anne")
    for ends_at in (at, at - DAY):
        with pytest.raises(PastEnd):
            operations.end(member_id=member_id, ends_at=ends_at, actor="", at=at)
    for change in (operations.end, operations.take_up):
        with pytest.raises(UnknownMember):
            change(member_id="mem_x", actor="", at=at)
    assert Membership.objects.get().ends_at is None


def test_it_is_the_address_that_counts_also_before_there_is_an_account() -> None:
    add("zoe@example.org")
    (waiting,) = queries.member_page(MemberFilter(), at=clock.now()).items
    assert (waiting.name, waiting.has_account) == ("", False)
    zoe = person("Zoe")
    assert queries.is_member(zoe, at=clock.now())
    (member,) = queries.member_page(MemberFilter(), at=clock.now()).items
    assert (member.name, member.has_account) == ("Zoe", True)
    with CaptureQueriesContext(connection) as asked:
        assert not queries.is_member(AnonymousUser(), at=clock.now())
    assert len(asked) == 0


def test_members_are_found_by_words_of_address_and_name() -> None:
    for name in ("elodie", "marc", "zoe"):
        add(f"{name}@example.org")
    add("marcel@example.com")
    person("Zoe")
    marie = person("marie")
    marie.name = "Élise Martin"
    marie.save()
    add(marie.email)
    ended = queries.find_member("marcel@example.com").member_id
    operations.end(member_id=ended, actor="", at=clock.now())
    for text, names in {
        "": ["elodie", "marc", "marcel", "marie", "zoe"],
        "MARC": ["marc", "marcel"],
        "marc .com": ["marcel"],
        "élise": ["marie"],
        "martin": ["marie"],
        "ELO": ["elodie"],
        "%": [],
        "_": [],
    }.items():
        assert found(MemberFilter(text=text)) == names, text
    assert found(MemberFilter(standing=Standing.ENDED)) == ["marcel"]
    assert "marcel" not in found(MemberFilter(standing=Standing.MEMBER))


def test_many_are_read_page_by_page_with_few_questions() -> None:
    at, count = clock.now(), 1203
    emails = [f"reader{n:05}@example.org" for n in range(count)]
    with CaptureQueriesContext(connection) as asked:
        assert operations.add_many(emails=emails, actor="cli", at=at) == (count, 0, 0)
    # A question for each 500, a statement for all, the line in the log, a savepoint.
    assert len(asked) == 3 + 1 + 1 + 2
    assert operations.add_many(emails=emails, actor="cli", at=at) == (0, 0, count)
    line = AuditLine.objects.get(verb="member.list_imported")
    assert (line.actor, line.detail) == ("cli", {"new": count, "again": 0})
    seen: list[str] = []
    number, has_next = 1, True
    while has_next:
        with CaptureQueriesContext(connection) as asked:
            page = queries.member_page(MemberFilter(), number=number, at=at)
        assert len(asked) == 3
        assert page.count == count
        seen += [one.email for one in page.items]
        number, has_next = number + 1, page.has_next
    assert seen == emails
    assert [one.email for one in queries.each_member(MemberFilter(), at=at)] == emails
