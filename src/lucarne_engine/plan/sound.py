"""Which sound tracks, and whether their packets may be kept as they are."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from lucarne_engine.plan.model import AudioPlan, Policy
from lucarne_engine.probe.report import AudioStream, SourceReport

MAX_TRACKS: Final = 16
COPIED_RATES_HZ: Final = range(32_000, 48_001)
COPIED_KBPS: Final = 256
LATEST_START: Final = Fraction(1, 10)
EARLIEST_END: Final = Fraction(1)  # sound may stop this long before the film
ENCODED_RATE_HZ: Final = 48_000
LEAST_MONO_KBPS: Final = 64


def plan_audio(
    report: SourceReport, policy: Policy, duration: Fraction
) -> tuple[AudioPlan, ...]:
    """Make one plan per usable sound stream, in the file's order; one is the default."""
    streams = [s for s in report.audio if s.channels > 0 and s.sample_rate_hz > 0]
    streams = streams[:MAX_TRACKS]
    default = next((s.index for s in streams if s.is_default), None)
    if default is None and streams:
        default = streams[0].index
    return tuple(
        _track(f"aac-{number}", stream, policy, duration, stream.index == default)
        for number, stream in enumerate(streams)
    )


def _track(
    name: str,
    stream: AudioStream,
    policy: Policy,
    duration: Fraction,
    is_default: bool,  # noqa: FBT001
) -> AudioPlan:
    is_copy = _may_copy(stream, duration)
    is_mono = stream.channels == 1
    kbps = policy.audio_kbps
    if is_mono:
        kbps = max(LEAST_MONO_KBPS, kbps * 3 // 4)
    return AudioPlan(
        name=name,
        stream_index=stream.index,
        is_copy=is_copy,
        channels=1 if is_mono else 2,
        sample_rate_hz=stream.sample_rate_hz if is_copy else ENCODED_RATE_HZ,
        bitrate_kbps=stream.bitrate_kbps if is_copy else kbps,
        language=stream.language,
        title=stream.title,
        is_default=is_default,
    )


def _may_copy(stream: AudioStream, duration: Fraction) -> bool:
    """Accept AAC-LC (ISO/IEC 14496-3) that every browser plays, as long as the film."""
    return (
        stream.can_copy
        and stream.codec == "aac"
        and stream.profile == "LC"
        and stream.channels in {1, 2}
        and stream.sample_rate_hz in COPIED_RATES_HZ
        and stream.bitrate_kbps <= COPIED_KBPS
        and abs(stream.start) <= LATEST_START
        and stream.start + stream.duration >= duration - EARLIEST_END
    )
