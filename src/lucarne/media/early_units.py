"""Which units of a plan can be run before all of the film is here, and on which bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lucarne.media import worklist
from lucarne.media.models import Unit
from lucarne_engine.arriving import Span, chunk_spans, sound_span
from lucarne_engine.plan.model import AudioPlan, Plan
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport

# Of an encoded sound, what is made before the film is here: enough to begin with while
# the rest of it, which needs all of the film, is made many times faster than heard.
OPENING_SEGMENTS: Final = 2
# Of a copied one: to copy is cheap, and all of the film is read to copy the rest.
COPIED_SEGMENTS: Final = 15

Fields = dict[str, Any]  # of a Unit, without its asset


def rows(
    report: SourceReport, layout: Layout, plan: Plan, *, most_chunks: int | None = None
) -> list[Fields]:
    """Return the units; of ``most_chunks`` chunks only, the first ones."""
    pictures = _pictures(report, layout, plan)
    if most_chunks is not None:
        pictures = (
            one for one in pictures if one["chunk"] < most_chunks and "end_byte" in one
        )
    return [*pictures, *_openings(layout, plan)]


def _pictures(report: SourceReport, layout: Layout, plan: Plan) -> Iterator[Fields]:
    spans = chunk_spans(layout, report, plan)
    for fields in worklist.rows(plan):
        if fields["kind"] == Unit.Kind.VIDEO:
            yield {**fields, **_needs(spans[int(str(fields["chunk"]))])}


def _openings(layout: Layout, plan: Plan) -> Iterator[Fields]:
    for audio in plan.audio:
        segments = _opening(audio, plan)
        if (span := sound_span(layout, plan, segments)) is not None:
            yield {
                "kind": Unit.Kind.OPENING, "name": f"opening-{audio.name}",
                "rungs": [audio.name], "priority": 20,
                "facts": {"segments": segments}, **_needs(span),
            }  # fmt: skip


def _opening(audio: AudioPlan, plan: Plan) -> int:
    if not audio.is_copy:
        return OPENING_SEGMENTS
    third = (len(plan.boundaries) - 1) // 3
    return max(OPENING_SEGMENTS, min(COPIED_SEGMENTS, third))


def _needs(span: Span | None) -> dict[str, int]:
    if span is None:
        return {}
    return {"first_byte": span.begin, "end_byte": span.end}
