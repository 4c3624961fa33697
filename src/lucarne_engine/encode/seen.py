"""What FFmpeg really decoded of a chunk, against what the report promised.

FFmpeg's exit status says nothing about it: a file that ends in the middle, or whose
pictures are broken, gives status 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine.encode.source import FROM_THE_BEGINNING, INDEXED, Entry
from lucarne_engine.encode.statistics import Statistics
from lucarne_engine.plan.clock import picture_number
from lucarne_engine.plan.model import Chunk, Plan
from lucarne_engine.probe.report import Problem, SourceReport, VideoStream

# Pictures that may be missing before anybody is told: rounding at the end.
TOLERATED_FRAMES: Final = 2
TOLERATED_SHARE: Final = Fraction(2, 100)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Counts of one chunk."""

    began_in_time: bool  # a picture came at or before the first that is needed
    is_from_the_beginning: bool
    decoded: int  # pictures of the source within the chunk
    covered: int  # output pictures of the chunk that are no clones
    decode_errors: int
    cpu_s: float = 0.0  # that the run took


NOTHING_SEEN: Final = Seen(
    began_in_time=False,
    is_from_the_beginning=False,
    decoded=0,
    covered=0,
    decode_errors=0,
)


def count_seen(
    chunk: Chunk,
    entry: Entry,
    statistics: Statistics,
    *,
    stamps: Path,
    frame_ticks: int,
) -> Seen | None:
    """Read the counters of a run; None when it came to no picture.

    ``stamps`` has a line for each picture that was decoded (``counter_output``).
    """
    decoded = _read_numbers(stamps, frame_ticks)
    if not decoded or not statistics.output_frames:
        return None
    is_from_the_beginning = entry == FROM_THE_BEGINNING
    first, end = chunk.first_frame, chunk.first_frame + chunk.frame_count
    reached = entry.first_picture + statistics.output_frames[-1]
    return Seen(
        began_in_time=is_from_the_beginning or decoded[0] <= entry.first_picture,
        is_from_the_beginning=is_from_the_beginning,
        decoded=sum(first <= number < end for number in decoded),
        covered=max(0, min(reached, end) - first),
        decode_errors=statistics.decode_errors,
    )


def _read_numbers(stamps: Path, frame_ticks: int) -> list[int]:
    """Read time stamps, one a line, as output numbers; rounded as ``fps`` does."""
    if not stamps.exists():
        return []
    lines = stamps.read_text().split()
    ticks = [int(line) for line in lines if line.lstrip("-").isdigit()]
    return [(2 * tick + frame_ticks) // (2 * frame_ticks) for tick in ticks]


def find_problems(
    report: SourceReport, plan: Plan, chunk: Chunk, seen: Seen
) -> tuple[Problem, ...]:
    """Say what of the chunk is missing or damaged."""
    video = report.video
    if video is None:
        return ()
    expected = _expected(video, plan, chunk)
    if _is_short(seen.covered, expected):
        return (Problem(code="truncated", detail=f"{seen.covered}/{expected}"),)
    # After a rough seek the first pictures lack their references: no damage.
    is_exact = seen.is_from_the_beginning or report.format in INDEXED
    is_damaged = is_exact and seen.decode_errors > 0
    if is_damaged or _lacks_pictures(video, plan, chunk, seen.decoded):
        detail = f"{seen.decoded} pictures, {seen.decode_errors} errors"
        return (Problem(code="some_pictures_broken", detail=detail),)
    return ()


def _expected(video: VideoStream, plan: Plan, chunk: Chunk) -> int:
    """Count the output pictures of the chunk that the source should reach."""
    last = video.start + video.duration - video.still_end
    end = picture_number(last, video, plan.frame_rate)
    return max(0, min(end - chunk.first_frame, chunk.frame_count))


def _lacks_pictures(video: VideoStream, plan: Plan, chunk: Chunk, decoded: int) -> bool:
    if not video.is_constant_rate:
        return False
    first = picture_number(video.start, video, plan.frame_rate)
    shown = _expected(video, plan, chunk) - max(0, first - chunk.first_frame)
    return _is_short(decoded, int(shown * video.frame_rate / plan.frame_rate))


def _is_short(found: int, expected: int) -> bool:
    return found + TOLERATED_FRAMES + expected * TOLERATED_SHARE < expected
