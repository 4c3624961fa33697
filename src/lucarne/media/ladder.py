"""A film's ladder in figures: its curves, and the rungs that were or would be made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lucarne.media import economy, queries
from lucarne.media.models import Asset, Fine
from lucarne.media.progress import bitrate_of
from lucarne_engine.package.index import TrackIndex
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.curve import Curve, Point, make_curves
from lucarne_engine.plan.fine import Choice, choose
from lucarne_engine.plan.ladder import lines_of
from lucarne_engine.plan.model import Plan

Curves = dict[str, tuple[Curve, ...]]  # by codec


@dataclass(frozen=True, kw_only=True)
class RungView:
    """One rung of either pass, as it was made, or as the second pass would make it."""

    name: str
    codec: str  # h264, av1
    width: int
    height: int
    is_fine: bool
    is_made: bool
    kbps: int
    size_bytes: int
    expected_vmaf: float | None
    measured_vmaf: float | None


def curves_of(
    points: Mapping[str, Sequence[Sequence[Any]]],
    *,
    codecs: Collection[str] | None = None,
) -> Curves:
    """Join what a trial measured, as Fine keeps it; of the named codecs, or of all."""
    return {
        codec: make_curves(
            [
                Point(width=width, height=height, crf=crf, bits=bits, vmaf=vmaf)
                for width, height, crf, bits, vmaf in rows
            ],
            codec,
        )
        for codec, rows in points.items()
        if codecs is None or codec in codecs
    }


def kbps_of(bits: float, plan: Plan) -> float:
    """Translate bits for each picture."""
    return bits * float(plan.frame_rate) / 1000


def rungs_of(asset: Asset, plan: Plan, row: Fine | None) -> tuple[RungView, ...]:
    """List the rungs of both passes, best first, each pass for itself.

    The first pass stays listed when its files are gone: it is what a fixed ladder costs.

    Where there are curves and no second pass yet: what that would make.
    """
    expected: dict[str, float] = {}
    measured: dict[str, float] = {}
    planned: tuple[RungView, ...] = ()
    if row is not None:
        measured = row.measured
        if row.plan and row.state == Fine.State.DONE:
            expected = {r.name: r.vmaf for r in plan_codec.from_json(row.plan).rungs}
        else:
            planned = _planned(asset, plan, row)
    first = {rung.name for rung in plan.rungs}
    made = [
        _made(track, expected=expected, measured=measured)
        for track in queries.past_outlines(asset.public_id, asset.plan_id)
        if track.name in first or track.name in expected
    ]
    return tuple(
        sorted((*made, *planned), key=lambda one: (one.is_fine, one.codec, -one.kbps))
    )


def _made(
    track: TrackIndex, *, expected: dict[str, float], measured: dict[str, float]
) -> RungView:
    kbps, size = bitrate_of(track)
    return RungView(
        name=track.name,
        codec="av1" if track.codec.startswith("av01") else "h264",
        width=track.width,
        height=track.height,
        is_fine=track.name in expected,
        is_made=True,
        kbps=kbps,
        size_bytes=size,
        expected_vmaf=expected.get(track.name),
        measured_vmaf=measured.get(track.name),
    )


def _planned(asset: Asset, plan: Plan, row: Fine) -> tuple[RungView, ...]:
    return tuple(
        _would_be(choice, codec, kbps_of(choice.bits, plan), asset.duration_ms)
        for codec, curves in curves_of(row.points).items()
        for choice in choose(curves, codec, plan.frame_rate)
    )


def _would_be(choice: Choice, codec: str, kbps: float, duration_ms: int) -> RungView:
    return RungView(
        name=f"{codec}-{lines_of(choice.width, choice.height)}",
        codec=codec,
        width=choice.width,
        height=choice.height,
        is_fine=True,
        is_made=False,
        kbps=round(kbps),
        size_bytes=round(kbps * duration_ms / 8),
        expected_vmaf=choice.vmaf,
        measured_vmaf=None,
    )


def saved(rungs: Sequence[RungView]) -> dict[str, float]:
    """Compare the bits of each fine rung with the first pass at equal VMAF, by codec.

    Of what was made only what was measured counts. The first pass is read between its
    rungs; those beyond its ends say nothing, nor does a codec without any other.
    """
    first = sorted(
        (one.measured_vmaf, one.kbps)
        for one in rungs
        if not one.is_fine and one.measured_vmaf is not None
    )
    found: dict[str, list[float]] = {}
    for rung in rungs:
        vmaf = rung.measured_vmaf if rung.is_made else rung.expected_vmaf
        if rung.is_fine and vmaf is not None:
            kbps = economy.kbps_at(vmaf, first)
            if kbps:
                found.setdefault(rung.codec, []).append(1 - rung.kbps / kbps)
    return {codec: sum(all_) / len(all_) for codec, all_ in found.items()}
