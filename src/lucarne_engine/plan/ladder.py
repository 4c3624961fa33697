"""Which rungs: boxes of 360, 480, 720 and 1080 lines that the film fits into."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from lucarne_engine.errors import SourceError
from lucarne_engine.plan.model import Policy, Rung
from lucarne_engine.probe.report import VideoStream

BOXES: Final = ((640, 360), (854, 480), (1280, 720), (1920, 1080), (3840, 2160))
SMALLEST_SIDE: Final = 16  # one macroblock: decoders refuse less
LARGEST_SIDE: Final = 8192  # Rec. ITU-T H.264 table A-1, level 5.2 and below
LARGEST_SOURCE_SIDE: Final = 32_768
WORTH_A_RUNG: Final = Fraction(5, 4)  # pixels more than the rung below
CRF: Final = 23
SLOWEST_BUDGET: Final = Fraction(24)  # below this rate a picture costs no less
# Bits per pixel and picture at most, by the lines of the box.
BITS_PER_PIXEL: Final = (
    (360, Fraction(15, 100)),
    (480, Fraction(12, 100)),
    (720, Fraction(11, 100)),
    (1080, Fraction(10, 100)),
    (2160, Fraction(8, 100)),
)
LEAST_KBPS: Final = 64


def shown_size(video: VideoStream) -> tuple[Fraction, Fraction]:
    """Give width and height as a viewer sees them: square pixels, after rotation."""
    if min(video.width, video.height) < 1:
        raise SourceError("absurd_dimensions", f"{video.width}x{video.height}")
    if max(video.width, video.height) > LARGEST_SOURCE_SIDE:
        raise SourceError("absurd_dimensions", f"{video.width}x{video.height}")
    aspect = video.sample_aspect if video.sample_aspect > 0 else Fraction(1)
    width, height = video.width * aspect, Fraction(video.height)
    return (height, width) if video.rotation in {90, 270} else (width, height)


def make_rungs(video: VideoStream, policy: Policy, rate: Fraction) -> tuple[Rung, ...]:
    """Choose the rungs, smallest first; never larger than the film, at least one."""
    width, height = shown_size(video)
    sizes = _fitting_sizes(width, height, policy.max_height)
    if not sizes:
        sizes = [_own_size(width, height)]
    rungs = [_rung(size, policy, rate) for size in sizes]
    # A film as thin as a ribbon has the least rate at two sizes: the larger one is enough.
    return tuple(
        rung
        for rung, above in zip(rungs, [*rungs[1:], None], strict=True)
        if above is None or rung.maxrate_kbps < above.maxrate_kbps
    )


def _fitting_sizes(
    width: Fraction, height: Fraction, max_height: int
) -> list[tuple[int, int]]:
    sizes: list[tuple[int, int]] = []
    for long, short in _boxes(max_height):
        box = (long, short) if width >= height else (short, long)
        scale = min(box[0] / width, box[1] / height)
        fits_whole = scale >= 1
        factor = min(scale, Fraction(1))
        size = _scaled(width, factor), _scaled(height, factor)
        if min(width, height) * factor < SMALLEST_SIDE:
            if fits_whole:
                break
            continue
        if not sizes or _area(size) >= WORTH_A_RUNG * _area(sizes[-1]):
            sizes.append(size)
        if fits_whole:
            break
    return sizes


def _boxes(max_height: int) -> list[tuple[int, int]]:
    kept = [box for box in BOXES if box[1] <= max_height]
    return kept or [(_even(Fraction(16 * max_height, 9)), _even(Fraction(max_height)))]


def _own_size(width: Fraction, height: Fraction) -> tuple[int, int]:
    """For films thinner than a macroblock: the size itself, within what H.264 allows."""
    whole = Fraction(1)
    return (
        min(max(_scaled(width, whole), SMALLEST_SIDE), LARGEST_SIDE),
        min(max(_scaled(height, whole), SMALLEST_SIDE), LARGEST_SIDE),
    )


def _scaled(side: Fraction, factor: Fraction) -> int:
    """Round to the nearest even number that is not larger than the film's side."""
    return max(2, min(_even(side * factor), 2 * int(side / 2)))


def _even(value: Fraction) -> int:
    return max(2, 2 * int(value / 2 + Fraction(1, 2)))


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def lines_of(width: int, height: int) -> int:
    """Name the quality as people do: 1920x800 and 1080x1920 are both 1080."""
    long, short = max(width, height), min(width, height)
    lines = max(Fraction(short), Fraction(9 * long, 16))
    return next((box for _, box in BOXES if abs(lines - box) <= 2), _even(lines))


def _rung(size: tuple[int, int], policy: Policy, rate: Fraction) -> Rung:
    width, height = size
    lines = min(lines_of(width, height), max(policy.max_height, min(size)))
    kbps = maxrate_kbps(width * height, rate)
    return Rung(
        name=f"h264-{lines}",
        codec="h264",
        width=width,
        height=height,
        crf=CRF,
        maxrate_kbps=kbps,
        bufsize_kbps=2 * kbps,
    )


def maxrate_kbps(area: int, rate: Fraction) -> int:
    """Kilobits a second that a rung of ``area`` pixels may have at its worst."""
    bits = next(
        (
            bits
            for lines, bits in BITS_PER_PIXEL
            if area <= Fraction(16, 9) * lines * lines * Fraction(9, 8)
        ),
        BITS_PER_PIXEL[-1][1],
    )
    return max(LEAST_KBPS, int(area * bits * max(rate, SLOWEST_BUDGET) / 1000))
