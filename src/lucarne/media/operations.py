"""What may be done with films: receive, prepare, resume, retry, close, remove."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final

from django.db import transaction
from django.db.models import F

from lucarne.core import conf, ids, jobs
from lucarne.core.errors import is_disk_full
from lucarne.core.locks import is_locked
from lucarne.core.storage import get_store
from lucarne.media import (
    fine,
    incoming,
    keys,
    queries,
    record,
    units,
    uploads,
    worklist,
)
from lucarne.media.models import Asset, Track, Unit
from lucarne_engine.captions import film as captions
from lucarne_engine.encode.sample import make_sample
from lucarne_engine.errors import EncoderError, EngineError
from lucarne_engine.plan import codec as plan_codec, make_plan
from lucarne_engine.plan.model import Plan, Policy
from lucarne_engine.probe import ProbeLimits, codec as report_codec
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader

# How long a viewer may still hold a manifest that names retired segments.
RETIRED_FOR: Final = timedelta(hours=24)
# A film that nobody prepared for this long lost its process.
ABANDONED_AFTER: Final = timedelta(minutes=2)

Clock = Callable[[], datetime]


def receive(
    *, path: Path, source_name: str, digest: str = "", at: datetime
) -> Asset:
    """Make an asset of a complete file in ``incoming``. Call inside a transaction.

    The bytes move into the store once the caller's transaction holds, by prepare().
    """
    asset = Asset.objects.create(
        public_id=ids.new("ast"),
        source_name=source_name[:300],
        incoming_path=str(path),
        digest=digest,
        size_bytes=path.stat().st_size,
        received_at=at,
    )
    if not digest:
        jobs.enqueue_on_commit(
            "media.digest_film", key=asset.public_id, asset_id=asset.public_id
        )
    return asset


def receive_sample(*, language: str, at: datetime) -> Asset:
    """Make an asset of the sample film, which prepare() makes first.

    Call inside a transaction: that is a job of its commit. ``language``: "fr" or "en".
    """
    asset = Asset.objects.create(
        public_id=ids.new("ast"),
        source_name="lucarne.mp4",
        sample_language=language,
        size_bytes=0,
        received_at=at,
    )
    jobs.enqueue_on_commit(
        "media.prepare", key=asset.public_id, priority=5, asset_id=asset.public_id
    )
    return asset


def policy() -> Policy:
    """Translate the operator's settings."""
    media = conf.get().media
    return Policy(
        max_height=media.max_height,
        max_frame_rate=media.max_frame_rate,
        segment_ms=media.segment_ms,
        chunk_ms=media.chunk_ms,
        audio_kbps=media.audio_kbps,
        loudness=media.loudness,
        max_copy_kbps=media.max_copy_kbps,
    )


def probe_limits() -> ProbeLimits:
    """Translate the operator's settings."""
    media = conf.get().media
    return ProbeLimits(
        max_pixels=media.max_pixels, max_decoded_frames=media.max_decoded_frames
    )


def prepare(*, asset_id: str, clock: Clock, cancel: Event | None = None) -> None:
    """Look into a film, plan it, make it playable at once when it can be copied.

    What fails is written down with its code; a film prepared before, or by somebody
    else right now, is left alone.
    """
    with units.alone(asset_id, "prepare") as is_alone:
        if is_alone:
            _prepare(asset_id, clock=clock, cancel=cancel or Event())


def _prepare(asset_id: str, *, clock: Clock, cancel: Event) -> None:
    asset = queries.find(asset_id)
    if asset.state not in {Asset.State.RECEIVED, Asset.State.PREPARING}:
        return
    Asset.objects.filter(pk=asset.pk).update(state=Asset.State.PREPARING)
    try:
        if asset.sample_language:
            _make_sample(asset, clock=clock, cancel=cancel)
        _adopt(asset)
        plan = _read(asset, clock=clock, cancel=cancel)
        _start_units(asset, plan, at=clock())
    except EngineError as error:
        if cancel.is_set():
            raise
        record.fail_asset(asset, code=error.code, detail=error.detail, at=clock())
        return
    except Exception as error:
        is_full = is_disk_full(error)
        code = "disk_full" if is_full else "encoder_failed"
        record.fail_asset(asset, code=code, detail=repr(error), at=clock())
        if is_full:
            return
        raise


def _make_sample(asset: Asset, *, clock: Clock, cancel: Event) -> None:
    """Make the film that nobody sent; what follows is as for any other."""
    store, master = get_store(), keys.master(asset.public_id)
    if store.exists(master):
        return
    out = units.scratch(asset.public_id, "sample")
    try:
        made = make_sample(
            out / asset.source_name, language=asset.sample_language, cancel=cancel
        )
        asset.size_bytes, asset.received_at = made.stat().st_size, clock()
        store.put_file(made, master)
    finally:
        units.clean_scratch(out)
    asset.save(update_fields=["size_bytes", "received_at"])


def _adopt(asset: Asset) -> None:
    """Move the file from ``incoming`` into the store; twice is harmless."""
    path = Path(asset.incoming_path)
    if asset.incoming_path and path.exists():
        get_store().put_file(path, keys.master(asset.public_id))
    Asset.objects.filter(pk=asset.pk).update(incoming_path="")
    asset.incoming_path = ""


def _write_plan(asset: Asset, report: SourceReport, plan: Plan) -> None:
    width, height = record.film_size(plan, report)
    asset.report = report_codec.to_json(report)
    asset.plan = plan_codec.to_json(plan)
    asset.plan_id = plan.id
    asset.duration_ms = record.duration_ms(plan.duration)
    asset.width, asset.height = width, height
    fields = ["report", "plan", "plan_id", "duration_ms", "width", "height"]
    asset.save(update_fields=fields)


def _read(asset: Asset, *, clock: Clock, cancel: Event) -> Plan:
    """Look into the film, write its plan down, publish the copy if there is one."""
    source = get_store().local_path(keys.master(asset.public_id))
    out = units.scratch(asset.public_id, "read")
    try:
        with FilmReader(
            source, out=out, limits=probe_limits(), cancel=cancel
        ) as reader:
            report = reader.probe()
            plan = make_plan(report, policy())
            _write_plan(asset, report, plan)
            record.add_warnings(asset, report.problems)
            if plan.keeps_original and not _copy(
                asset, reader, report, plan, clock=clock, cancel=cancel
            ):
                # It could not be copied after all: encode it like any other film.
                plan = make_plan(report, policy(), may_copy_picture=False)
                _write_plan(asset, report, plan)
    finally:
        units.clean_scratch(out)
    return plan


def _copy(
    asset: Asset,
    reader: FilmReader,
    report: SourceReport,
    plan: Plan,
    *,
    clock: Clock,
    cancel: Event,
) -> bool:
    """Publish the copied original; False when the packets cannot be copied."""
    try:
        tracks = reader.remux(report, plan)
        record.keep_tracks(asset, tracks, report=report, plan=plan, at=clock())
    except EncoderError:
        if cancel.is_set():
            raise
        return False
    asset.has_original = True  # as the row says now
    return True


def _start_units(asset: Asset, plan: Plan, *, at: datetime) -> None:
    rows = [Unit(asset=asset, **fields) for fields in worklist.rows(plan)]
    if captions.wanted(report_codec.from_json(asset.report)):
        rows.append(Unit(asset=asset, **worklist.text_row()))
    with transaction.atomic():
        going_on = [Asset.State.RECEIVED, Asset.State.PREPARING]
        is_wanted = Asset.objects.filter(pk=asset.pk, state__in=going_on).update(
            state=Asset.State.ENCODING
        )
        if not is_wanted:  # canceled meanwhile: whoever retries finds what was left
            for row in rows:
                row.state = Unit.State.CANCELED
        Unit.objects.bulk_create(rows, ignore_conflicts=True)
        if not is_wanted:
            return
        asset.state = Asset.State.ENCODING
        transaction.on_commit(lambda: worklist.enqueue(asset))
        record.finish_asset(asset, at=at)


def resume(*, at: datetime, is_start: bool) -> int:
    """Take up films whose process died. Returns how many were taken up."""
    _give_up_poisoned(at=at)
    count = 0
    for asset in queries.unfinished_assets().defer("report", "plan"):
        if asset.state == Asset.State.ENCODING:
            worklist.enqueue(asset)
        elif is_start or asset.received_at < at - ABANDONED_AFTER:
            jobs.enqueue(
                "media.prepare",
                key=asset.public_id,
                priority=5,
                again=True,  # the last run may have found somebody else at it
                asset_id=asset.public_id,
            )
        else:
            continue
        count += 1
    return count


def _give_up_poisoned(*, at: datetime) -> None:
    """Fail films whose job was given up: it took its process down again and again."""
    for job in jobs.list_jobs({jobs.State.FAILED, jobs.State.CANCELED}):
        asset_id, _, name = job.key.partition(":")
        if not job.kind.startswith("media."):
            continue
        is_fine = job.kind == "media.fine"
        films = fine.unfinished() if is_fine else queries.unfinished_assets()
        asset = films.filter(public_id=asset_id).first()
        if asset is None:
            continue
        code = "cancelled" if job.state == jobs.State.CANCELED else "encoder_failed"
        error = EncoderError(code, job.error)
        # Once there is a plan it does not matter how the look into the film ended.
        if job.kind == "media.prepare" and asset.state != Asset.State.ENCODING:
            record.fail_asset(asset, code=code, detail=job.error, at=at)
        for unit in queries.waiting_units(asset).filter(name=name):
            units.fail_unit(unit, error, at=at)


def retry(*, asset_id: str, at: datetime) -> None:
    """Try a failed film again, from where it failed.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    with transaction.atomic():
        counted = Asset.objects.filter(pk=asset.pk, state=Asset.State.FAILED).update(
            state=Asset.State.ENCODING if asset.units.exists() else "received",
            error_code="",
            error_detail="",
            failed_at=None,
            received_at=at,
            revision=F("revision") + 1,
        )
        if not counted:
            return
        asset.units.filter(state__in=[Unit.State.FAILED, Unit.State.CANCELED]).update(
            state=Unit.State.WAITING, error_code="", error_detail="", fraction=0
        )
    asset.refresh_from_db()
    if asset.state == Asset.State.ENCODING:
        worklist.enqueue(asset, again=True)
    else:
        jobs.enqueue(
            "media.prepare", key=asset_id, priority=5, again=True, asset_id=asset_id
        )


def cancel(*, asset_id: str, at: datetime) -> None:
    """Stop the work on a film; what is playable stays. Raises UnknownAsset."""
    asset = queries.find(asset_id)
    fine.cancel(asset_id=asset_id, at=at)
    queries.waiting_units(asset).update(state=Unit.State.CANCELED)
    record.fail_asset(asset, code="cancelled", detail="", at=at)
    _cancel_jobs(asset_id)


def _cancel_jobs(asset_id: str) -> None:
    kinds = (
        "media.encode", "media.aside", "media.level", "media.prepare", "media.fine",
        "media.digest_film",
    )  # fmt: skip
    for kind in kinds:
        jobs.cancel_prefix(kind, asset_id)


def close_doors(*, asset_id: str) -> None:
    """End every media address handed out so far (unpublished, made private)."""
    close_many_doors(asset_ids=[asset_id])


def close_many_doors(*, asset_ids: Collection[str]) -> None:
    """Do so for many films."""
    Asset.objects.filter(public_id__in=asset_ids).update(
        epoch=F("epoch") + 1, revision=F("revision") + 1
    )


def remove(*, asset_id: str) -> None:
    """Delete a film's rows now and its files after commit. Raises UnknownAsset."""
    asset = queries.find(asset_id)
    incoming_path = asset.incoming_path
    asset.delete()

    def remove_files() -> None:
        _cancel_jobs(asset_id)
        store = get_store()
        store.delete(keys.master(asset_id))
        store.delete_prefix(keys.film(asset_id))
        if incoming_path:
            Path(incoming_path).unlink(missing_ok=True)

    transaction.on_commit(remove_files)


def sweep(*, at: datetime) -> None:
    """Remove what nobody needs any more: retired segments, broken-off uploads."""
    retired = Track.objects.filter(
        removed_at__isnull=True, retired_at__lt=at - RETIRED_FOR
    ).select_related("asset")
    for track in retired:
        Track.objects.filter(pk=track.pk).update(removed_at=at)
        folder = keys.plan(track.asset.public_id, track.plan_id)
        get_store().delete_prefix(f"{folder}/{track.name}")
    units.sweep_locks(at=at)
    uploads.sweep(at=at)
    # In this order: a file that loses its lock or its upload's row is named by the next.
    idle = incoming.unlocked()
    named = _named()
    for path in idle:
        if str(path) in named or is_locked(path):
            continue
        # Looked at when it was a moment old, it had no lock yet: one that has lost its
        # lock since then is named by now.
        if str(path) not in _named():
            path.unlink(missing_ok=True)


def _named() -> set[str]:
    """The files in ``incoming`` that something here needs."""
    files = Asset.objects.exclude(incoming_path="")
    return uploads.paths() | set(files.values_list("incoming_path", flat=True))
