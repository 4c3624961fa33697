"""Bit rates as RFC 8216 defines them (clauses 4.1 and 4.3.4.2), in bits per second."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from lucarne_engine.package.index import TrackIndex


def target_duration(track: TrackIndex) -> int:
    """Whole seconds that no segment's duration exceeds when rounded, at least 1."""
    here = max([segment.duration for segment in track.segments], default=0)
    longest = max(Fraction(here, track.timescale), track.longest_segment)
    return max(1, floor(longest + Fraction(1, 2)))


def peak_bandwidth(track: TrackIndex) -> int:
    """Find the largest bit rate of a run of segments of 0.5 to 1.5 target durations.

    A track too short for any such run has its largest segment bit rate.
    """
    # Whole numbers: this runs over every segment of a film for each manifest.
    target = target_duration(track) * track.timescale
    least, most = (target + 1) // 2, 3 * target // 2
    sizes = [(one.size_bytes, one.duration) for one in track.segments]
    peak, peak_ticks = 0, 1
    for first, (size, duration) in enumerate(sizes):
        total, ticks, following = size, duration, first + 1
        while ticks <= most:
            if ticks >= least and total * peak_ticks > peak * ticks:
                peak, peak_ticks = total, ticks
            if following == len(sizes):
                break
            total += sizes[following][0]
            ticks += sizes[following][1]
            following += 1
    if not peak:
        return _highest_rate(sizes, track.timescale)
    return _ceil(8 * peak * track.timescale, peak_ticks)


def average_bandwidth(track: TrackIndex) -> int:
    ticks = sum([segment.duration for segment in track.segments])
    size = sum([segment.size_bytes for segment in track.segments])
    return _ceil(8 * size * track.timescale, max(1, ticks))


def iframe_bandwidths(track: TrackIndex) -> tuple[int, int]:
    """Find (peak, average) of a track's first pictures, one per segment."""
    sizes = [(one.iframe_bytes, one.duration) for one in track.segments]
    ticks = sum(duration for _, duration in sizes)
    size = sum(size for size, _ in sizes)
    average = _ceil(8 * size * track.timescale, max(1, ticks))
    return _highest_rate(sizes, track.timescale), average


def _highest_rate(sizes: Sequence[tuple[int, int]], timescale: int) -> int:
    """Find the highest bit rate of single (bytes, ticks)."""
    peak, peak_ticks = 0, 1
    for size, ticks in sizes:
        if size * peak_ticks > peak * (ticks or 1):
            peak, peak_ticks = size, ticks or 1
    return _ceil(8 * peak * timescale, peak_ticks)


def _ceil(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
