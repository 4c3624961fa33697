"""The people of channels: who is on their teams, and who was invited."""

from __future__ import annotations

import enum

from django.db import models

from lucarne.accounts.roles import Role


def _choices(kinds: type[enum.StrEnum]) -> list[tuple[str, str]]:
    return [(one.value, one.value) for one in kinds]


class TeamMember(models.Model):
    """A person of a channel's team, with one role.

    It is here and not in accounts because it points at both, and accounts is the lower
    room; what a role may do is said there (``accounts.roles``).
    """

    channel = models.ForeignKey(
        "catalog.Channel", on_delete=models.CASCADE, related_name="team"
    )
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.CASCADE, related_name="+"
    )
    role = models.CharField(max_length=12, choices=_choices(Role))
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "channel"], name="team_member_one_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} of {self.channel_id}"


class Invitation(models.Model):
    """A link by which somebody joins a channel's team, once.

    Without a channel it makes an account that may do nothing yet, such as a member's.
    Only the SHA-256 of its token is kept. The row stays when it is spent, so that the
    link can say why it opens nothing.
    """

    public_id = models.CharField(max_length=24, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    channel = models.ForeignKey(
        "catalog.Channel", null=True, on_delete=models.CASCADE, related_name="+"
    )
    email = models.EmailField(max_length=254)  # as accounts spells addresses
    # "" exactly without a channel.
    role = models.CharField(
        max_length=12, choices=_choices(Role), default="", blank=True
    )
    invited_by = models.CharField(max_length=24)  # public id of the person, or "cli"
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel__isnull=True, role="")
                | (models.Q(channel__isnull=False) & ~models.Q(role="")),
                name="invitation_role_in_channel",
            ),
        ]
        indexes = [models.Index(fields=["email"], name="invitation_by_email")]

    def __str__(self) -> str:
        return self.public_id
