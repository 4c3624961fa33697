"""Questions about people and the links that sign them in."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user
from django.contrib.auth.password_validation import (
    get_password_validators,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from lucarne.accounts.errors import BadEmail
from lucarne.accounts.models import Person, SignInLink, Token, normalize_email
from lucarne.accounts.sessions import SessionStore

# Length is what counts (NIST SP 800-63B, 5.1.1.2); no rules about kinds of characters.
MIN_PASSWORD_LENGTH = 10
_VALIDATION = "django.contrib.auth.password_validation."
_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": _VALIDATION + "MinimumLengthValidator",
        "OPTIONS": {"min_length": MIN_PASSWORD_LENGTH},
    },
    {"NAME": _VALIDATION + "CommonPasswordValidator"},
    {
        "NAME": _VALIDATION + "UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]


class LinkKind(enum.Enum):
    """What a sign-in link would do."""

    SETUP = "setup"
    PERSON = "person"


def has_owner() -> bool:
    """Whether the first visit is over."""
    return Person.objects.filter(is_owner=True).exists()


def owner() -> Person | None:
    """The portal's owner, once there is one."""
    return Person.objects.filter(is_owner=True).first()


def find_by_email(email: str) -> Person | None:
    """The person with this address, however it is capitalized."""
    return Person.objects.filter(email=normalize_email(email)).first()


def clean_email(email: str) -> str:
    """Return an address as people are found by it. Raises BadEmail."""
    email = normalize_email(email)
    try:
        validate_email(email)
    except ValidationError:
        raise BadEmail from None
    return email


def find_person(person_id: str) -> Person | None:
    """The person with this public id."""
    return Person.objects.filter(public_id=person_id).first()


def names_of(person_ids: Collection[str]) -> dict[str, str]:
    """What these people are called, by their public ids; unknown ones are left out."""
    people = Person.objects.filter(public_id__in=person_ids)
    return dict(people.values_list("public_id", "name"))


def accounts_by_email(emails: Collection[str]) -> dict[str, tuple[str, str]]:
    """Public id and name of who has these addresses; who has no account is left out."""
    people = Person.objects.filter(email__in=emails)
    rows = people.values_list("email", "public_id", "name")
    return {email: (person_id, name) for email, person_id, name in rows}


def with_account(emails: Collection[str]) -> set[str]:
    """Which of these addresses sign in here."""
    return set(accounts_by_email(emails))


def emails_of_named(word: str) -> QuerySet[Person, str]:
    """The addresses of people whose names hold this word; to be asked within a query."""
    # SQLite knows the capitals of no letter beyond ASCII.
    found = Q(name__icontains=word) | Q(name__contains=word.capitalize())
    return Person.objects.filter(found).values_list("email", flat=True)


def link_kind(token: str, *, at: datetime) -> LinkKind | None:
    """What the link would do if it were used now; None when it is spent."""
    link = SignInLink.objects.filter(
        digest=token_digest(token), used_at=None, expires_at__gt=at
    ).first()
    if link is None:
        return None
    if link.person_id is not None:
        return LinkKind.PERSON
    return None if has_owner() else LinkKind.SETUP


def person_of_token(secret: str) -> Person | None:
    """Whose token this is; None when it is nobody's."""
    token = Token.objects.select_related("person")
    found = token.filter(digest=token_digest(secret)).first()
    return found.person if found else None


def person_of_session(key: str) -> Person | None:
    """Who signed in with this session's cookie; None when it is over.

    For doors that are no Django view; pages have ``request.user``.
    """
    request = HttpRequest()
    request.session = SessionStore(key)
    person = get_user(request)
    return person if isinstance(person, Person) else None


def tokens() -> list[Token]:
    """All tokens that work, with their persons, newest first."""
    return list(Token.objects.select_related("person").order_by("-created_at"))


def token_digest(token: str) -> str:
    """How a link's token is kept: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def password_problems(password: str, *, email: str, name: str) -> tuple[str, ...]:
    """Sentences on why this password is weak, in the active language; () if it is not."""
    try:
        validate_password(
            password,
            Person(email=email, name=name),
            get_password_validators(_VALIDATORS),
        )
    except ValidationError as error:
        return tuple(str(message) for message in error.messages)
    return ()
