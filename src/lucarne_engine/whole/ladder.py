"""The rungs of a fine ladder: a trial of a film's own sizes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from lucarne_engine.errors import EncoderError
from lucarne_engine.plan.curve import Curve, Point, make_curves
from lucarne_engine.plan.fine import PRESETS, make_fine_plan
from lucarne_engine.plan.model import Plan
from lucarne_engine.quality import choose_samples, make_reference, try_sizes
from lucarne_engine.whole.order import Order


def find_ladder(
    order: Order,
    *,
    out: Path,
    on_share: Callable[[float], None],
    cancel: threading.Event,
) -> Plan | None:
    """Try every size of the plan in every codec; None when that tells nothing.

    ``on_share`` hears how much is done, 0 to 1. Raises EncoderError for what is the
    machine's fault; pictures that cannot be compared tell nothing.
    """
    if not order.plan.rungs:
        return None
    try:
        return _find(order, out, on_share, cancel)
    except EncoderError as error:
        if error.code != "encoder_failed":
            raise
        return None


def _find(
    order: Order,
    out: Path,
    on_share: Callable[[float], None],
    cancel: threading.Event,
) -> Plan | None:
    plan = order.plan
    reference = make_reference(
        order.source, order.report, plan,
        runs=choose_samples(plan), out=out / "reference", cancel=cancel,
    )  # fmt: skip
    sizes = [(rung.width, rung.height) for rung in plan.rungs]
    steps = 1 + len(sizes) * len(order.codecs)
    done = 1
    ladders: dict[str, tuple[Curve, ...]] = {}
    for codec in order.codecs:
        points: list[Point] = []
        for size in sizes:
            on_share(done / steps)
            points += try_sizes(
                reference, codec=codec, preset=PRESETS[codec], sizes=[size],
                out=out / "trial", cancel=cancel,
            )  # fmt: skip
            done += 1
        ladders[codec] = make_curves(points, codec)
    return make_fine_plan(plan, order.policy, dict(ladders))
