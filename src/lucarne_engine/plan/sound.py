"""Which sound tracks, and whether their packets may be kept as they are.

What can be heard soonest comes first: a copy, or an encode that begins at once. How
loud a film is shows only at its end, so tracks of the right loudness come later and
take the place of the first ones; so does surround sound, which nobody waits for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

from lucarne_engine.plan.model import AudioPlan, Policy
from lucarne_engine.probe.report import AudioStream, SourceReport

MAX_TRACKS: Final = 16
# How the names of the tracks begin that are shown once the film is ready.
LATER: Final = "sound-"
COPIED_RATES_HZ: Final = range(32_000, 48_001)
COPIED_KBPS: Final = 256
LATEST_START: Final = Fraction(1, 10)
EARLIEST_END: Final = Fraction(1)  # sound may stop this long before the film
ENCODED_RATE_HZ: Final = 48_000
LEAST_MONO_KBPS: Final = 64
# Integrated loudness in LUFS: what streaming services and browsers have agreed on
# (AES TD1008), what broadcasters have (EBU R 128), and the film's own.
TARGETS: Final = {"web": -16, "r128": -23, "off": 0}
SURROUND: Final = ("5.1", "6.1", "7.1")  # layouts begin so: "5.1(side)", "7.1(wide)"
SURROUND_CHANNELS: Final = 6


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


def plan_later_audio(
    report: SourceReport, policy: Policy, audio: tuple[AudioPlan, ...]
) -> tuple[AudioPlan, ...]:
    """Plan what comes after ``audio``: each track levelled, then surround sound."""
    target = TARGETS[policy.loudness]
    levelled = (_levelled(track, policy, target) for track in audio)
    surround = _surround(report, policy, audio, target)
    return (*(levelled if target else ()), *surround)


def _levelled(track: AudioPlan, policy: Policy, target: int) -> AudioPlan:
    return replace(
        track,
        name=f"{LATER}{_number(track)}",
        is_copy=False,
        sample_rate_hz=ENCODED_RATE_HZ,
        bitrate_kbps=_kbps(policy, is_mono=track.channels == 1),
        target_lufs=target,
        replaces=track.name,
    )


def _surround(
    report: SourceReport, policy: Policy, audio: tuple[AudioPlan, ...], target: int
) -> Iterator[AudioPlan]:
    layouts = {stream.index: stream.layout for stream in report.audio}
    for track in audio:
        if layouts[track.stream_index].startswith(SURROUND):
            yield replace(
                track,
                name=f"{LATER}{_number(track)}-51",
                is_copy=False,
                channels=SURROUND_CHANNELS,
                sample_rate_hz=ENCODED_RATE_HZ,
                # five channels of half of stereo's rate; the sixth needs little
                bitrate_kbps=policy.audio_kbps * 5 // 2,
                is_default=False,  # stereo is what every pair of ears has
                target_lufs=target,
            )


def _number(track: AudioPlan) -> str:
    return track.name.rpartition("-")[2]


def _kbps(policy: Policy, *, is_mono: bool) -> int:
    stereo = policy.audio_kbps
    return max(LEAST_MONO_KBPS, stereo * 3 // 4) if is_mono else stereo


def _track(
    name: str,
    stream: AudioStream,
    policy: Policy,
    duration: Fraction,
    is_default: bool,  # noqa: FBT001
) -> AudioPlan:
    is_copy = _may_copy(stream, duration)
    is_mono = stream.channels == 1
    kbps = _kbps(policy, is_mono=is_mono)
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
