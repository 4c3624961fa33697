"""Which bytes of a film a piece of work reads. Pure: a plan and a layout in, spans out."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil

from lucarne_engine.plan.clock import picture_number
from lucarne_engine.plan.model import Chunk, Plan
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport


@dataclass(frozen=True, kw_only=True)
class Span:
    """Bytes of the film, ``end`` is the first that is not needed."""

    begin: int
    end: int


def chunk_span(
    layout: Layout, report: SourceReport, plan: Plan, chunk: Chunk
) -> Span | None:
    """Return what the chunk's pictures are decoded from; None: the whole film."""
    video = report.video
    end = _end(layout, plan, chunk.first_frame + chunk.frame_count)
    if video is None or end is None:
        return None
    rate = plan.frame_rate
    numbers = [picture_number(time, video, rate) for time in video.keyframes]
    # The deinterlacer looks at the field before: it may begin one key frame earlier.
    first = bisect_right(numbers, chunk.first_frame - 2) - 1
    begin = layout.begins[first] if first > 0 and chunk.number else 0
    return Span(begin=begin, end=end)


def sound_span(layout: Layout, plan: Plan, segments: int) -> Span | None:
    """Return what the first segments of a sound are made from; None: the whole film."""
    if segments + 1 >= len(plan.boundaries):
        return None
    end = _end(layout, plan, plan.boundaries[segments + 1])
    return None if end is None else Span(begin=0, end=end)


def _end(layout: Layout, plan: Plan, picture: int) -> int | None:
    # One second more: the film's first picture may be late by half of one.
    second = ceil(picture / plan.frame_rate) + 1
    return layout.ends[second] if second < len(layout.ends) else None
