"""A film's ladders as an SVG: kbit/s across (logarithmic), VMAF upwards."""

from __future__ import annotations

from html import escape
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bench.encode import Ladder

WIDTH, HEIGHT, MARGIN = 720, 420, 48
COLORS: Final = ("#888", "#b8860b", "#c0392b", "#1f6fb2", "#2e8b57")


def plot(file: Path, title: str, ladders: list[Ladder]) -> None:
    """Write the picture."""
    rates = [rung.kbps for ladder in ladders for rung in ladder.rungs]
    scores = [rung.vmaf for ladder in ladders for rung in ladder.rungs]
    low, high = log10(min(rates)), log10(max(rates))
    floor = min(scores) - 2

    def x(kbps: float) -> float:
        return MARGIN + (log10(kbps) - low) / (high - low or 1) * (WIDTH - 2 * MARGIN)

    def y(vmaf: float) -> float:
        share = (vmaf - floor) / (100 - floor)
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{MARGIN}" y="20" font-size="14">{escape(title)}</text>',
    ]
    parts += [
        f'<path d="M{MARGIN} {y(vmaf):.1f}H{WIDTH - MARGIN}" stroke="#eee"/>'
        f'<text x="{MARGIN - 8}" y="{y(vmaf) + 4:.1f}" text-anchor="end">{vmaf}</text>'
        for vmaf in range(0, 101, 10)
        if vmaf >= floor
    ]
    parts += [
        f'<path d="M{x(kbps):.1f} {MARGIN}V{HEIGHT - MARGIN}" stroke="#eee"/>'
        f'<text x="{x(kbps):.1f}" y="{HEIGHT - MARGIN + 16}" '
        f'text-anchor="middle">{kbps}</text>'
        for kbps in (50, 100, 200, 500, 1000, 2000, 5000, 10_000)
        if low <= log10(kbps) <= high
    ]
    for number, ladder in enumerate(ladders):
        color = COLORS[number % len(COLORS)]
        rungs = sorted(ladder.rungs, key=lambda one: one.kbps)
        line = " ".join(f"{x(one.kbps):.1f},{y(one.vmaf):.1f}" for one in rungs)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>'
        )
        parts += [
            f'<circle cx="{x(one.kbps):.1f}" cy="{y(one.vmaf):.1f}" r="4" fill="{color}"/>'
            for one in rungs
        ]
        parts.append(
            f'<text x="{WIDTH - MARGIN - 150}" y="{HEIGHT - MARGIN - 12 - 16 * number}" '
            f'fill="{color}">{escape(ladder.name)}</text>'
        )
    file.write_text("\n".join([*parts, "</svg>\n"]))
