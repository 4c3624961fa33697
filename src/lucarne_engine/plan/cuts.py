"""Where the film is cut: segments for players, chunks for encoders."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from lucarne_engine.plan.model import Chunk


def cut_segments(
    frame_count: int, keyframes: Sequence[int], target: int
) -> tuple[int, ...]:
    """Choose the boundaries of segments: picture numbers, first 0, last ``frame_count``.

    ``keyframes`` are the numbers of the source's closed key frames, ascending;
    ``target`` is the wished length in pictures. A boundary lies on the key frame
    nearest to the target within half a target, otherwise exactly on the target.
    No segment is shorter than half a target (but for a film that is) or longer
    than one and a half.
    """
    half = max(1, target // 2)
    longest = target + half
    boundaries = [0]
    while frame_count - boundaries[-1] > longest:
        begin = boundaries[-1]
        latest = min(begin + longest, frame_count - half)
        found = _nearest_keyframe(keyframes, begin + half, latest, begin + target)
        boundaries.append(min(begin + target, latest) if found is None else found)
    boundaries.append(frame_count)
    return tuple(boundaries)


def _nearest_keyframe(
    keyframes: Sequence[int], first: int, last: int, wish: int
) -> int | None:
    candidates = keyframes[
        bisect_left(keyframes, first) : bisect_right(keyframes, last)
    ]
    return min(candidates, key=lambda frame: (abs(frame - wish), frame), default=None)


def cut_chunks(
    boundaries: Sequence[int],
    keyframes: Sequence[int],
    longest: int,
    *,
    hurries: bool,
) -> tuple[Chunk, ...]:
    """Group segments into runs.

    When it ``hurries`` the first is one segment alone, to be shown at once. A chunk holds at most ``longest`` pictures (one segment at least) and ends on a
    source key frame if one of the boundaries in its second half is one.
    """
    sound = set(keyframes)
    last = len(boundaries) - 1
    edges = [0, min(1, last)] if hurries else [0]
    while edges[-1] < last:
        edges.append(_chunk_end(boundaries, edges[-1], sound, longest))
    return tuple(
        Chunk(
            number=number,
            first_segment=begin,
            segment_count=end - begin,
            first_frame=boundaries[begin],
            frame_count=boundaries[end] - boundaries[begin],
        )
        for number, (begin, end) in enumerate(pairwise(edges))
    )


def _chunk_end(
    boundaries: Sequence[int], begin: int, keyframes: set[int], longest: int
) -> int:
    last = len(boundaries) - 1
    limit = bisect_right(boundaries, boundaries[begin] + longest) - 1
    furthest = min(max(limit, begin + 1), last)
    if furthest == last:
        return last
    middle = begin + (furthest - begin + 1) // 2
    for end in range(furthest, max(middle, begin + 1) - 1, -1):
        if boundaries[end] in keyframes:
            return end
    return furthest


def target_pictures(milliseconds: int, rate: Fraction) -> int:
    """Count the pictures that time holds, at least one."""
    return max(1, round(Fraction(milliseconds, 1000) * rate))
