"""The fine pass for a person: what was decided, measured and won."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lucarne.media import economy, fine, queries
from lucarne.media.models import Asset, Fine
from lucarne.media.progress import bitrate_of
from lucarne_engine.package.index import TrackIndex
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.curve import Curve, Point, make_curves
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
class RungView:
    """One rung of either pass, as it was made."""

    name: str
    codec: str  # h264, av1
    width: int
    height: int
    is_fine: bool
    kbps: int
    size_bytes: int
    expected_vmaf: float | None
    measured_vmaf: float | None


@dataclass(frozen=True, kw_only=True)
class FineView:
    """``state``: none, running, done, useless or failed."""

    state: str
    decision: economy.Decision
    asked_by: str
    tried: tuple[tuple[str, Dot], ...]  # by codec: what the curves were drawn through
    curves: tuple[SizeCurve, ...]
    hulls: tuple[tuple[str, tuple[Dot, ...]], ...]  # by codec
    rungs: tuple[RungView, ...]  # best first, of both passes
    saved: tuple[tuple[str, float], ...]  # by codec: share of the bits at equal VMAF
    error_code: str
    finished_at: datetime | None

    @property
    def may_start(self) -> bool:
        return self.state in {"none", "useless", "failed"}


def view(asset_id: str, *, at: datetime) -> FineView | None:
    """Describe the fine pass of a film; None before the film is ready.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    if asset.state != Asset.State.READY or not asset.plan or not asset.width:
        return None
    row = Fine.objects.filter(asset=asset).first()
    plan = plan_codec.from_json(asset.plan)
    by_codec = _curves(row.points) if row else {}
    rungs = _rungs(asset, plan, row)
    return FineView(
        state=row.state if row else "none",
        decision=fine.decide(asset, at=at, asked_by="")
        if row is None
        else economy.from_json(row.decision),
        asked_by=row.decision["asked_by"] if row else "",
        tried=tuple(
            (codec, Dot(kbps=_kbps(point.bits, plan), vmaf=point.vmaf))
            for codec, curves in by_codec.items()
            for curve in curves
            for point in (curve.fine, curve.coarse)
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
        saved=_saved(rungs) if row and row.state == Fine.State.DONE else (),
        error_code=row.error_code if row else "",
        finished_at=row.finished_at if row else None,
    )


def _curves(points: dict[str, list[list[Any]]]) -> dict[str, tuple[Curve, ...]]:
    return {
        codec: make_curves(
            [
                Point(width=width, height=height, crf=crf, bits=bits, vmaf=vmaf)
                for width, height, crf, bits, vmaf in rows
            ],
            codec,
        )
        for codec, rows in points.items()
    }


def _kbps(bits: float, plan: Plan) -> float:
    return bits * float(plan.frame_rate) / 1000


def _drawn(curve: Curve, codec: str, plan: Plan) -> SizeCurve:
    least, most = CRF_RANGE[codec]
    return SizeCurve(
        codec=codec,
        width=curve.size[0],
        height=curve.size[1],
        dots=tuple(
            Dot(kbps=_kbps(curve.bits(crf), plan), vmaf=curve.vmaf(crf))
            for crf in range(least, most + 1, 2)
        ),
    )


def _hull(curves: tuple[Curve, ...], codec: str, plan: Plan) -> tuple[Dot, ...]:
    return tuple(
        Dot(kbps=_kbps(one.bits, plan), vmaf=one.vmaf) for one in hull(curves, codec)
    )


def _rungs(asset: Asset, plan: Plan, row: Fine | None) -> tuple[RungView, ...]:
    expected: dict[str, float] = {}
    measured: dict[str, float] = {}
    if row is not None:
        measured = row.measured
        if row.plan:
            expected = {r.name: r.vmaf for r in plan_codec.from_json(row.plan).rungs}
    first = {rung.name for rung in plan.rungs}
    tracks = queries.track_indexes(asset.public_id, asset.plan_id)
    views = [
        _rung(track, expected=expected, measured=measured)
        for track in tracks
        if track.segments and (track.name in first or track.name in expected)
    ]
    return tuple(sorted(views, key=lambda one: (one.is_fine, one.codec, -one.kbps)))


def _rung(
    track: TrackIndex, *, expected: dict[str, float], measured: dict[str, float]
) -> RungView:
    kbps, size = bitrate_of(track)
    return RungView(
        name=track.name,
        codec="av1" if track.codec.startswith("av01") else "h264",
        width=track.width,
        height=track.height,
        is_fine=track.name in expected,
        kbps=kbps,
        size_bytes=size,
        expected_vmaf=expected.get(track.name),
        measured_vmaf=measured.get(track.name),
    )


def _saved(rungs: tuple[RungView, ...]) -> tuple[tuple[str, float], ...]:
    """Compare the bits of each fine rung with the first pass at equal VMAF.

    The first pass is read between its rungs; those beyond its ends say nothing.
    """
    first = sorted(
        (one.measured_vmaf, one.kbps)
        for one in rungs
        if not one.is_fine and one.measured_vmaf is not None
    )
    found: dict[str, list[float]] = {}
    for rung in rungs:
        if rung.is_fine and rung.measured_vmaf is not None:
            kbps = economy.kbps_at(rung.measured_vmaf, first)
            if kbps:
                found.setdefault(rung.codec, []).append(1 - rung.kbps / kbps)
    return tuple((codec, sum(all_) / len(all_)) for codec, all_ in found.items())
