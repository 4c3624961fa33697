"""Who signs in, the links that sign in without a password, and failed tries."""

from __future__ import annotations

import unicodedata
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


def normalize_email(email: str) -> str:
    """One spelling for each address: trimmed, composed (NFC), lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their email, however they capitalize it."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=normalize_email(username or ""))


class Person(AbstractBaseUser):
    """Somebody with a sign-in."""

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        FRENCH = "fr", "Français"

    public_id = models.CharField(max_length=24, unique=True)
    # Always as normalize_email() spells it, so that `unique` ignores case.
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    language = models.CharField(max_length=2, choices=Language.choices)
    is_owner = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "language"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_owner"],
                condition=models.Q(is_owner=True),
                name="person_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SignInLink(models.Model):
    """A link that signs in once; without a person it opens the first visit.

    Only the SHA-256 of the token is kept: who reads the database cannot sign in.
    """

    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(
        Person, null=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link {self.pk}"


class Token(models.Model):
    """What a program shows instead of a sign-in, as long as nobody revokes it.

    Only the SHA-256 is kept: who reads the database cannot use it.
    """

    public_id = models.CharField(max_length=24, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)  # of the program, for whoever revokes it
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id


class SignInAttempt(models.Model):
    """One try to sign in, kept as long as it counts towards a lock-out.

    ``email_digest`` is a SHA-256: people type passwords into the wrong field.
    ``network`` is an IPv4 address or an IPv6 /64, what one household has.
    """

    email_digest = models.CharField(max_length=64)
    network = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["email_digest", "at"], name="attempt_by_email"),
            models.Index(fields=["network", "at"], name="attempt_by_network"),
            models.Index(fields=["at"], name="attempt_by_time"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"
