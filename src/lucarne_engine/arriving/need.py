"""Which bytes of a film a piece of work reads. Pure: a plan and a layout in, spans out."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil
from typing import Final

from lucarne_engine.plan.clock import picture_number
from lucarne_engine.plan.cuts import target_pictures
from lucarne_engine.plan.model import Chunk, Plan, Policy
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport

_UNSURE_MS: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Span:
    """Bytes of the film, ``end`` is the first that is not needed."""

    begin: int
    end: int


def chunk_spans(layout: Layout, report: SourceReport, plan: Plan) -> list[Span | None]:
    """Return what each chunk's pictures are decoded from; None: the whole film."""
    video, rate = report.video, plan.frame_rate
    if video is None:
        return [None] * len(plan.chunks)
    numbers = [picture_number(time, video, rate) for time in video.keyframes]
    return [_chunk_span(layout, numbers, plan, chunk) for chunk in plan.chunks]


def _chunk_span(
    layout: Layout, numbers: list[int], plan: Plan, chunk: Chunk
) -> Span | None:
    end = _end(layout, plan, chunk.first_frame + chunk.frame_count)
    if end is None:
        return None
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


def settled_chunks(plan: Plan, policy: Policy) -> int:
    """Count the chunks that stay as they are, however the film goes on.

    ``plan`` is that of a film's beginning. A segment is cut where a key frame is near:
    two segments on, that is known; a chunk ends at the last such place.
    """
    segment = target_pictures(policy.segment_ms, plan.frame_rate)
    longest = target_pictures(policy.chunk_ms, plan.frame_rate)
    # The key frames in the last seconds may yet turn out to be none that stand alone.
    known = (
        plan.frame_count - 3 * segment - target_pictures(_UNSURE_MS, plan.frame_rate)
    )
    count = 0
    for chunk in plan.chunks:
        is_hurried = chunk.segment_count == 1 and not chunk.number
        reach = segment if is_hurried else max(longest, segment)
        if chunk.first_frame + reach > known:
            break
        count += 1
    return count
