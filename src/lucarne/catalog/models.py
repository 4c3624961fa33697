"""What viewers see: channels and the videos in them."""

from __future__ import annotations

from django.db import models


class Channel(models.Model):
    """A publisher's page."""

    public_id = models.CharField(max_length=24, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Video(models.Model):
    """What a viewer sees; it points to an asset."""

    class Visibility(models.TextChoices):
        PUBLIC = "public"
        PRIVATE = "private"
        DRAFT = "draft"

    public_id = models.CharField(max_length=24, unique=True)
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="videos"
    )
    asset = models.OneToOneField(
        "media.Asset", on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(max_length=200)
    description = models.TextField(default="", blank=True)
    visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    created_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    first_published_at = models.DateTimeField(null=True)
    # Set exactly while the video is public and playable: what viewers list.
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=models.Q(published_at__isnull=False),
                name="video_newest_first",
            ),
            models.Index(
                fields=["channel", "-published_at"],
                condition=models.Q(published_at__isnull=False),
                name="video_newest_of_channel",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Quota(models.Model):
    """How much one person or channel may have here, when it is not as for all others."""

    subject = models.CharField(max_length=24, unique=True)  # the public id of either
    # Null: as the settings say; 0: no limit.
    max_bytes = models.BigIntegerField(null=True)
    max_films = models.IntegerField(null=True)

    def __str__(self) -> str:
        return self.subject


class Imported(models.Model):
    """A film that came from outside, known again by what its source calls it.

    It stays when the video is deleted: what somebody threw away does not come back.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    guid = models.CharField(max_length=500)
    video = models.ForeignKey(
        Video, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "guid"], name="imported_once"),
        ]

    def __str__(self) -> str:
        return self.guid
