"""Owner, links, passwords and the lock-out, below any page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lucarne.accounts import operations, queries
from lucarne.accounts.errors import (
    BadEmail,
    OwnerExists,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from lucarne.accounts.models import Person, SignInAttempt, SignInLink
from lucarne.core.models import AuditLine
from tests.accounts.people import EMAIL, NOW, PASSWORD, make_owner

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def try_in(password: str = "wrong", *, email: str = EMAIL, address="192.0.2.1", at=NOW):
    return operations.sign_in(email=email, password=password, address=address, at=at)


def fail(times: int, **how: object) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            try_in(**how)


def test_there_is_one_owner() -> None:
    owner = make_owner()
    assert owner.public_id.startswith("per_")
    assert queries.has_owner()
    assert queries.owner() == owner
    with pytest.raises(OwnerExists):
        operations.create_owner(
            email="b@example.org", name="B", language="en", password=PASSWORD, at=NOW
        )
    assert Person.objects.count() == 1


def test_passwords_are_kept_as_argon2(settings) -> None:
    from lucarne.site import settings as real

    settings.PASSWORD_HASHERS = real.PASSWORD_HASHERS
    owner = make_owner()
    assert owner.password.startswith("argon2$argon2id$")
    assert PASSWORD not in owner.password
    assert try_in(PASSWORD) == owner


def test_two_owners_at_once_are_stopped_by_the_database(monkeypatch) -> None:
    make_owner()
    # Both looked before either wrote.
    answers = iter([False, True])
    monkeypatch.setattr(operations, "has_owner", lambda: next(answers))
    with pytest.raises(OwnerExists):
        operations.create_owner(
            email="b@example.org", name="B", language="en", password=PASSWORD, at=NOW
        )
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    "password", ["short", "passwordpassword"[:8], "lea@example.org", "1234567890"]
)
def test_a_weak_password_is_refused_with_its_reason(password: str) -> None:
    with pytest.raises(WeakPassword) as caught:
        operations.create_owner(
            email=EMAIL, name="Léa", language="en", password=password, at=NOW
        )
    assert caught.value.problems
    assert not queries.has_owner()


def test_an_odd_email_is_refused() -> None:
    with pytest.raises(BadEmail):
        operations.create_owner(
            email="not an address", name="L", language="en", password=PASSWORD, at=NOW
        )


def test_email_ignores_case_and_spaces() -> None:
    owner = make_owner()
    assert try_in(PASSWORD, email="  LEA@Example.ORG ") == owner
    assert queries.find_by_email("Lea@example.org") == owner


def test_what_was_done_is_written_down_without_address_or_secret() -> None:
    make_owner()
    try_in(PASSWORD)
    token = operations.issue_sign_in_link(person=None, at=NOW)
    lines = list(AuditLine.objects.order_by("id"))
    verbs = [line.verb for line in lines]
    assert verbs == ["owner.created", "person.signed_in", "sign_in_link.issued"]
    text = " ".join(f"{line.subject} {line.actor} {line.detail}" for line in lines)
    assert EMAIL not in text
    assert token not in text


def test_a_link_works_once_and_its_token_is_not_kept() -> None:
    owner = make_owner()
    token = operations.issue_sign_in_link(person=owner, at=NOW)
    assert token not in SignInLink.objects.get().digest
    assert queries.link_kind(token, at=NOW) is queries.LinkKind.PERSON
    assert operations.use_sign_in_link(token=token, at=NOW) == owner
    assert operations.use_sign_in_link(token=token, at=NOW) is None
    assert queries.link_kind(token, at=NOW) is None


def test_a_link_ends_after_thirty_minutes() -> None:
    owner = make_owner()
    token = operations.issue_sign_in_link(person=owner, at=NOW)
    assert operations.use_sign_in_link(token=token, at=NOW + 30 * MINUTE) is None
    assert operations.use_sign_in_link(token=token, at=NOW + 29 * MINUTE) == owner


def test_a_setup_link_ends_with_the_first_owner() -> None:
    token = operations.issue_sign_in_link(person=None, at=NOW)
    other = operations.issue_sign_in_link(person=None, at=NOW)
    assert operations.use_sign_in_link(token=token, at=NOW) is operations.SETUP
    make_owner()
    assert queries.link_kind(other, at=NOW) is None
    assert operations.use_sign_in_link(token=other, at=NOW) is None


def test_five_wrong_tries_close_an_email_for_fifteen_minutes() -> None:
    owner = make_owner()
    for minute in range(5):
        fail(1, at=NOW + minute * MINUTE)
    with pytest.raises(TooManyAttempts) as caught:
        try_in(PASSWORD, at=NOW + 5 * MINUTE)
    assert caught.value.until == NOW + 15 * MINUTE
    # Tries while it is closed do not make the wait longer.
    with pytest.raises(TooManyAttempts) as again:
        try_in(PASSWORD, at=NOW + 14 * MINUTE)
    assert again.value.until == NOW + 15 * MINUTE
    assert try_in(PASSWORD, at=NOW + 15 * MINUTE) == owner


def test_another_spelling_or_network_does_not_escape_the_lock_out() -> None:
    make_owner()
    fail(5)
    with pytest.raises(TooManyAttempts):
        try_in(PASSWORD, email="LEA@example.org", address="198.51.100.7")


def test_the_lock_out_is_the_same_for_people_who_do_not_exist() -> None:
    fail(5, email="nobody@example.org")
    with pytest.raises(TooManyAttempts):
        try_in(email="nobody@example.org")


def test_an_unknown_email_costs_a_password_hash_too(monkeypatch) -> None:
    hashed = []
    real = Person.set_password
    monkeypatch.setattr(
        Person, "set_password", lambda self, raw: (hashed.append(raw), real(self, raw))
    )
    fail(1, email="nobody@example.org")
    assert hashed == ["wrong"]


def test_signing_in_clears_the_count() -> None:
    make_owner()
    fail(4)
    try_in(PASSWORD)
    fail(4)
    try_in(PASSWORD)
    assert not SignInAttempt.objects.exists()


def test_one_network_cannot_try_one_email_after_another() -> None:
    for number in range(30):
        fail(1, email=f"{number}@example.org")
    with pytest.raises(TooManyAttempts):
        try_in(email="one-more@example.org")
    fail(1, email="one-more@example.org", address="198.51.100.7")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_a_network_is_an_address_or_a_sixty_four(address: str, network: str) -> None:
    assert operations.network_of(address) == network


def test_a_try_counts_before_the_password_is_looked_at(monkeypatch) -> None:
    make_owner()
    seen = []
    monkeypatch.setattr(
        Person,
        "check_password",
        lambda _self, _raw: seen.append(SignInAttempt.objects.count()) or False,
    )
    fail(1)
    assert seen == [1]


def test_a_password_is_changed_by_who_knows_it() -> None:
    owner = make_owner()
    new = "twelve green doors"
    with pytest.raises(WrongCredentials):
        operations.change_password(
            person=owner, current="wrong", new=new, address="", at=NOW
        )
    with pytest.raises(WeakPassword):
        operations.change_password(
            person=owner, current=PASSWORD, new="short", address="", at=NOW
        )
    operations.change_password(
        person=owner, current=PASSWORD, new=new, address="", at=NOW
    )
    assert try_in(new).pk == owner.pk
    fail(1, password=PASSWORD)
