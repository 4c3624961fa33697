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


class Caption(models.Model):
    """Words for one video in one language; media keeps the file."""

    class Kind(models.TextChoices):
        CAPTIONS = "captions"  # for the deaf: also who speaks and what sounds
        SUBTITLES = "subtitles"  # what is said, also in another language

    public_id = models.CharField(max_length=24, unique=True)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(max_length=35, default="", blank=True)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    # Tells two of one language and kind apart, "" where there is one.
    title = models.CharField(max_length=100, default="", blank=True)
    is_visible = models.BooleanField(default=True)
    is_from_film = models.BooleanField(default=False)
    source_name = models.CharField(max_length=300, default="", blank=True)
    file_name = models.CharField(max_length=64)
    cue_count = models.IntegerField()
    size_bytes = models.IntegerField()
    # What was mended, or ought to be looked at: [[code, line, text, more], …].
    notes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["video", "language", "kind", "title"], name="caption_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language or '?'} {self.kind}"
