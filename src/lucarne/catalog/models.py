"""What viewers see: channels and the videos in them."""

from __future__ import annotations

from django.db import models

from lucarne.catalog.fields import FoldedField
from lucarne.catalog.team_models import (
    Invitation as Invitation,  # noqa: PLC0414  asked for here, as all models are
    TeamMember as TeamMember,  # noqa: PLC0414
)


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
        PUBLIC = "public"  # everybody, and listed
        MEMBERS = "members"  # members of the portal; listed for everybody
        UNLISTED = "unlisted"  # everybody who has the page's address
        LINK = "link"  # everybody who has a secret address, until it is revoked
        PRIVATE = "private"  # people who sign in here
        SCHEDULED = "scheduled"  # as private until publish_at, then publish_as
        DRAFT = "draft"  # as private, and not finished

    class Approval(models.TextChoices):
        NONE = ""  # nothing was sent, or it is approved
        WAITING = "waiting"  # of an editor
        SENT_BACK = "sent_back"  # with a reason

    class ChaptersFrom(models.TextChoices):
        NOWHERE = ""  # nobody has looked yet
        FILE = "file"  # also when it has none
        DESCRIPTION = "description"  # time marks in it
        PERSON = "person"  # also when somebody wants none

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
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    publish_at = models.DateTimeField(null=True)  # exactly while it is scheduled
    # Who may watch it from then on: public or members.
    publish_as = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    # Of the secret address, "" while there is none.
    link_key = models.CharField(max_length=40, default="", blank=True)
    # In their order, as people wrote them; VideoTag finds films by them.
    tags = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=35, default="", blank=True)  # BCP 47
    # Codes of labels.py; "" says nothing.
    category = models.CharField(max_length=20, default="", blank=True)
    license = models.CharField(max_length=20, default="", blank=True)
    chapters = models.JSONField(default=list, blank=True)  # [[start_ms, title], …]
    chapters_from = models.CharField(
        max_length=12, choices=ChaptersFrom.choices, default="", blank=True
    )
    created_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # How far what its contributor sent is; the rest stands in Submission.
    approval = models.CharField(
        max_length=10, choices=Approval.choices, default=Approval.NONE, blank=True
    )
    created_at = models.DateTimeField()
    first_published_at = models.DateTimeField(null=True)
    # Set exactly while the video is listed (public, or for members) and playable.
    published_at = models.DateTimeField(null=True)
    # What the studio's table searches and sorts by.
    folded_title = FoldedField(of="title", max_length=200)
    folded_description = FoldedField(of="description")
    # In the bin since then: closed on every door, deleted after a month.
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link_key"],
                condition=~models.Q(link_key=""),
                name="video_one_of_link",
            ),
            models.CheckConstraint(
                condition=models.Q(visibility="scheduled", publish_at__isnull=False)
                | (~models.Q(visibility="scheduled") & models.Q(publish_at=None)),
                name="video_scheduled_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(publish_as="public")
                | models.Q(visibility="scheduled", publish_as="members"),
                name="video_scheduled_to_be_listed",
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at=None) | models.Q(published_at=None),
                name="video_in_bin_not_listed",
            ),
        ]
        indexes = [
            # The orders of the studio's table. Each ends with what makes it unique and
            # with what is filtered most, so that rows are not fetched to be left out.
            *(
                models.Index(
                    fields=[field, "public_id", "visibility", "channel"],
                    condition=models.Q(deleted_at=None),
                    name=f"video_by_{name}",
                )
                for name, field in (
                    ("created", "created_at"),
                    ("published", "published_at"),
                    ("title", "folded_title"),
                )
            ),
            models.Index(
                fields=["channel", "created_at", "public_id", "visibility"],
                condition=models.Q(deleted_at=None),
                name="video_created_of_channel",
            ),
            models.Index(
                fields=["visibility", "created_at", "public_id"],
                condition=models.Q(deleted_at=None),
                name="video_created_of_visibility",
            ),
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
            models.Index(
                fields=["publish_at"],
                condition=models.Q(publish_at__isnull=False),
                name="video_by_schedule",
            ),
            models.Index(
                fields=["deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="video_in_bin",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(chapters_from=""),
                name="video_without_chapters_yet",
            ),
            models.Index(
                fields=["channel", "approval"],
                condition=~models.Q(approval=""),
                name="video_sent_for_approval",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Submission(models.Model):
    """What a contributor sent for approval, until it is approved or taken back."""

    public_id = models.CharField(max_length=24, unique=True)
    video = models.OneToOneField(
        Video, on_delete=models.CASCADE, related_name="submission"
    )
    person = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    sent_at = models.DateTimeField()
    # Who shall be able to watch, "" when that stays as it is.
    visibility = models.CharField(
        max_length=10, choices=Video.Visibility.choices, default="", blank=True
    )
    publish_at = models.DateTimeField(null=True)
    publish_as = models.CharField(
        max_length=10,
        choices=Video.Visibility.choices,
        default=Video.Visibility.PUBLIC,
    )
    # Details of an open film that shall be others, by name, and what they were as text.
    changes = models.JSONField(default=dict, blank=True)
    seen = models.JSONField(default=dict, blank=True)
    # Why it was sent back, and by whom (public id).
    reason = models.CharField(max_length=1000, default="", blank=True)
    decided_by = models.CharField(max_length=80, default="", blank=True)
    decided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.public_id


class Version(models.Model):
    """Another file of a video than the one it shows: one that shall come, or that was."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="versions")
    asset = models.OneToOneField(
        "media.Asset", on_delete=models.PROTECT, related_name="+"
    )
    actor = models.CharField(max_length=80)  # who wanted the change
    asked_at = models.DateTimeField()
    # Since then another file is shown; null: this one shall be, once it can be.
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["video"],
                condition=models.Q(replaced_at=None),
                name="version_one_to_come",
            ),
        ]
        indexes = [models.Index(fields=["replaced_at"], name="version_by_age")]

    def __str__(self) -> str:
        return f"{self.video_id}/{self.asset_id}"


class BulkEdit(models.Model):
    """One change that was made to many videos at once, kept as long as it can be undone."""

    public_id = models.CharField(max_length=24, unique=True)
    actor = models.CharField(max_length=80)  # public id of the person
    made_at = models.DateTimeField()
    changes = models.JSONField()  # what was asked for, by the name of the field

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="bulk_edit_newest_first")]

    def __str__(self) -> str:
        return self.public_id


class BulkEditLine(models.Model):
    """What one video was before and after; only the fields that changed."""

    edit = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="lines")
    # No relation: the line outlives the video, so that an undo can say that it is gone.
    video_id = models.CharField(max_length=24)
    before = models.JSONField()
    after = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edit", "video_id"], name="bulk_edit_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.edit_id}/{self.video_id}"


class VideoTag(models.Model):
    """Finds the films with a tag; ``Video.tags`` has them in their order.

    ``key`` is the tag without its capitals (``names.tag_key``).
    """

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="tag_keys")
    key = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "video"], name="video_tag_once"),
        ]

    def __str__(self) -> str:
        return self.key


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
