"""Films without an index: their plan grows with them, from beginning to beginning.

What a film's first minutes are cut into stays as it is, however it goes on; how long it
is, nobody knows before its end. So what is made of it says nothing of that, until the
film is here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from django.db import transaction
from django.db.models import F

from lucarne.core.storage import get_store
from lucarne.media import keys, record
from lucarne.media.models import Asset, Track, Unit
from lucarne_engine.errors import EncoderError
from lucarne_engine.package.movie import with_duration
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import AudioStream, SourceReport, VideoStream


def of_unknown_length(plan: Plan) -> Plan:
    """Return a plan by which each chunk gets the same header, whenever it is made."""
    return replace(plan, frame_count=0)


@contextlib.contextmanager
def still_arriving(asset: Asset) -> Iterator[None]:
    """Keep the film from being published meanwhile.

    Raises EncoderError when it is already: its tracks say how long it is by then.
    """
    with transaction.atomic():
        rows = Asset.objects.filter(pk=asset.pk, state=Asset.State.ARRIVING)
        if not rows.update(revision=F("revision") + 1):  # and its row is locked
            raise EncoderError("encoder_failed", "its film was published meanwhile")
        yield


def is_beginning(
    asset: Asset,
    seen: SourceReport,
    planned: Plan,
    report: SourceReport,
    plan: Plan,
) -> bool:
    """Whether what was planned from a beginning is what the whole film gets there."""
    if _recipe(planned) != _recipe(plan) or _nature(seen) != _nature(report):
        return False
    units = asset.units.filter(kind=Unit.Kind.VIDEO)
    chunks = set(units.values_list("chunk", flat=True))
    if not all(is_same_chunk(planned, plan, chunk) for chunk in chunks):
        return False
    last = planned.chunks[max(chunks)] if chunks else None
    end = (last.first_frame + last.frame_count if last else 0) / plan.frame_rate
    return _keyframes(seen, end) == _keyframes(report, end)


def is_same_chunk(one: Plan, other: Plan, number: int) -> bool:
    """Whether a chunk has the same pictures in both, cut in the same places."""
    if number >= min(len(one.chunks), len(other.chunks)):
        return False
    chunk = one.chunks[number]
    cuts = slice(chunk.first_segment, chunk.first_segment + chunk.segment_count + 1)
    is_same = chunk == other.chunks[number]
    return is_same and one.boundaries[cuts] == other.boundaries[cuts]


def may_follow(planned: Plan, plan: Plan, chunks: set[int]) -> bool:
    """Whether ``plan``, of a longer beginning, leaves what is planned as it is."""
    is_same = _recipe(planned) == _recipe(plan)
    return is_same and all(is_same_chunk(planned, plan, one) for one in chunks)


def settle(asset: Asset, plan: Plan) -> None:
    """Write into what was made how long the film is. Twice is harmless."""
    store = get_store()
    for track in Track.objects.filter(asset=asset, plan_id=asset.plan_id):
        if track.kind == "video":
            ticks = plan.frame_count * plan.frame_ticks
        else:
            ticks = round(plan.duration * track.timescale)
        key = keys.init(asset.public_id, asset.plan_id, track.name)
        with store.open(key) as file:
            init = file.read()
        store.put_bytes(with_duration(init, ticks), key)
        track.longest_segment = str(record.longest_segment(track.name, plan))
        track.save(update_fields=["longest_segment"])
        record.note_outline(track)


def intent(plan: Plan) -> Plan:
    """Leave out what a plan only repeats of the film: how large a copied sound is."""
    audio = tuple(
        replace(track, bitrate_kbps=0) if track.is_copy else track
        for track in plan.audio
    )
    return replace(plan, id="", audio=audio)


def _recipe(plan: Plan) -> Plan:
    """Leave out of a plan what it says of the film's length."""
    return replace(
        intent(plan), duration=Fraction(0), frame_count=0, boundaries=(),
        chunks=(), pictures=None,
    )  # fmt: skip


def _nature(report: SourceReport) -> SourceReport:
    """Leave out of a report what may come later in the film."""
    nothing = Fraction(0)
    return replace(
        report, size_bytes=0, duration=nothing, declared_duration=nothing,
        video=report.video and _picture(report.video),
        audio=tuple(map(_sound, report.audio)),
        texts=(), chapters=(), covers=(), problems=(),
    )  # fmt: skip


def _picture(video: VideoStream) -> VideoStream:
    return replace(
        video, duration=Fraction(0), frame_count=0, bitrate_kbps=0, keyframes=(),
        can_copy=True, still_end=Fraction(0),
    )  # fmt: skip


def _sound(audio: AudioStream) -> AudioStream:
    return replace(audio, duration=Fraction(0), bitrate_kbps=0, can_copy=True)


def _keyframes(report: SourceReport, end: Fraction) -> list[Fraction]:
    video = report.video
    return [time for time in video.keyframes if time < end] if video else []
