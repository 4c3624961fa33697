"""The fine pass as units: try a film's sizes, encode its own ladder, score it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lucarne.core import conf
from lucarne.core.storage import get_store
from lucarne.media import keys, record
from lucarne.media.models import Asset, Fine, Run, Track, Unit
from lucarne_engine import encode, quality
from lucarne_engine.encode.progress import OnProgress, Progress
from lucarne_engine.package.hdr import video_range
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.curve import make_curves
from lucarne_engine.plan.fine import by_codec, hdr_of, make_fine_plan
from lucarne_engine.plan.model import Chunk, Hdr, Plan, Policy
from lucarne_engine.process import Limits

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from lucarne.media.unit_work import Work

# Nobody waits for it: whatever else runs comes first.
LIMITS: Final = Limits(nice=19)
SCORED_SEGMENTS: Final = 2
# Between two pictures that are scored: about two for each second.
SCORED_EVERY: Final = 15


def trial(work: Work, on_progress: OnProgress) -> None:
    """Measure what bits and quality each size gives, and plan the fine ladder."""
    fine = Fine.objects.get(asset=work.asset)
    codecs = tuple(fine.decision["codecs"])
    points = quality.try_film(
        work.source, work.report, work.plan,
        codecs=codecs, out=work.out, on_share=lambda share: on_progress(_share(share)),
        cancel=work.cancel, limits=LIMITS,
    )  # fmt: skip
    plan = make_fine_plan(
        work.plan,
        Policy(max_height=conf.get().media.max_height),
        {codec: make_curves(found, codec) for codec, found in points.items()},
        work.report,
    )
    facts: dict[str, object] = {
        "points": {
            codec: [[p.width, p.height, p.crf, p.bits, p.vmaf] for p in found]
            for codec, found in points.items()
        }
    }
    if plan is None:
        facts |= {"state": Fine.State.USELESS, "finished_at": work.clock()}
    else:
        facts["plan"] = plan_codec.to_json(plan)
        Unit.objects.bulk_create(_rows(fine, plan), ignore_conflicts=True)
    Fine.objects.filter(pk=fine.pk).update(**facts)


def _rows(fine: Fine, plan: Plan) -> list[Unit]:
    return [
        Unit(
            asset=fine.asset,
            kind=Unit.Kind.FINE,
            name=fine.unit_name(f"{codec}-{chunk.number:05}"),
            chunk=chunk.number,
            rungs=names,
            frames=chunk.frame_count,
            priority=500,
        )
        for codec, names in by_codec(plan).items()
        for chunk in plan.chunks
    ]


def chunk(work: Work, on_progress: OnProgress) -> None:
    """Encode one chunk of the fine ladder, in one codec."""
    plan = plan_codec.from_json(work.asset.fine.plan)
    result = encode.encode_chunk(
        work.source, work.report, plan,
        chunk=work.unit.chunk, rungs=tuple(work.unit.rungs), out=work.out,
        on_progress=on_progress, cancel=work.cancel, limits=LIMITS,
    )  # fmt: skip
    record.count_cpu(work.unit, result.cpu_s)
    if Fine.objects.filter(asset=work.asset, state=Fine.State.RUNNING).exists():
        record.keep_tracks(
            work.asset, result.tracks, report=work.report, plan=plan, at=work.clock()
        )


def score(work: Work, on_progress: OnProgress) -> None:
    """Measure some segments of every rung of both passes, as they were published."""
    tracks = Track.objects.filter(
        asset=work.asset, plan_id=work.asset.plan_id, kind="video", is_complete=True,
        removed_at__isnull=True, codec__regex=r"^(avc1|av01)",
    ).exclude(name="original")  # fmt: skip
    runs = quality.choose_segments(work.plan, SCORED_SEGMENTS)
    reference = quality.make_reference(
        work.source, work.report, work.plan,
        runs=runs, out=work.out / "reference", cancel=work.cancel, limits=LIMITS,
    )  # fmt: skip
    measured: dict[str, float] = {}
    for number, track in enumerate(tracks):
        on_progress(_share(number / len(tracks)))
        files = _copies(work, track, runs)
        scores = quality.measure(
            reference, {track.name: files}, out=work.out / "scores",
            hdr={track.name: _hdr(work, track)},
            every=SCORED_EVERY, cancel=work.cancel, limits=LIMITS,
        )  # fmt: skip
        measured[track.name] = round(scores[track.name].mean, 2)
    Fine.objects.filter(asset=work.asset).update(measured=measured)


def _hdr(work: Work, track: Track) -> Hdr | None:
    """Say how a track of this film is HDR, if it is."""
    is_hdr = video_range(track.codec) != "SDR"
    return hdr_of(work.report, "av1") if is_hdr else None


def _copies(work: Work, track: Track, runs: tuple[Chunk, ...]) -> list[Path]:
    """Put init and segment together: files that a demuxer reads alone."""
    store = get_store()
    asset_id, plan_id = work.asset.public_id, work.asset.plan_id
    with store.open(keys.init(asset_id, plan_id, track.name)) as file:
        init = file.read()
    found = []
    for run in runs:
        key = keys.segment(asset_id, plan_id, track.name, run.first_segment)
        path = work.out / f"{track.name}-{run.number}.mp4"
        with store.open(key) as file:
            path.write_bytes(init + file.read())
        found.append(path)
    return found


def give_up(asset: Asset, *, code: str, at: datetime) -> None:
    """End the pass; the film keeps what the first one made."""
    counted = Fine.objects.filter(asset=asset, state=Fine.State.RUNNING).update(
        state=Fine.State.FAILED, error_code=code, finished_at=at
    )
    if not counted:
        return
    asset.units.filter(
        kind__in=[Unit.Kind.TRIAL, Unit.Kind.FINE],
        state__in=[Unit.State.WAITING, Unit.State.RUNNING],
    ).update(state=Unit.State.CANCELED)
    plan = Fine.objects.get(asset=asset).plan
    if not plan:
        return
    for rung in plan_codec.from_json(plan).rungs:
        tracks = Track.objects.filter(
            asset=asset, plan_id=asset.plan_id, name=rung.name
        )
        Run.objects.filter(track__in=tracks).delete()
        tracks.delete()
        folder = keys.plan(asset.public_id, asset.plan_id)
        get_store().delete_prefix(f"{folder}/{rung.name}")


def _share(fraction: float) -> Progress:
    return Progress(fraction=fraction, speed=0.0, frames=0, eta_s=None)
