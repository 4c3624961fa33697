"""Facts about films: the master, what is to be made of it, and what was made."""

from __future__ import annotations

from django.db import models


class Asset(models.Model):
    """A mezzanine plus everything made from it."""

    class State(models.TextChoices):
        ARRIVING = "arriving"  # its upload still runs: see ahead.py; no video has it
        RECEIVED = "received"  # every byte is here, nothing was looked at
        PREPARING = "preparing"  # being probed and planned
        ENCODING = "encoding"  # the plan's units are being worked off
        READY = "ready"  # every rung is there
        FAILED = "failed"  # see error_code; what was playable stays playable

    public_id = models.CharField(max_length=24, unique=True)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.RECEIVED
    )
    source_name = models.CharField(max_length=300)
    incoming_path = models.CharField(max_length=1000, default="", blank=True)
    # SHA-256 of the master, in hexadecimal; empty until it is known.
    digest = models.CharField(max_length=64, default="", blank=True)
    # Not empty: nobody sent this film, it is made here, with words in that language.
    sample_language = models.CharField(max_length=2, default="", blank=True)
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    playable_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, default="", blank=True)
    error_detail = models.TextField(default="", blank=True)
    warnings = models.JSONField(default=list)
    report = models.TextField(default="", blank=True)
    plan = models.TextField(default="", blank=True)
    plan_id = models.CharField(max_length=24, default="", blank=True)
    # Of what was planned while the film arrived, where its packets were said to be.
    layout = models.CharField(max_length=64, default="", blank=True)
    duration_ms = models.BigIntegerField(default=0)
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    color = models.CharField(max_length=7, default="", blank=True)
    # The copied original plays until every rung is there.
    has_original = models.BooleanField(default=False)
    has_poster = models.BooleanField(default=False)
    # Name of the Poster that is shown; "" is beside the film, where the first ones lay.
    poster = models.CharField(max_length=40, default="", blank=True)
    has_storyboard = models.BooleanField(default=False)
    # Its jobs against those of other films: see worklist.Urgency.
    urgency = models.SmallIntegerField(default=0)
    epoch = models.IntegerField(default=1)
    revision = models.IntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["state"], name="asset_by_state"),
            # Orders of the studio's table of films.
            models.Index(fields=["duration_ms", "public_id"], name="asset_by_duration"),
            models.Index(fields=["size_bytes", "public_id"], name="asset_by_size"),
        ]

    def __str__(self) -> str:
        return self.public_id


class Upload(models.Model):
    """A film, or a part of one, whose bytes are still arriving.

    They are a file in ``incoming`` whose length says how many are here: nothing has
    to be written down for each part, and what was acknowledged survives any kill.
    """

    class Origin(models.TextChoices):
        PARTS = "parts"  # whoever sends it may break off and go on
        STREAM = "stream"  # comes in one go: of no use when it breaks off
        FETCH = "fetch"  # this portal fetches it, from ``source_url``

    public_id = models.CharField(max_length=24, unique=True)
    person_id = models.CharField(max_length=24)  # public id of who sends it
    name = models.CharField(max_length=300)
    size_bytes = models.BigIntegerField()
    # As the client wrote them (tus 1.0: Upload-Metadata, Upload-Concat).
    metadata = models.TextField(default="", blank=True)
    concat = models.TextField(default="", blank=True)
    origin = models.CharField(
        max_length=6, choices=Origin.choices, default=Origin.PARTS
    )
    digest = models.CharField(max_length=64, default="", blank=True)  # as in Asset
    # What its sender wrote about the film so far: field by field, as it was typed.
    draft = models.JSONField(default=dict, blank=True)
    drafted_at = models.DateTimeField(null=True)
    source_url = models.TextField(default="", blank=True)
    # Of the answer that the bytes are from (RFC 9110, 13.1.5: If-Range).
    validator = models.TextField(default="", blank=True)
    error_code = models.CharField(max_length=40, default="", blank=True)
    # Where what lies in ``parts.index_of`` belongs; 0: nothing does.
    index_offset = models.BigIntegerField(default=0)
    # What is made of it already.
    early = models.OneToOneField(
        Asset, null=True, on_delete=models.SET_NULL, related_name="upload"
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person_id"], name="upload_by_person")]

    def __str__(self) -> str:
        return self.public_id


class Unit(models.Model):
    """One piece of work of a plan; running it twice is harmless."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELED = "canceled"

    class Kind(models.TextChoices):
        VIDEO = "video"
        AUDIO = "audio"
        POSTER = "poster"
        PICTURES = "pictures"
        OPENING = "opening"  # the first seconds of a sound, while the film arrives
        COPY = "copy"  # the film as it came, where its renditions have begun before
        TEXT = "text"  # the captions and subtitles inside the film
        TRIAL = "trial"  # the film's curves: a few samples at several qualities
        FINE = "fine"  # of the fine pass: one chunk of its rungs
        SCORE = "score"  # how good each rung came out, of either pass
        FRAME = "frame"  # the moment that somebody chose as poster

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="units")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=80)
    chunk = models.IntegerField(default=0)
    rungs = models.JSONField(default=list)
    frames = models.IntegerField(default=0)
    priority = models.IntegerField(default=100)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    fraction = models.FloatField(default=0)
    speed = models.FloatField(default=0)
    eta_s = models.FloatField(null=True)
    cpu_s = models.FloatField(default=0)  # of the encoder, of all attempts
    facts = models.JSONField(default=dict)  # what it found out: see units
    # The bytes of the film that it needs; 0: all of them.
    first_byte = models.BigIntegerField(default=0)
    end_byte = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, default="", blank=True)
    error_detail = models.TextField(default="", blank=True)
    # Attempts that failed, the last few: see units.
    failures = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "name"], name="unit_once"),
        ]
        indexes = [models.Index(fields=["state"], name="unit_by_state")]

    def __str__(self) -> str:
        return f"{self.asset_id}/{self.name}"


class Poster(models.Model):
    """A picture in three sizes that a film has, or may have, as its poster."""

    class Origin(models.TextChoices):
        AUTOMATIC = "automatic"  # the best one, as Lucarne thinks
        PROPOSED = "proposed"  # other good ones
        FRAME = "frame"  # a moment that a person chose
        OWN = "own"  # a picture that a person sent

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="posters")
    # Follows from what it shows and how it came: addresses have it, and never change.
    name = models.CharField(max_length=40)
    origin = models.CharField(max_length=9, choices=Origin.choices)
    color = models.CharField(max_length=7, default="", blank=True)
    at_ms = models.BigIntegerField(null=True)  # of the film, where it is known
    source_name = models.CharField(max_length=300, default="", blank=True)
    # Of an own picture: [width, height] as it is kept, and what is shown of it,
    # [left, top, width, height].
    size = models.JSONField(default=list, blank=True)
    crop = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField()
    # Another one took its place; its files stay while pages may name them.
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "name"], name="poster_once"),
        ]
        indexes = [
            models.Index(
                fields=["retired_at"],
                condition=models.Q(retired_at__isnull=False),
                name="poster_retired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}/{self.name}"


class Fine(models.Model):
    """A second pass over a film: the same pictures in fewer bits.

    Its rungs lie beside those of the first pass, in the folder of the asset's plan,
    and take their place in the manifests all at once. The curves that it is planned
    by are measured with it, or before: of every film, see measuring.
    """

    class State(models.TextChoices):
        CURVES = "curves"  # there is no pass: only the film's curves are measured
        RUNNING = "running"
        DONE = "done"  # its rungs are what is shown
        USELESS = "useless"  # nothing would be won: the film keeps what it has
        FAILED = "failed"  # likewise; see error_code

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, related_name="fine")
    state = models.CharField(max_length=8, choices=State.choices)
    # What was decided, by whom and from which figures: see economy.Decision. Where only
    # curves are measured: {"codecs": […], "saves": {codec: share of the bits}}.
    decision = models.JSONField(default=dict)
    # By codec, what the trial measured: [[width, height, crf, bits, vmaf], …].
    points = models.JSONField(default=dict)
    plan = models.TextField(default="", blank=True)
    # VMAF of each track after the encode, by name: of both passes.
    measured = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["state"], name="fine_by_state")]

    def __str__(self) -> str:
        return f"{self.asset_id}/fine"

    def unit_name(self, what: str) -> str:
        """Name a unit so that no job of an earlier pass is taken for its own."""
        return f"fine-{int(self.started_at.timestamp()):x}-{what}"


class Delivery(models.Model):
    """How many bytes of a film left this portal on one day (UTC)."""

    asset = models.ForeignKey(
        Asset, on_delete=models.CASCADE, related_name="deliveries"
    )
    day = models.DateField()
    size_bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "day"], name="delivery_once"),
        ]
        indexes = [models.Index(fields=["day"], name="delivery_by_day")]

    def __str__(self) -> str:
        return f"{self.asset_id}/{self.day}"


class Track(models.Model):
    """One encoded component: a rendition, the remuxed original, or an audio track."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="tracks")
    plan_id = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=8)
    codec = models.CharField(max_length=40)
    timescale = models.IntegerField()
    init_bytes = models.IntegerField()
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    frame_rate = models.CharField(max_length=30, default="0")
    channels = models.IntegerField(default=0)
    sample_rate_hz = models.IntegerField(default=0)
    language = models.CharField(max_length=16, default="", blank=True)
    title = models.CharField(max_length=200, default="", blank=True)
    is_default = models.BooleanField(default=True)
    # Seconds, as a fraction: a growing playlist must announce it from the start.
    longest_segment = models.CharField(max_length=30, default="0")
    # What manifests say of all segments: see outlines.py. Null before the first one.
    outline = models.JSONField(null=True)
    is_complete = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "plan_id", "name"], name="track_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}/{self.name}"


class Run(models.Model):
    """Consecutive segments of a track: ``[[start, duration, size, iframe], …]``."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="runs")
    first_number = models.IntegerField()
    segments = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["track", "first_number"], name="run_once"),
        ]
        ordering = ["first_number"]

    def __str__(self) -> str:
        return f"{self.track_id}@{self.first_number}"
