"""The film's clock: one constant rate, exact ticks, and the number of each picture."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Final

from lucarne_engine.probe.report import SourceReport, VideoStream

# Rates that screens and players know; a variable-rate film takes one of them.
COMMON_RATES: Final = (
    Fraction(10),
    Fraction(12),
    Fraction(25, 2),
    Fraction(15),
    Fraction(20),
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
DEFAULT_RATE: Final = Fraction(25)  # a film without picture still needs a grid
SLOWEST_RATE: Final = Fraction(1)
MINIMUM_TIMESCALE: Final = 10_000
# Sound may outlast the picture a little without keeping a frozen picture on screen.
LONGER_SOUND: Final = Fraction(1, 2)


def choose_frame_rate(video: VideoStream | None, max_frame_rate: int) -> Fraction:
    """Choose the constant rate of all rungs: pictures per second, 1 <= rate <= the limit.

    A faster source is divided by a whole number, so that the pictures kept are
    evenly spaced; a variable rate becomes the nearest common rate that loses none.
    """
    if video is None or video.frame_rate <= 0:
        return min(DEFAULT_RATE, Fraction(max_frame_rate))
    rate = video.frame_rate
    if not video.is_constant_rate:
        rate = _common_rate(rate)
    limit = Fraction(max_frame_rate)
    if rate > limit:
        rate /= ceil(rate / limit)
    return max(rate.limit_denominator(1001), SLOWEST_RATE)


def _common_rate(rate: Fraction) -> Fraction:
    near = min(COMMON_RATES, key=lambda common: abs(common - rate))
    if abs(near - rate) <= rate / 100:
        return near
    return min((r for r in COMMON_RATES if r >= rate), default=rate)


def timescale_of(rate: Fraction) -> tuple[int, int]:
    """Return (timescale, ticks per picture), both whole, ticks / timescale == 1 / rate."""
    factor = 1
    while rate.numerator * factor < MINIMUM_TIMESCALE:
        factor *= 2
    return rate.numerator * factor, rate.denominator * factor


def phase_of(video: VideoStream, rate: Fraction) -> Fraction:
    """Measure how many seconds the pictures sit beside the grid, at most half a picture.

    Pictures that start between two grid points would fall now on one, now on the
    other side with millisecond time stamps; all of them are moved together.
    """
    return video.start - Fraction(_nearest(video.start * rate)) / rate


def picture_number(time: Fraction, video: VideoStream, rate: Fraction) -> int:
    """Find the number of the output picture at ``time`` seconds of the film clock."""
    return _nearest((time - phase_of(video, rate)) * rate)


def count_pictures(report: SourceReport, rate: Fraction) -> int:
    """Count the output pictures of the film, at least one."""
    end = report.duration
    if report.video is not None:
        shown_until = report.video.start + report.video.duration
        if end - shown_until <= LONGER_SOUND:
            end = shown_until - phase_of(report.video, rate)
    return max(1, _nearest(end * rate))


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
