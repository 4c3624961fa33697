"""What was watched: for a day as visits, then only as sums that name nobody.

Rows name a film by its public id: a report then needs no question for its row.
"""

from __future__ import annotations

from django.db import models


class Sitting(models.Model):
    """One visit of one film's page, swept after a day.

    ``key`` is random and made anew by each page that is opened: it says which reports
    belong together, and nothing else. No address and no name of a browser is kept.
    """

    video = models.ForeignKey(
        "catalog.Video",
        to_field="public_id",
        on_delete=models.CASCADE,
        related_name="+",
    )
    key = models.CharField(max_length=32)
    began_at = models.DateTimeField()
    reports = models.IntegerField()
    source = models.CharField(max_length=8)  # codes of audience.py
    device = models.CharField(max_length=8)
    duration_ms = models.BigIntegerField()  # of the film, as it was then
    watch_ms = models.BigIntegerField()  # also what was played twice
    spans = models.JSONField()  # what was played, once: [[start_ms, end_ms], …]
    # What the sums below have of it already.
    is_counted = models.BooleanField(default=False)  # as a view
    counted_ms = models.BigIntegerField(default=0)
    counted_spans = models.JSONField(default=list)
    is_pending = models.BooleanField(default=True)  # there is more to count

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "key"], name="sitting_once"),
        ]
        indexes = [
            models.Index(
                fields=["video"],
                condition=models.Q(is_pending=True),
                name="sitting_pending",
            ),
            models.Index(fields=["began_at"], name="sitting_by_age"),
        ]

    def __str__(self) -> str:
        return f"sitting {self.pk}"


class Tally(models.Model):
    """Views and time of one film, on one day, from one source, on one kind of device."""

    video = models.ForeignKey(
        "catalog.Video",
        to_field="public_id",
        on_delete=models.CASCADE,
        related_name="+",
    )
    day = models.DateField()  # in the portal's time zone, on which the visits began
    source = models.CharField(max_length=8)
    device = models.CharField(max_length=8)
    views = models.IntegerField(default=0)
    watch_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["video", "day", "source", "device"], name="tally_once"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="tally_by_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.source} {self.device}"


class DayCurve(models.Model):
    """How much of each hundredth of one film the views of one day saw, in thousandths."""

    video = models.ForeignKey(
        "catalog.Video",
        to_field="public_id",
        on_delete=models.CASCADE,
        related_name="+",
    )
    day = models.DateField()
    seen = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "day"], name="day_curve_once"),
        ]
        indexes = [models.Index(fields=["day"], name="day_curve_by_day")]

    def __str__(self) -> str:
        return f"{self.day}"
