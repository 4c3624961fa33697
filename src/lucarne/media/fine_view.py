"""The fine pass for a person: what was decided, measured and won."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from lucarne.media import economy, fine, measuring, queries
from lucarne.media.ladder import Curves, RungView, curves_of, kbps_of, rungs_of, saved
from lucarne.media.models import Asset, Fine
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.curve import Curve
from lucarne_engine.plan.fine import CRF_RANGE, hull
from lucarne_engine.plan.model import Plan


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A point of the picture: kbit/s and VMAF."""

    kbps: float
    vmaf: float


@dataclass(frozen=True, kw_only=True)
class SizeCurve:
    """What one size in one codec would give at every bit rate."""

    codec: str
    width: int
    height: int
    dots: tuple[Dot, ...]


@dataclass(frozen=True, kw_only=True)
class FineView:
    """``state``: none, curves, running, done, useless or failed.

    ``ladder``, of a film without a pass: "" (nobody measures it), due, running, known,
    plain (its pictures tell nothing) or failed.
    """

    state: str
    ladder: str
    measuring_cpu_s: float
    decision: economy.Decision
    asked_by: str
    tried: tuple[tuple[str, Dot], ...]  # by codec: what the curves were drawn through
    curves: tuple[SizeCurve, ...]
    hulls: tuple[tuple[str, tuple[Dot, ...]], ...]  # by codec
    rungs: tuple[RungView, ...]  # best first, of both passes: see ladder.rungs_of
    saved: tuple[tuple[str, float], ...]  # by codec: share of the bits at equal VMAF
    error_code: str
    finished_at: datetime | None

    @property
    def has_figures(self) -> bool:
        """Whether there is more to say about the rungs than what was made."""
        return bool(self.rungs) and (self.state not in {"none", "curves"} or bool(self.curves))

    @property
    def may_start(self) -> bool:
        return self.state in {"none", "curves", "useless", "failed"}


def view(asset_id: str, *, at: datetime) -> FineView | None:
    """Describe the fine pass of a film; None before the film is ready.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    if asset.state != Asset.State.READY or not asset.plan or not asset.width:
        return None
    row = Fine.objects.filter(asset=asset).first()
    plan = plan_codec.from_json(asset.plan)
    by_codec = curves_of(row.points) if row else {}
    rungs = rungs_of(asset, plan, row)
    is_decided = row is not None and row.state != Fine.State.CURVES
    decision = (
        economy.from_json(row.decision)
        if row and is_decided
        else fine.decide(asset, at=at, asked_by="")
    )
    spent = asset.units.filter(kind__in=measuring.KINDS).aggregate(n=Sum("cpu_s"))
    is_compared = row is not None and row.state in {Fine.State.CURVES, Fine.State.DONE}
    return FineView(
        state=row.state if row else "none",
        ladder="" if is_decided else _ladder(asset, row, by_codec),
        measuring_cpu_s=spent["n"] or 0.0,
        decision=decision,
        asked_by=decision.asked_by,
        tried=tuple(
            (codec, Dot(kbps=kbps_of(point.bits, plan), vmaf=point.vmaf))
            for codec, curves in by_codec.items()
            for curve in curves
            for point in curve.points
        ),
        curves=tuple(
            _drawn(curve, codec, plan)
            for codec, curves in by_codec.items()
            for curve in curves
        ),
        hulls=tuple(
            (codec, _hull(curves, codec, plan)) for codec, curves in by_codec.items()
        ),
        rungs=rungs,
        saved=tuple(saved(rungs).items()) if is_compared else (),
        error_code=row.error_code if row else "",
        finished_at=row.finished_at if row else None,
    )


def _ladder(asset: Asset, row: Fine | None, curves: Curves) -> str:
    if row is None:
        return "due" if measuring.is_wanted() else ""
    if measuring.is_going_on(asset):
        return "running"
    if any(curves.values()):
        return "known"
    return "plain" if row.points else "failed"


def _drawn(curve: Curve, codec: str, plan: Plan) -> SizeCurve:
    least, most = CRF_RANGE[codec]
    return SizeCurve(
        codec=codec,
        width=curve.size[0],
        height=curve.size[1],
        dots=tuple(
            Dot(kbps=kbps_of(curve.bits(crf), plan), vmaf=curve.vmaf(crf))
            for crf in range(least, most + 1, 2)
        ),
    )


def _hull(curves: tuple[Curve, ...], codec: str, plan: Plan) -> tuple[Dot, ...]:
    return tuple(
        Dot(kbps=kbps_of(one.bits, plan), vmaf=one.vmaf) for one in hull(curves, codec)
    )
