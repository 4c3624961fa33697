"""A track's outline: made when segments are added, so that no manifest reads them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lucarne_engine.manifest.bandwidth import (
    average_bandwidth,
    iframe_bandwidths,
    peak_bandwidth,
)
from lucarne_engine.package.index import Outline, Stretch, TrackIndex


def begun(tracks: Iterable[TrackIndex]) -> list[TrackIndex]:
    """Leave out tracks without a segment; the others carry their outline."""
    outlined = [
        track if track.outline else replace(track, outline=outline_of(track))
        for track in tracks
    ]
    return [track for track in outlined if outline_of(track).timeline]


def outline_of(track: TrackIndex) -> Outline:
    """Return the outline that the track carries, else make it from its segments."""
    if track.outline is not None:
        return track.outline
    iframe_peak, iframe_average = iframe_bandwidths(track)
    return Outline(
        peak=peak_bandwidth(track),
        average=average_bandwidth(track),
        iframe_peak=iframe_peak,
        iframe_average=iframe_average,
        timeline=_timeline(track),
    )


def _timeline(track: TrackIndex) -> tuple[Stretch, ...]:
    stretches: list[Stretch] = []
    first, ticks, count, end = 0, 0, 0, 0  # of the stretch that is being counted
    for segment in track.segments:
        if segment.duration == ticks and segment.start == end and count:
            count += 1
        else:
            if count:
                stretches.append(Stretch(first, ticks, count - 1))
            first, ticks, count = segment.start, segment.duration, 1
        end = segment.start + ticks
    return (*stretches, Stretch(first, ticks, count - 1)) if count else ()


def segment_count(timeline: tuple[Stretch, ...]) -> int:
    return sum(stretch.repeats + 1 for stretch in timeline)


def cut(timeline: tuple[Stretch, ...], count: int) -> tuple[Stretch, ...]:
    """Keep the first ``count`` segments."""
    kept: list[Stretch] = []
    for stretch in timeline:
        here = min(stretch.repeats + 1, count)
        if not here:
            break
        kept.append(stretch._replace(repeats=here - 1))
        count -= here
    return tuple(kept)
