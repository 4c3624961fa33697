"""What the kernel keeps: the portal's own name, and who did what when."""

from __future__ import annotations

from django.db import models


class Portal(models.Model):
    """The portal as its owner named it; there is at most one row."""

    name = models.CharField(max_length=100)
    language = models.CharField(max_length=8)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="portal_only_one"),
        ]

    def __str__(self) -> str:
        return self.name


class AuditLine(models.Model):
    """One thing that somebody did; written once, never changed."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=80, default="", blank=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)
    # Id of what it belongs to, whose owner may read it: a channel. "": the portal's.
    scope = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["scope", "-at", "-id"], name="audit_of_scope"),
            models.Index(fields=["subject", "-at"], name="audit_of_subject"),
            models.Index(fields=["-at"], name="audit_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.subject}"
