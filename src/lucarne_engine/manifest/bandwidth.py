"""Bit rates as RFC 8216 defines them (clauses 4.1 and 4.3.4.2), in bits per second."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from lucarne_engine.package.index import Segment, TrackIndex


def target_duration(track: TrackIndex) -> int:
    """Whole seconds that no segment's duration exceeds when rounded, at least 1."""
    here = max((segment.duration for segment in track.segments), default=0)
    longest = max(Fraction(here, track.timescale), track.longest_segment)
    return max(1, floor(longest + Fraction(1, 2)))


def peak_bandwidth(track: TrackIndex) -> int:
    """Find the largest bit rate of a run of segments of 0.5 to 1.5 target durations.

    A track too short for any such run has its largest segment bit rate.
    """
    target = target_duration(track) * track.timescale
    segments = track.segments
    # Whole numbers: this runs over every segment of a film for each manifest.
    peak_bits, peak_ticks = 0, 1
    for first in range(len(segments)):
        bits = ticks = 0
        for number in range(first, len(segments)):
            segment = segments[number]
            bits += 8 * segment.size_bytes
            ticks += segment.duration
            if 2 * ticks > 3 * target:
                break
            if 2 * ticks >= target and bits * peak_ticks > peak_bits * ticks:
                peak_bits, peak_ticks = bits, ticks
    peak = _ceil(peak_bits * track.timescale, peak_ticks)
    return peak or max(
        (_rate(one, one.size_bytes, track) for one in segments), default=0
    )


def average_bandwidth(track: TrackIndex) -> int:
    ticks = sum(segment.duration for segment in track.segments)
    size = sum(segment.size_bytes for segment in track.segments)
    return _ceil(8 * size * track.timescale, max(1, ticks))


def iframe_bandwidths(track: TrackIndex) -> tuple[int, int]:
    """Find (peak, average) of a track's first pictures, one per segment."""
    rates = [_rate(one, one.iframe_bytes, track) for one in track.segments]
    ticks = sum(segment.duration for segment in track.segments)
    size = sum(segment.iframe_bytes for segment in track.segments)
    average = _ceil(8 * size * track.timescale, max(1, ticks))
    return max(rates, default=0), average


def highest(tracks: Sequence[TrackIndex]) -> tuple[int, int]:
    """Find the highest (peak, average) bit rate of ``tracks``, (0, 0) of none."""
    return (
        max(map(peak_bandwidth, tracks), default=0),
        max(map(average_bandwidth, tracks), default=0),
    )


def _rate(segment: Segment, size_bytes: int, track: TrackIndex) -> int:
    return _ceil(8 * size_bytes * track.timescale, max(1, segment.duration))


def _ceil(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
