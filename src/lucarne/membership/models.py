"""Who is a member of the portal, and lists of members that are about to be read in."""

from __future__ import annotations

from django.db import models


class Membership(models.Model):
    """That whoever signs in with this address is a member, from a time to another.

    By the address and not by the account: members are named before they have one. An
    address belongs to one account, and nobody can make one for an address that she was
    not sent a link for. The row stays when the membership has ended, and is the same
    when it is taken up again; the audit log knows what was.
    """

    public_id = models.CharField(max_length=24, unique=True)
    email = models.EmailField(max_length=254, unique=True)  # as accounts spells it
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # exclusive; null: nobody knows yet
    added_by = models.CharField(max_length=24)  # public id of the person, or "cli"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at=None)
                | models.Q(ends_at__gte=models.F("began_at")),
                name="membership_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class MemberList(models.Model):
    """Addresses that were read from a file, until somebody says yes or a day has passed."""

    public_id = models.CharField(max_length=24, unique=True)
    emails = models.JSONField()  # each once, as accounts spells them
    # What could not be read: [[line, text], …], the first of them, and how many.
    bad = models.JSONField()
    bad_count = models.IntegerField()
    repeated = models.IntegerField()  # lines with an address that came before
    read_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["read_at"], name="member_list_by_age")]

    def __str__(self) -> str:
        return self.public_id
