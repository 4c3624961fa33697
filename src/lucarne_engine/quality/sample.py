"""Which pictures of a film are looked at: short runs, spread evenly."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from lucarne_engine.plan.model import Chunk, Plan

RUN_S: Final = Fraction(1, 3)
# An encoder looks some dozens of pictures ahead, and SVT-AV1 predicts 32 from each other,
# in a pyramid: a run that holds no whole one says little of a film, and one that holds
# two says more (docs/decisions/0006).
X264_PICTURES: Final = 25
AV1_PICTURES: Final = 33
AV1_PICTURES_OF_LONG: Final = 65
# A short film must not pay more for the trial than for its encoding.
MOST_OF_FILM: Final = Fraction(1, 5)
MOST_OF_FILM_IN_AV1: Final = Fraction(1, 3)
FEWEST_RUNS: Final = 3
MOST_RUNS: Final = 8
FILM_S_PER_RUN: Final = 20


def choose_samples(plan: Plan, codec: str = "h264") -> tuple[Chunk, ...]:
    """Choose runs of consecutive pictures for a codec, in order and without overlap.

    Three for a short film, one for each 20 seconds of a longer one, 8 at most. Each
    lies in the middle of an equal share: titles and black ends say little. A film
    shorter than the runs together is one run.
    """
    wanted = int(plan.duration / FILM_S_PER_RUN)
    count = min(MOST_RUNS, max(FEWEST_RUNS, wanted))
    length = _length(plan, codec, count)
    if count * length >= plan.frame_count:
        return (_run(0, 0, plan.frame_count),)
    share = Fraction(plan.frame_count, count)
    return tuple(
        _run(number, int(share * number + (share - length) / 2), length)
        for number in range(count)
    )


def _length(plan: Plan, codec: str, count: int) -> int:
    """Say how many pictures a run has.

    Odd: with even ones it would always be every second picture that is scored, which
    has more bits than its neighbours.
    """
    if codec == "av1":
        is_long = count * AV1_PICTURES_OF_LONG <= MOST_OF_FILM_IN_AV1 * plan.frame_count
        return AV1_PICTURES_OF_LONG if is_long else AV1_PICTURES
    least = round(RUN_S * plan.frame_rate)
    affordable = int(MOST_OF_FILM * plan.frame_count / count)
    return max(least, min(X264_PICTURES, affordable)) | 1


def choose_segments(plan: Plan, most: int) -> tuple[Chunk, ...]:
    """Choose whole segments, evenly spread, ``most`` at most."""
    count = len(plan.boundaries) - 1
    wanted = min(most, count)
    numbers = sorted({(2 * n + 1) * count // (2 * wanted) for n in range(wanted)})
    return tuple(
        Chunk(
            number=number,
            first_segment=number,
            segment_count=1,
            first_frame=plan.boundaries[number],
            frame_count=plan.boundaries[number + 1] - plan.boundaries[number],
        )
        for number in numbers
    )


def _run(number: int, first: int, count: int) -> Chunk:
    return Chunk(
        number=number,
        first_segment=0,
        segment_count=1,
        first_frame=first,
        frame_count=count,
    )
