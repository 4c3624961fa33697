"""``make_plan``: from what is in a film and what the operator wants to a plan."""

from __future__ import annotations

from fractions import Fraction

from lucarne_engine.errors import SourceError
from lucarne_engine.plan.clock import (
    choose_frame_rate,
    count_pictures,
    picture_number,
    timescale_of,
)
from lucarne_engine.plan.codec import with_id
from lucarne_engine.plan.cuts import cut_chunks, cut_segments, target_pictures
from lucarne_engine.plan.ladder import make_rungs
from lucarne_engine.plan.model import Plan, Policy
from lucarne_engine.plan.original import keeps_original
from lucarne_engine.plan.sound import plan_audio, plan_later_audio
from lucarne_engine.plan.stills import plan_pictures
from lucarne_engine.probe.report import SourceReport


def make_plan(
    report: SourceReport, policy: Policy, *, may_copy_picture: bool = True
) -> Plan:
    """Plan a film; the same arguments give the same plan, byte for byte.

    ``may_copy_picture`` is False when copying the original was tried in vain.

    A film without picture gets a plan without rungs and chunks: its segments lie
    on a grid of 25 per second. Raises ``SourceError``: ``no_tracks`` when there is
    neither picture nor usable sound, ``absurd_dimensions`` for an impossible size.
    """
    rate = choose_frame_rate(report.video, policy.max_frame_rate)
    frame_count = count_pictures(report, rate)
    duration = frame_count / rate
    audio = plan_audio(report, policy, duration)
    video = report.video
    if video is None and not audio:
        raise SourceError("no_tracks")
    rungs = () if video is None else make_rungs(video, policy, rate)
    keyframes = _keyframe_numbers(report, rate)
    target = target_pictures(policy.segment_ms, rate)
    boundaries = cut_segments(frame_count, keyframes, target)
    longest = target_pictures(policy.chunk_ms, rate)
    is_copied = may_copy_picture and keeps_original(report, policy, audio)
    # Where the original is shown meanwhile nobody waits for the first segment.
    chunks = (
        cut_chunks(boundaries, keyframes, longest, hurries=not is_copied)
        if rungs
        else ()
    )
    timescale, frame_ticks = timescale_of(rate)
    top = rungs[-1] if rungs else None
    return with_id(
        Plan(
            id="",
            duration=duration,
            frame_rate=rate,
            timescale=timescale,
            frame_ticks=frame_ticks,
            frame_count=frame_count,
            boundaries=boundaries,
            chunks=chunks,
            rungs=rungs,
            audio=audio,
            pictures=plan_pictures(duration, rate, (top.width, top.height))
            if top
            else None,
            keeps_original=is_copied,
            deinterlace=video is not None and video.is_interlaced,
            rotation=0 if video is None else video.rotation,
            mirror=video is not None and video.is_mirrored,
            tone_map=video is not None and video.color.is_hdr,
            later_audio=plan_later_audio(report, policy, audio),
        )
    )


def _keyframe_numbers(report: SourceReport, rate: Fraction) -> tuple[int, ...]:
    video = report.video
    if video is None:
        return ()
    numbers = {picture_number(time, video, rate) for time in video.keyframes}
    return tuple(sorted(number for number in numbers if number >= 0))
