"""The rungs of a fine ladder: a trial of a film's own sizes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from lucarne_engine.errors import EncoderError
from lucarne_engine.plan.curve import make_curves
from lucarne_engine.plan.fine import make_fine_plan
from lucarne_engine.plan.model import Plan
from lucarne_engine.quality import try_film
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
        points = try_film(
            order.source, order.report, order.plan,
            codecs=order.codecs, out=out, on_share=on_share, cancel=cancel,
        )  # fmt: skip
    except EncoderError as error:
        if error.code != "encoder_failed":
            raise
        return None
    return make_fine_plan(
        order.plan,
        order.policy,
        {codec: make_curves(found, codec) for codec, found in points.items()},
        order.report,
    )
