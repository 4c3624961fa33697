"""Writing down what was made: files into the store first, then rows, then events.

Every function here may run twice with the same outcome: names follow from what
they hold, rows are unique, and states change by compare-and-set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from django.db import transaction
from django.db.models import F, QuerySet

from lucarne.core import events
from lucarne.core.storage import get_store
from lucarne.media import keys, outlines
from lucarne.media.events import AssetFailed, AssetPlayable, AssetReady
from lucarne.media.models import Asset, Fine, Run, Track, Unit
from lucarne_engine.encode import Levelled
from lucarne_engine.errors import EncoderError
from lucarne_engine.package.index import Segment
from lucarne_engine.package.track import ORIGINAL, EncodedTrack
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.level import GATE_LUFS
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import Problem, SourceReport


def _store_files(asset: Asset, track: EncodedTrack) -> None:
    """Move a track's files into the store.

    Raises EncoderError when two chunks of a track were not encoded alike.
    """
    store = get_store()
    init_key = keys.init(asset.public_id, asset.plan_id, track.name)
    if store.exists(init_key):
        with store.open(init_key) as kept:
            if kept.read() != track.init.read_bytes():
                raise EncoderError("encoder_failed", f"{track.name}: init differs")
    else:
        store.put_bytes(track.init.read_bytes(), init_key)
    for segment, path in zip(track.segments, track.files, strict=True):
        store.put_file(
            path,
            keys.segment(asset.public_id, asset.plan_id, track.name, segment.number),
        )


def _track_facts(
    track: EncodedTrack, report: SourceReport, plan: Plan
) -> dict[str, object]:
    for audio in plan.sounds:
        if audio.name == track.name:
            return {
                "kind": "audio",
                "channels": audio.channels,
                "sample_rate_hz": audio.sample_rate_hz,
                "language": audio.language[:16],
                "title": audio.title[:200],
                "is_default": audio.is_default,
            }
    for rung in plan.rungs:
        if rung.name == track.name:
            return {
                "kind": "video",
                "width": rung.width,
                "height": rung.height,
                "frame_rate": str(plan.frame_rate),
            }
    video = report.video
    assert video is not None  # noqa: S101  the original has a picture by its plan
    return {
        "kind": "video",
        "width": video.width,
        "height": video.height,
        "frame_rate": str(plan.frame_rate),
    }


def longest_segment(name: str, plan: Plan) -> Fraction:
    """Seconds; 0 for the original, whose segments are all there at once."""
    if name == ORIGINAL:
        return Fraction(0)
    longest = max((b - a for a, b in pairwise(plan.boundaries)), default=0)
    return Fraction(longest * plan.frame_ticks, plan.timescale)


def keep_tracks(
    asset: Asset,
    tracks: Iterable[EncodedTrack],
    *,
    report: SourceReport,
    plan: Plan,
    at: datetime,
) -> bool:
    """Publish finished segments; False when the film was deleted meanwhile.

    Or when it has another plan now than the one that they were made by.
    """
    tracks = list(tracks)
    folder = keys.plan(asset.public_id, asset.plan_id)
    for track in tracks:
        _store_files(asset, track)
    with transaction.atomic():
        fields: dict[str, object] = {"revision": F("revision") + 1}
        if any(track.name == ORIGINAL for track in tracks):
            fields["has_original"] = True
        own = Asset.objects.filter(pk=asset.pk)
        counted = own.filter(plan_id=asset.plan_id).update(**fields)
        if counted:
            for track in tracks:
                _write_rows(asset, track, report=report, plan=plan)
            if not _is_unproven(asset):
                note_playable(asset, plan=plan, at=at)
    if not counted:
        is_planned_anew = own.exists()
        get_store().delete_prefix(
            folder if is_planned_anew else keys.film(asset.public_id)
        )
    return bool(counted)


def _is_unproven(asset: Asset) -> bool:
    """Whether this was begun while the film arrived, and is not yet known to be right.

    ``asset`` is as it was when the work began; see ``ahead.confirm``.
    """
    if asset.state != Asset.State.ARRIVING:
        return False
    now = Asset.objects.filter(pk=asset.pk).values_list("state", flat=True).first()
    return now not in {Asset.State.ENCODING, Asset.State.READY}


def _write_rows(
    asset: Asset, track: EncodedTrack, *, report: SourceReport, plan: Plan
) -> None:
    row, _ = Track.objects.get_or_create(
        asset=asset,
        plan_id=asset.plan_id,
        name=track.name,
        defaults={
            "codec": track.codec,
            "timescale": track.timescale,
            "init_bytes": track.init.stat().st_size,
            "longest_segment": str(longest_segment(track.name, plan)),
            **_track_facts(track, report, plan),
        },
    )
    segments = _new_segments(row, track)
    if not segments:
        return
    row.runs.update_or_create(
        first_number=segments[0].number,
        defaults={
            "segments": [
                [s.start, s.duration, s.size_bytes, s.iframe_bytes] for s in segments
            ]
        },
    )
    note_outline(row)


def _new_segments(row: Track, track: EncodedTrack) -> Sequence[Segment]:
    """Leave out the sound that is there.

    It is handed out in runs of any length: a second encode, or the one that goes on
    where an opening ends, does not cut it where the first did.
    """
    if row.kind != "audio":
        return track.segments
    runs = row.runs.values_list("first_number", "segments")
    there = max((first + len(rows) for first, rows in runs), default=0)
    return [one for one in track.segments if one.number >= there]


def note_outline(track: Track) -> None:
    """Outline the segments there are. Call whenever that changes.

    In its transaction, in which nobody else adds to the film: its row is locked.
    """
    runs = track.runs.order_by("first_number").values_list("first_number", "segments")
    track.outline = outlines.outline(
        runs, timescale=track.timescale, longest_segment=track.longest_segment
    )
    track.save(update_fields=["outline"])


def note_playable(asset: Asset, *, plan: Plan, at: datetime) -> None:
    """Tell the rooms above once, when picture and every sound have begun."""
    if not has_begun(asset, plan):
        return
    counted = Asset.objects.filter(pk=asset.pk, playable_at__isnull=True).update(
        playable_at=at
    )
    if counted:
        events.publish(AssetPlayable(asset_id=asset.public_id, at=at))


def has_begun(asset: Asset, plan: Plan) -> bool:
    """Whether the first segment of picture and every sound is there."""
    started = dict(
        Run.objects.filter(
            track__asset=asset, track__plan_id=asset.plan_id, first_number=0
        ).values_list("track__name", "track__kind")
    )
    has_picture = "video" in started.values() or not plan.rungs
    has_sound = all(audio.name in started for audio in plan.audio)
    return has_picture and has_sound


def finish_unit(unit: Unit, *, at: datetime) -> None:
    """Mark a unit done and, when it was the last one, the film ready."""
    with transaction.atomic():
        Unit.objects.filter(pk=unit.pk).update(
            state=Unit.State.DONE,
            fraction=1,
            eta_s=0,
            finished_at=at,
            error_code="",
            error_detail="",
        )
        if unit.kind in {Unit.Kind.TRIAL, Unit.Kind.FINE}:
            finish_fine(unit.asset, at=at)
        else:
            finish_asset(unit.asset, at=at)


def note_loudness(unit: Unit, made: Levelled) -> None:
    """Remember what was measured, for the channel to see."""
    if made.measured is None or made.measured.lufs <= GATE_LUFS:
        return
    facts = {
        "lufs": made.measured.lufs,
        "peak_dbtp": made.measured.peak_dbtp,
        "gain_db": made.level.gain_db,
    }
    Unit.objects.filter(pk=unit.pk).update(facts=facts)


def count_cpu(unit: Unit, cpu_s: float) -> None:
    """Add what an encoder took for a unit."""
    Unit.objects.filter(pk=unit.pk).update(cpu_s=F("cpu_s") + cpu_s)


def finish_asset(asset: Asset, *, at: datetime) -> None:
    """Make the film ready when no needed unit is left. Announced exactly once."""
    kinds = [Unit.Kind.VIDEO, Unit.Kind.AUDIO, Unit.Kind.COPY]
    needed = asset.units.filter(kind__in=kinds)
    missing = needed.exclude(state=Unit.State.DONE)
    if missing.exists():
        _fail_for_what_is_missing(asset, missing, at=at)
        return
    counted = Asset.objects.filter(
        pk=asset.pk, ready_at__isnull=True, state=Asset.State.ENCODING
    ).update(state=Asset.State.READY, ready_at=at, revision=F("revision") + 1)
    if not counted:
        return
    tracks = Track.objects.filter(asset=asset, plan_id=asset.plan_id)
    tracks.update(is_complete=True)
    replaced = _replaced_sound(asset, tracks)
    if any(unit.rungs for unit in needed):
        replaced.append(ORIGINAL)
    tracks.filter(name__in=replaced).update(retired_at=at)
    events.publish(AssetReady(asset_id=asset.public_id, at=at))


def _fail_for_what_is_missing(
    asset: Asset, missing: QuerySet[Unit], *, at: datetime
) -> None:
    """End the work on a film of which only what failed is left, one part tried again."""
    over = [Unit.State.FAILED, Unit.State.CANCELED]
    if missing.exclude(state__in=over).exists():
        return
    unit = missing.order_by("-state", "chunk").first()  # a failure says more
    if unit is not None:
        code, detail = unit.error_code or "cancelled", unit.error_detail
        fail_asset(asset, code=code, detail=detail, at=at)


def _replaced_sound(asset: Asset, tracks: QuerySet[Track]) -> list[str]:
    """Name the tracks that were heard first and that a better one stands in for."""
    made = set(tracks.values_list("name", flat=True))
    later = plan_codec.from_json(asset.plan).later_audio
    return [one.replaces for one in later if one.replaces and one.name in made]


def finish_fine(asset: Asset, *, at: datetime) -> None:
    """Show the fine ladder when all of it is there.

    Who watches goes on with the segments she knows: they stay for a while.
    """
    needed = asset.units.filter(kind__in=[Unit.Kind.TRIAL, Unit.Kind.FINE])
    if needed.exclude(state=Unit.State.DONE).exists():
        return
    counted = (
        Fine.objects.filter(asset=asset, state=Fine.State.RUNNING)
        .exclude(plan="")
        .update(state=Fine.State.DONE, finished_at=at)
    )
    if not counted:
        return
    fine = Fine.objects.get(asset=asset)
    rungs = plan_codec.from_json(fine.plan).rungs
    names = [rung.name for rung in rungs]
    tracks = Track.objects.filter(asset=asset, plan_id=asset.plan_id, kind="video")
    tracks.filter(name__in=names).update(is_complete=True)
    if any(rung.codec == "h264" for rung in rungs):
        first_pass = tracks.exclude(name__in=names)
        first_pass.filter(retired_at__isnull=True).update(retired_at=at)
    Asset.objects.filter(pk=asset.pk).update(revision=F("revision") + 1)
    Unit.objects.get_or_create(
        asset=asset,
        name=fine.unit_name("score"),
        defaults={"kind": Unit.Kind.SCORE, "priority": 900},
    )


def fail_asset(asset: Asset, *, code: str, detail: str, at: datetime) -> None:
    """Nothing more will come of this film; what is playable stays playable."""
    with transaction.atomic():
        counted = (
            Asset.objects.filter(pk=asset.pk)
            .exclude(state__in=[Asset.State.READY, Asset.State.FAILED])
            .update(
                state=Asset.State.FAILED,
                failed_at=at,
                error_code=code,
                error_detail=detail[:4000],
                revision=F("revision") + 1,
            )
        )
        if counted:
            events.publish(AssetFailed(asset_id=asset.public_id, code=code, at=at))


def add_warnings(asset: Asset, problems: Iterable[Problem]) -> None:
    """Remember what is odd about a film; each code once."""
    codes = [problem.code for problem in problems]
    if not codes:
        return
    with transaction.atomic():
        row = Asset.objects.select_for_update().filter(pk=asset.pk).first()
        if row is None:
            return
        merged = list(dict.fromkeys([*row.warnings, *codes]))
        if merged != row.warnings:
            row.warnings = merged
            row.revision += 1
            row.save(update_fields=["warnings", "revision"])


def film_size(plan: Plan, report: SourceReport) -> tuple[int, int]:
    """Width and height as shown: those of the largest rung, else of the source."""
    if plan.rungs:
        return plan.rungs[-1].width, plan.rungs[-1].height
    if report.video:
        return report.video.width, report.video.height
    return 0, 0


def duration_ms(duration: Fraction) -> int:
    return round(duration * 1000)
