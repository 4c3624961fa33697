"""What may be done with people: make the owner, sign in, change a password."""

from __future__ import annotations

import enum
import hashlib
import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from lucarne.accounts.errors import (
    EmailTaken,
    OwnerExists,
    TooManyAttempts,
    UnknownToken,
    WeakPassword,
    WrongCredentials,
)
from lucarne.accounts.models import (
    Person,
    SignInAttempt,
    SignInLink,
    Token,
    normalize_email,
)
from lucarne.accounts.queries import (
    clean_email,
    find_by_email,
    has_owner,
    password_problems,
    token_digest,
)
from lucarne.core import audit, ids

LINK_LIFETIME = timedelta(minutes=30)
# Of one that somebody is given who has to be reached first.
HANDED_LIFETIME: Final = timedelta(days=1)
LOCK_OUT = timedelta(minutes=15)
# So that people and scanners of leaked secrets recognize one.
TOKEN_PREFIX: Final = "lucarne_"  # noqa: S105  no secret
MAX_TRIES_PER_EMAIL = 5
# More than one person may sit behind one address: an office, a school.
MAX_TRIES_PER_NETWORK = 30


class _Setup(enum.Enum):
    SETUP = "setup"


# What a link without a person is worth: it opens the first visit.
SETUP: Final = _Setup.SETUP


def create_owner(
    *, email: str, name: str, language: str, password: str, at: datetime
) -> Person:
    """Make the portal's owner.

    Raises OwnerExists, EmailTaken, BadEmail or WeakPassword; two at once make one
    owner, because the database holds the constraint.
    """
    person = _new_person(
        email=email, name=name, language=language, password=password, at=at
    )
    person.is_owner = True
    if has_owner():
        raise OwnerExists
    try:
        with transaction.atomic():
            person.save()
            audit.record(
                actor=person, verb="owner.created", subject=person.public_id, at=at
            )
    except IntegrityError:
        raise (OwnerExists if has_owner() else EmailTaken) from None
    return person


def create_person(
    *, email: str, name: str, language: str, password: str, at: datetime
) -> Person:
    """Make an account that may do nothing yet.

    Raises EmailTaken, BadEmail or WeakPassword.
    """
    person = _new_person(
        email=email, name=name, language=language, password=password, at=at
    )
    try:
        with transaction.atomic():
            person.save()
            audit.record(
                actor=person, verb="person.created", subject=person.public_id, at=at
            )
    except IntegrityError:
        raise EmailTaken from None
    return person


def _new_person(
    *, email: str, name: str, language: str, password: str, at: datetime
) -> Person:
    """Return a person who is not saved yet. Raises BadEmail or WeakPassword."""
    email = clean_email(email)
    problems = password_problems(password, email=email, name=name)
    if problems:
        raise WeakPassword(problems)
    person = Person(
        public_id=ids.new("per"),
        email=email,
        name=name.strip()[:100],
        language=language,
        created_at=at,
    )
    person.set_password(password)
    return person


@transaction.atomic
def issue_sign_in_link(
    *,
    person: Person | None,
    actor: str | None = None,
    lifetime: timedelta = LINK_LIFETIME,
    at: datetime,
) -> str:
    """Return the token of a link that signs ``person`` in once within its lifetime.

    Without a person it is the setup link, which opens the first visit; without an actor
    the portal or a command made it. One that is handed over ends the earlier ones.
    """
    SignInLink.objects.filter(expires_at__lt=at - LINK_LIFETIME).delete()
    if actor is not None:
        open_ = SignInLink.objects.filter(person=person, used_at=None)
        open_.filter(expires_at__gt=at).update(expires_at=at)
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        digest=token_digest(token),
        person=person,
        created_at=at,
        expires_at=at + lifetime,
    )
    subject = person.public_id if person else "setup"
    audit.record(actor=actor, verb="sign_in_link.issued", subject=subject, at=at)
    return token


@transaction.atomic
def use_sign_in_link(
    *, token: str, at: datetime
) -> Person | Literal[_Setup.SETUP] | None:
    """Spend a link: the person it signs in, SETUP, or None when it is worth nothing.

    Compare-and-set: of two clicks at once, one gets an answer.
    """
    links = SignInLink.objects.filter(digest=token_digest(token))
    spent = links.filter(used_at=None, expires_at__gt=at).update(used_at=at)
    if not spent:
        return None
    person = links.select_related("person").get().person
    if person is None:
        return None if has_owner() else SETUP
    audit.record(
        actor=person,
        verb="person.signed_in",
        subject=person.public_id,
        at=at,
        by="link",
    )
    return person


@transaction.atomic
def issue_token(*, person: Person, name: str, at: datetime) -> tuple[str, Token]:
    """Return a secret that lets a program act as ``person``, and what is kept of it."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        public_id=ids.new("tok"),
        digest=token_digest(secret),
        person=person,
        name=name.strip()[:100] or "?",
        created_at=at,
    )
    audit.record(
        actor=person, verb="token.issued", subject=token.public_id, at=at, name=token.name
    )
    return secret, token


@transaction.atomic
def revoke_token(*, token_id: str, at: datetime) -> None:
    """End a token at once. Raises UnknownToken."""
    token = Token.objects.select_related("person").filter(public_id=token_id).first()
    if token is None:
        raise UnknownToken(token_id)
    audit.record(actor=token.person, verb="token.revoked", subject=token_id, at=at)
    token.delete()


def sign_in(*, email: str, password: str, address: str, at: datetime) -> Person:
    """Return the person, or raise WrongCredentials or TooManyAttempts.

    The try is counted before the password is looked at, so that tries sent at once
    cannot slip past the limit; an unknown address costs the same hash as a known one.
    """
    attempt = _count_attempt(email, address, at)
    person = find_by_email(email)
    if person is None:
        Person().set_password(password)
        raise WrongCredentials
    if not person.check_password(password):
        raise WrongCredentials
    with transaction.atomic():
        SignInAttempt.objects.filter(email_digest=attempt.email_digest).delete()
        audit.record(
            actor=person,
            verb="person.signed_in",
            subject=person.public_id,
            at=at,
            by="password",
        )
    return person


def sign_out(*, person: Person, at: datetime) -> None:
    """Write down that somebody left; the session is the view's."""
    audit.record(
        actor=person, verb="person.signed_out", subject=person.public_id, at=at
    )


def change_password(
    *, person: Person, current: str, new: str, address: str, at: datetime
) -> None:
    """Replace a password by somebody who knows it: raises like sign_in, or WeakPassword."""
    attempt = _count_attempt(person.email, address, at)
    if not person.check_password(current):
        raise WrongCredentials
    SignInAttempt.objects.filter(email_digest=attempt.email_digest).delete()
    set_password(person=person, new=new, at=at)


def set_password(*, person: Person, new: str, at: datetime) -> None:
    """Replace a password by somebody who came through a sign-in link."""
    problems = password_problems(new, email=person.email, name=person.name)
    if problems:
        raise WeakPassword(problems)
    person.set_password(new)
    with transaction.atomic():
        person.save(update_fields=["password"])
        audit.record(
            actor=person, verb="password.changed", subject=person.public_id, at=at
        )


def _count_attempt(email: str, address: str, at: datetime) -> SignInAttempt:
    """Write the try down, or raise TooManyAttempts and leave the count as it was."""
    SignInAttempt.objects.filter(at__lte=at - LOCK_OUT).delete()
    attempt = SignInAttempt.objects.create(
        email_digest=hashlib.sha256(normalize_email(email).encode()).hexdigest(),
        network=network_of(address),
        at=at,
    )
    recent = SignInAttempt.objects.filter(at__gt=at - LOCK_OUT).exclude(pk=attempt.pk)
    closed = [
        until
        for until in (
            _closed_until(
                recent.filter(email_digest=attempt.email_digest), MAX_TRIES_PER_EMAIL
            ),
            _closed_until(
                recent.filter(network=attempt.network), MAX_TRIES_PER_NETWORK
            ),
        )
        if until is not None
    ]
    if closed:
        # A try while it is closed does not count: the wait never grows.
        attempt.delete()
        raise TooManyAttempts(max(closed))
    return attempt


def _closed_until(tries: QuerySet[SignInAttempt], allowed: int) -> datetime | None:
    """When the next try is allowed; None when it is now."""
    newest = list(tries.order_by("-at").values_list("at", flat=True)[:allowed])
    return newest[-1] + LOCK_OUT if len(newest) == allowed else None


def network_of(address: str) -> str:
    """What counts as one source: an IPv4 address, or an IPv6 /64.

    A household has a whole /64, so single IPv6 addresses cost an attacker nothing.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 4:
        return str(ip)
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False).network_address)
