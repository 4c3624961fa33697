"""The ladder of the fine pass: rungs on the film's own hull, at even steps of quality.

The hull is the lower envelope of the film's curves: for each quality, the size that
reaches it with the fewest bits. Rungs stand on it one to two just-noticeable
differences apart (six points of VMAF are one: Kah et al., "Fundamental relationships
between subjective quality, user acceptance, and the VMAF metric", SPIE 2021), closer
near the top where most people watch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from lucarne_engine.plan.codec import RECIPE, with_id
from lucarne_engine.plan.curve import Curve
from lucarne_engine.plan.ladder import lines_of, maxrate_kbps
from lucarne_engine.plan.model import Hdr, Plan, Policy, Rung
from lucarne_engine.probe.report import SourceReport

TARGETS: Final = (95, 87, 77, 64, 48, 32)
# What the smallest rung may need: a phone on a bad day.
MODEST_KBPS: Final = 300
MOST_RUNGS: Final = 6
CLOSEST: Final = 4  # points of VMAF between two rungs
LEAST_STEP: Final = 1.4  # bits of a rung against those of the one below
# Of each codec: the speed, and the CRFs between which its curves hold.
PRESETS: Final = {"h264": "faster", "av1": "9"}
# Codecs whose rungs keep an HDR film as it is: every decoder of AV1's main profile
# takes ten bits. H.264 with ten bits is played nowhere.
HDR_CODECS: Final = frozenset({"av1"})
CRF_RANGE: Final = {"h264": (18, 40), "av1": (20, 58)}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A point of the hull."""

    width: int
    height: int
    crf: int
    bits: float  # for each picture
    vmaf: float


def hull(curves: Sequence[Curve], codec: str) -> tuple[Choice, ...]:
    """The best choice for each whole VMAF that can be reached, highest first."""
    least, most = CRF_RANGE[codec]
    found = [_cheapest(curves, vmaf, least, most) for vmaf in range(99, 19, -1)]
    return tuple(choice for choice in found if choice is not None)


def choose(curves: Sequence[Curve], codec: str, rate: Fraction) -> tuple[Choice, ...]:
    """Choose the rungs of one codec, smallest first; () where there are no curves.

    The top one has the film's own size and the first target, or the most that can be
    had; further ones follow on the hull until a modest connection is served. A rung
    that would hardly cost less than the one above is left out.
    """
    least, most = CRF_RANGE[codec]
    if not curves:
        return ()
    best = curves[-1].vmaf(least)
    first = min(TARGETS[0], int(best))
    chosen: list[Choice] = []
    for target in (first, *(t for t in TARGETS if t <= first - CLOSEST)):
        within = _not_above(curves, chosen[-1]) if chosen else curves[-1:]
        choice = _cheapest(within, target, least, most)
        if choice is None or (chosen and not _is_a_step(choice, chosen[-1])):
            continue
        chosen.append(choice)
        is_modest = choice.bits * rate / 1000 <= MODEST_KBPS
        if len(chosen) == MOST_RUNGS or is_modest:
            break
    return tuple(reversed(chosen))


def _not_above(curves: Sequence[Curve], rung: Choice) -> list[Curve]:
    area = rung.width * rung.height
    return [curve for curve in curves if curve.size[0] * curve.size[1] <= area]


def _is_a_step(choice: Choice, above: Choice) -> bool:
    is_cheaper = above.bits >= LEAST_STEP * choice.bits
    return is_cheaper and choice.vmaf <= above.vmaf - CLOSEST / 2


def _cheapest(
    curves: Sequence[Curve], vmaf: float, least: int, most: int
) -> Choice | None:
    choices = [
        Choice(
            width=curve.size[0],
            height=curve.size[1],
            crf=crf,
            bits=curve.bits(crf),
            vmaf=curve.vmaf(crf),
        )
        for curve in curves
        if (crf := curve.crf_for(vmaf, least=least, most=most)) is not None
    ]
    return min(choices, key=lambda choice: (choice.bits, -choice.height), default=None)


def hdr_of(report: SourceReport, codec: str) -> Hdr | None:
    """Say what the rungs of a codec keep of the film's HDR."""
    video = report.video
    if video is None or not video.color.is_hdr or codec not in HDR_CODECS:
        return None
    return Hdr(
        transfer=video.color.transfer, mastering=video.mastering, light=video.light
    )


def make_fine_plan(
    plan: Plan, policy: Policy, ladders: dict[str, Sequence[Curve]], report: SourceReport
) -> Plan | None:
    """Replace the rungs of a plan; times, segments and chunks stay as they are.

    ``ladders`` has the curves of each codec that is wanted. None when no curve says
    anything: the film keeps what it has.
    """
    rungs = tuple(
        _rung(choice, codec, plan, policy, hdr_of(report, codec))
        for codec, curves in ladders.items()
        for choice in choose(curves, codec, plan.frame_rate)
    )
    if not rungs:
        return None
    return with_id(
        replace(plan, id="", rungs=rungs, audio=(), pictures=None, keeps_original=False)
    )


def by_codec(plan: Plan) -> dict[str, list[str]]:
    """Name the rungs of each codec; a chunk's rungs of one codec share one decode."""
    names: dict[str, list[str]] = {}
    for rung in plan.rungs:
        names.setdefault(rung.codec, []).append(rung.name)
    return names


def _digest(choice: Choice, codec: str, hdr: Hdr | None) -> str:
    """Four hex digits: another setting never has the address of this one."""
    what = f"{RECIPE} {codec} {PRESETS[codec]} {choice.width} {choice.height} {choice.crf}"
    if hdr is not None:
        what += f" {hdr}"
    return hashlib.sha256(what.encode()).hexdigest()[:4]


def _rung(
    choice: Choice, codec: str, plan: Plan, policy: Policy, hdr: Hdr | None
) -> Rung:
    lines = min(
        lines_of(choice.width, choice.height),
        max(policy.max_height, min(choice.width, choice.height)),
    )
    kbps = maxrate_kbps(choice.width * choice.height, plan.frame_rate)
    return Rung(
        name=f"{codec}-{lines}-{_digest(choice, codec, hdr)}",
        codec=codec,
        width=choice.width,
        height=choice.height,
        crf=choice.crf,
        maxrate_kbps=kbps,
        bufsize_kbps=2 * kbps,
        preset=PRESETS[codec],
        vmaf=round(choice.vmaf, 2),
        hdr=hdr,
    )
