"""The trial of a whole film: its sizes, in each codec that is wanted."""

from __future__ import annotations

import shutil
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
from lucarne_engine.quality.trial import share_of_runs, try_sizes


def try_film(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    codecs: Sequence[str],
    out: Path,
    top_bits: float | None = None,
    on_share: Callable[[float], None] = lambda _: None,
    on_cpu: Callable[[float], None] = lambda _: None,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> dict[str, tuple[Point, ...]]:
    """Measure the sizes of the plan's rungs in every codec, as the fine pass makes them.

    ``top_bits``: what the plan's largest rung needs for each picture, where it is made
    already: bits are then right for this film, not for most. ``on_share`` hears how
    much is done, 0 to 1, ``on_cpu`` the processor seconds of each process. Raises
    EncoderError.
    """
    sizes = [(rung.width, rung.height) for rung in plan.rungs]
    pictures_per_key = plan.frame_count / (len(plan.boundaries) - 1)
    done, steps = 1, (len(sizes) + 2) * len(codecs)

    def step() -> None:
        nonlocal done
        on_share(done / steps)
        done += 1

    points: dict[str, tuple[Point, ...]] = {}
    for codec in codecs:
        runs = choose_samples(plan, codec)
        work = out / codec
        reference = make_reference(
            source, report, plan,
            runs=runs, out=work / "reference", on_cpu=on_cpu, cancel=cancel, limits=limits,
        )  # fmt: skip
        film_bits = None if not top_bits else share_of_runs(
            reference, rung=plan.rungs[-1], bits=top_bits,
            pictures_per_key=pictures_per_key,
            out=work / "trial", on_cpu=on_cpu, cancel=cancel, limits=limits,
        )  # fmt: skip
        step()
        hdr = hdr_of(report, codec)
        kept = None if hdr is None else make_reference(
            source, report, plan,
            runs=runs, out=work / "hdr", hdr=hdr, on_cpu=on_cpu, cancel=cancel,
            limits=limits,
        )  # fmt: skip
        points[codec] = try_sizes(
            reference, codec=codec, preset=PRESETS[codec], sizes=sizes,
            pictures_per_key=pictures_per_key, film_bits=film_bits,
            out=work / "trial", source=kept, hdr=hdr,
            on_size=step, on_cpu=on_cpu, cancel=cancel, limits=limits,
        )  # fmt: skip
        # Nothing of it is read again, and lossless pictures are large.
        shutil.rmtree(work)
        step()
    return points
