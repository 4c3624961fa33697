"""Does a second pass pay? What it would save against what it would cost.

Both sides are money in the operator's own currency: bytes that viewers would no
longer fetch, at the price of a gigabyte; hours of processor, at the price of one.
How much is saved is what the film's curves say, once they are measured; before that,
and always what it costs, it is what the engine's own bench measured
(docs/decisions/0006), on the film's own figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import exp, log
from typing import Any, Final

# Share of the bytes that a codec's fine ladder saves against the first pass, and its
# processor time against that of the first pass, as `make bench-encode` measures them.
SAVES: Final = {"h264": 0.29, "av1": 0.53}
COSTS: Final = {"h264": 3.6, "av1": 5.7}
# Part of the viewers whose player takes AV1 when it is there (caniuse.com, 2026).
PLAYS_AV1: Final = 0.8
WATCHED_DAYS: Final = 30
_GB: Final = 1_000_000_000
_HOUR_S: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Prices:
    per_gb: float
    per_cpu_hour: float
    horizon_days: int


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Every figure of the arithmetic, so that a person can follow it."""

    asked_by: str  # "economy", "setting", or the id of the person who asked
    codecs: tuple[str, ...]
    delivered_bytes: int  # in the last thirty days
    expected_bytes: float  # until the horizon
    saved_share: float
    saved_bytes: float
    cpu_hours: float
    saving: float  # in the operator's currency
    cost: float
    price_per_gb: float
    price_per_cpu_hour: float
    horizon_days: int
    is_measured: bool = False  # the share, on this film

    @property
    def is_worth_it(self) -> bool:
        return self.saving > self.cost

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "codecs": list(self.codecs)}


def decide(
    *,
    delivered_bytes: int,
    first_pass_cpu_s: float,
    codecs: tuple[str, ...],
    prices: Prices,
    asked_by: str = "economy",
    saves: Mapping[str, float] | None = None,
    tried_cpu_s: float = 0.0,
) -> Decision:
    """Weigh a second pass of one film.

    ``saves``: as SAVES, but of this film; ``tried_cpu_s`` is spent already.
    """
    expected = delivered_bytes * prices.horizon_days / WATCHED_DAYS
    is_measured = saves is not None and set(codecs) <= saves.keys()
    share = _saved_share(codecs, saves if saves and is_measured else SAVES)
    cpu_s = first_pass_cpu_s * sum(COSTS[codec] for codec in codecs) - tried_cpu_s
    cpu_hours = max(0.0, cpu_s) / _HOUR_S
    return Decision(
        asked_by=asked_by,
        codecs=codecs,
        delivered_bytes=delivered_bytes,
        expected_bytes=expected,
        saved_share=share,
        saved_bytes=expected * share,
        cpu_hours=cpu_hours,
        saving=expected * share / _GB * prices.per_gb,
        cost=cpu_hours * prices.per_cpu_hour,
        price_per_gb=prices.per_gb,
        price_per_cpu_hour=prices.per_cpu_hour,
        horizon_days=prices.horizon_days,
        is_measured=is_measured,
    )


def from_json(facts: Mapping[str, Any]) -> Decision:
    """Read what ``Decision.to_json`` wrote."""
    return Decision(**{**facts, "codecs": tuple(facts["codecs"])})


def kbps_at(vmaf: float, points: Sequence[tuple[float, float]]) -> float | None:
    """Read bits off points of (VMAF, kbit/s), ascending; None beyond their ends.

    Between two points the logarithm of the bits is straight, as in a BD-rate.
    """
    for (low, below), (high, above) in pairwise(points):
        if low <= vmaf <= high and high > low and below > 0 and above > 0:
            share = (vmaf - low) / (high - low)
            return float(exp(log(below) + share * (log(above) - log(below))))
    return None


def _saved_share(codecs: tuple[str, ...], saves: Mapping[str, float]) -> float:
    """What is saved for all viewers together: AV1 is not for everybody."""
    h264 = saves["h264"] if "h264" in codecs else 0.0
    if "av1" not in codecs:
        return h264
    return PLAYS_AV1 * saves["av1"] + (1 - PLAYS_AV1) * h264
