"""Lists of members from elsewhere, as programs write them and as people break them."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given, strategies as st

from lucarne.core import clock
from lucarne.membership import lists, operations, queries
from lucarne.membership.errors import BadList, UnknownList
from lucarne.membership.models import MemberList, Membership
from lucarne.membership.queries import MemberFilter

PLAIN = "anne@example.org\nzoe@example.org\n"
WANTED = ("anne@example.org", "zoe@example.org")


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        "Nom;Courriel\nÉlise;Anne@Example.ORG \nZoé;zoe@example.org".encode("cp1252"),
        b"id\tmail\n1\tanne@example.org\n2\tzoe@example.org\n",
        b'name,email\n"Doe, Anne",anne@example.org\n\n,,\nZoe,zoe@example.org',
        b"Anne <anne@example.org>\n\"Zo\xc3\xa9\" <zoe@example.org>\n",
        b"@anne,anne@example.org\nzoe@example.org,@zoe\n",
    ],
)
def test_addresses_are_found_wherever_they_stand(data: bytes) -> None:
    found = lists.read(data)
    assert found.emails == WANTED
    assert (found.bad, found.bad_count, found.repeated) == ((), 0, 0)


def test_what_is_no_address_is_told_by_its_line() -> None:
    found = lists.read(
        b"email,name\nanne@example.org,Anne\nanne@,Nobody\nno address\n\n"
        b"ANNE@example.org,Again\nzoe@example.org,Zoe\n"
    )
    assert found.emails == WANTED
    assert [(one.number, one.text) for one in found.bad] == [
        (3, "anne@, Nobody"), (4, "no address"),
    ]  # fmt: skip
    assert (found.bad_count, found.repeated) == (2, 1)
    # Only the first line can be one of headings.
    headless = lists.read(b"email\nsecond\nanne@example.org\n")
    assert [one.number for one in headless.bad] == [2]
    many = lists.read(b"anne@example.org\n" + b"x\n" * 1000)
    assert (len(many.bad), many.bad_count) == (lists.BAD_SHOWN, 1000)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"name\nAnne\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
        (b"anne@example.org\n" + b"\x81\xfe", "binary"),
        (b'"' + b"x" * 200_000, "binary"),
        (b"x" * (lists.MOST_BYTES + 1), "large"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadList) as refused:
        lists.read(data)
    assert refused.value.why == why


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    with contextlib.suppress(BadList):
        assert lists.read(b"anne@example.org\n" + data).emails[0] == WANTED[0]


@pytest.mark.django_db
def test_a_list_is_looked_at_first_and_taken_in_once() -> None:
    at = clock.now()
    operations.add(email="known@example.org", actor="", at=at)
    gone = operations.add(email="gone@example.org", actor="", at=at)
    operations.end(member_id=gone.member_id, actor="", at=at)
    data = f"{PLAIN}known@example.org\ngone@example.org\nanne@\n".encode()
    list_id = lists.keep(data, at=at)
    seen = lists.preview(list_id, at=at)
    assert (seen.new, seen.again, seen.known, seen.read.bad_count) == (2, 1, 1, 1)
    assert Membership.objects.count() == 2, "nothing has happened yet"
    added = lists.take_in(list_id=list_id, actor="per_x", at=at)
    assert added == (2, 1, 1)
    members = queries.each_member(MemberFilter(), at=at)
    assert {one.email: one.is_member(at) for one in members} == dict.fromkeys(
        [*WANTED, "known@example.org", "gone@example.org"], True
    )
    assert not MemberList.objects.exists()
    with pytest.raises(UnknownList):
        lists.take_in(list_id=list_id, actor="per_x", at=at)
    # The same file once more changes nothing.
    again = lists.keep(data, at=at)
    assert (lists.preview(again, at=at).new, lists.preview(again, at=at).known) == (0, 4)
    assert lists.take_in(list_id=again, actor="per_x", at=at) == (0, 0, 4)


@pytest.mark.django_db
def test_a_list_that_nobody_says_yes_to_is_forgotten() -> None:
    at = clock.now()
    list_id = lists.keep(PLAIN.encode(), at=at)
    later = at + lists.KEPT_FOR + dt.timedelta(seconds=1)
    with pytest.raises(UnknownList):
        lists.preview(list_id, at=later)
    lists.forget(at=later)
    assert not MemberList.objects.exists()
