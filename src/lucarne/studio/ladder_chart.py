"""A film's ladder as a picture: bit rates across, quality upwards.

Coordinates only: the template draws them, the style sheet colors them, and the same
figures stand in the table below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from django.utils.translation import gettext as _

from lucarne.media.fine_view import Dot, FineView
from lucarne.media.ladder import RungView

WIDTH: Final = 640
HEIGHT: Final = 360
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 40
LOWEST_VMAF: Final = 30
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A rung, or what was tried: where it stands, what it is called.

    ``kind`` is a class of the style.
    """

    x: float
    y: float
    kind: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Line:
    points: str  # of an SVG polyline
    kind: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    tried: tuple[Mark, ...]
    across: tuple[Tick, ...]
    upwards: tuple[Tick, ...]
    legend: tuple[tuple[str, str], ...]  # kind, words


def chart_of(view: FineView) -> Chart | None:
    """Draw what is known; None when there is nothing to compare."""
    marks = [one for one in view.rungs if _vmaf(one) is not None]
    if not view.curves:
        return None
    rates = [float(one.kbps) for one in marks if one.kbps > 0]
    rates += [dot.kbps for curve in view.curves for dot in _seen(curve.dots)]
    low, high = floor(log10(min(rates)) * 5) / 5, ceil(log10(max(rates)) * 5) / 5

    def x(kbps: float) -> float:
        share = (log10(max(kbps, 1)) - low) / (high - low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(vmaf: float) -> float:
        share = (vmaf - LOWEST_VMAF) / (100 - LOWEST_VMAF)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def polyline(dots: Iterable[Dot]) -> str:
        return " ".join(f"{x(dot.kbps)},{y(dot.vmaf)}" for dot in _seen(dots))

    lines = [
        Line(points=polyline(curve.dots), kind=f"curve {curve.codec}")
        for curve in view.curves
    ]
    lines += [
        Line(points=polyline(dots), kind=f"hull {codec}") for codec, dots in view.hulls
    ]
    lines.append(Line(points=polyline(_fixed(marks)), kind="fixed"))
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        lines=tuple(line for line in lines if line.points),
        marks=tuple(
            Mark(
                x=x(one.kbps),
                y=y(max(LOWEST_VMAF, _vmaf(one) or 0)),
                kind=_kind(one),
                label=f"{min(one.width, one.height)}p",
            )
            for one in marks
        ),
        tried=tuple(
            Mark(x=x(dot.kbps), y=y(dot.vmaf), kind=f"tried {codec}", label="")
            for codec, dot in view.tried
            if _seen([dot])
        ),
        across=_across(low, high, x),
        upwards=tuple(Tick(at=y(vmaf), label=str(vmaf)) for vmaf in range(40, 101, 20)),
        legend=_legend(marks),
    )


def _vmaf(rung: RungView) -> float | None:
    return rung.measured_vmaf if rung.measured_vmaf is not None else rung.expected_vmaf


def _fixed(rungs: Iterable[RungView]) -> list[Dot]:
    """Join the first pass's rungs: a ladder that is the same for every film."""
    first = ((one.kbps, _vmaf(one)) for one in rungs if not one.is_fine)
    return [Dot(kbps=kbps, vmaf=vmaf or 0) for kbps, vmaf in sorted(first)]


def _kind(rung: RungView) -> str:
    if not rung.is_fine:
        return "rung first"
    return f"rung {rung.codec}" if rung.is_made else f"rung possible {rung.codec}"


def _seen(dots: Iterable[Dot]) -> list[Dot]:
    return [dot for dot in dots if dot.vmaf >= LOWEST_VMAF]


def _across(
    low: float, high: float, x: Callable[[float], float]
) -> tuple[Tick, ...]:
    ticks = []
    for power in range(floor(low), ceil(high) + 1):
        for step in _STEPS:
            kbps = step * 10**power
            if low <= log10(kbps) <= high:
                words = f"{kbps / 1000:g} M" if kbps >= 1000 else f"{kbps:g} k"
                ticks.append(Tick(at=x(kbps), label=words))
    return tuple(ticks)


def _legend(marks: Sequence[RungView]) -> tuple[tuple[str, str], ...]:
    words = {
        "rung first": _("First pass, a fixed ladder"),
        "rung h264": _("Smaller, H.264"),
        "rung av1": _("Smaller, AV1"),
        "rung possible h264": _("What a second pass would make, H.264"),
        "rung possible av1": _("What a second pass would make, AV1"),
    }
    kinds = {_kind(one) for one in marks}
    return tuple((kind, word) for kind, word in words.items() if kind in kinds)
