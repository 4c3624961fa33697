"""Runs of segments as rows, and the outline of a track that is made from them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from lucarne_engine.manifest.outline import outline_of
from lucarne_engine.package.index import (
    Outline,
    Segment,
    Stretch,
    TrackIndex,
    numbered,
)

Runs = Iterable[tuple[int, list[list[int]]]]  # (first number, rows), in this order


def segments(runs: Runs) -> tuple[Segment, ...]:
    """Return the segments up to the first gap."""
    rows: list[list[int]] = []
    for first_number, more in runs:
        if first_number != len(rows):
            break  # a chunk before it is still to come
        rows += more
    return numbered(rows)


def outline(runs: Runs, *, timescale: int, longest_segment: str) -> dict[str, Any]:
    """Write down what the manifests of the whole film say of these segments."""
    track = TrackIndex(
        name="",
        kind="",
        base="",
        codec="",
        timescale=timescale,
        init_bytes=0,
        segments=segments(runs),
        longest_segment=Fraction(longest_segment),
    )
    return vars(outline_of(track))


def read(written: dict[str, Any]) -> Outline:
    """Read what ``outline`` wrote."""
    timeline = tuple(map(Stretch._make, written["timeline"]))
    return Outline(**{**written, "timeline": timeline})
