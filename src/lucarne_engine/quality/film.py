"""The trial of a whole film: its sizes, in each codec that is wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from lucarne_engine import process
from lucarne_engine.plan.curve import Point
from lucarne_engine.plan.fine import PRESETS, hdr_of
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.quality.reference import make_reference
from lucarne_engine.quality.sample import choose_samples
from lucarne_engine.quality.trial import try_sizes


def try_film(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    codecs: Sequence[str],
    out: Path,
    on_share: Callable[[float], None] = lambda _: None,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> dict[str, tuple[Point, ...]]:
    """Measure the sizes of the plan's rungs in every codec, as the fine pass makes them.

    ``on_share`` hears how much is done, 0 to 1. Raises EncoderError.
    """
    runs = choose_samples(plan)
    reference = make_reference(
        source, report, plan,
        runs=runs, out=out / "reference", cancel=cancel, limits=limits,
    )  # fmt: skip
    sizes = [(rung.width, rung.height) for rung in plan.rungs]
    done, steps = 1, 1 + (len(sizes) + 1) * len(codecs)

    def step() -> None:
        nonlocal done
        on_share(done / steps)
        done += 1

    step()
    points: dict[str, tuple[Point, ...]] = {}
    for codec in codecs:
        hdr = hdr_of(report, codec)
        kept = None if hdr is None else make_reference(
            source, report, plan,
            runs=runs, out=out / "hdr", hdr=hdr, cancel=cancel, limits=limits,
        )  # fmt: skip
        points[codec] = try_sizes(
            reference, codec=codec, preset=PRESETS[codec], sizes=sizes,
            out=out / "trial", source=kept, hdr=hdr, on_size=step,
            cancel=cancel, limits=limits,
        )  # fmt: skip
        step()
    return points
