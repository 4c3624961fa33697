"""What may be done with films: receive, prepare, resume, retry, close, remove."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from lucarne.core import ids, jobs
from lucarne.core.locks import is_locked
from lucarne.core.storage import get_store
from lucarne.media import (
    ahead,
    fine,
    following,
    incoming,
    keys,
    new_posters,
    posters,
    preparing,
    queries,
    record,
    scratch,
    units,
    uploads,
    worklist,
)
from lucarne.media.models import Asset, Track, Unit
from lucarne_engine.errors import EncoderError

# How long a viewer may still hold a manifest that names retired segments.
RETIRED_FOR: Final = timedelta(hours=24)
# A film that nobody prepared for this long lost its process.
ABANDONED_AFTER: Final = timedelta(minutes=2)

_RECEIVED: Final = (
    "state", "source_name", "incoming_path", "digest", "size_bytes", "received_at",
)  # fmt: skip

Clock = Callable[[], datetime]


def receive(
    *,
    path: Path,
    source_name: str,
    digest: str = "",
    early: Asset | None = None,
    at: datetime,
) -> Asset:
    """Make an asset of a complete file in ``incoming``. Call inside a transaction.

    ``early``: the one that was made of it while it arrived. The bytes move into the
    store once the caller's transaction holds, by prepare().
    """
    asset = early or Asset(public_id=ids.new("ast"))
    asset.state = Asset.State.RECEIVED
    asset.source_name = source_name[:300]
    asset.incoming_path = str(path)
    asset.digest = digest
    asset.size_bytes = path.stat().st_size
    asset.received_at = at
    asset.save(update_fields=_RECEIVED if early else None)
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


def prepare(*, asset_id: str, clock: Clock, cancel: Event | None = None) -> None:
    """Look into a film, plan it, make it playable at once when it can be copied.

    What fails is written down with its code; a film prepared before, or by somebody
    else right now, is left alone.
    """
    with scratch.alone(asset_id, "prepare") as is_alone:
        if is_alone:
            preparing.prepare(asset_id, clock=clock, cancel=cancel or Event())


def resume(*, at: datetime, is_start: bool) -> int:
    """Take up films whose process died. Returns how many were taken up."""
    _give_up_poisoned(at=at)
    count = 0
    for asset in queries.unfinished_assets().defer("report", "plan"):
        if asset.state == Asset.State.ENCODING:
            # One whose job found it begun ahead may have been left by a kill.
            worklist.enqueue(asset, again=ahead.is_ahead(asset))
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
        # Work ahead that failed is done again when the film is here.
        if not job.kind.startswith("media.") or job.kind == "media.ahead":
            continue
        asset = _films_of(job.kind).filter(public_id=asset_id).first()
        if asset is None:
            continue
        code = "cancelled" if job.state == jobs.State.CANCELED else "encoder_failed"
        if job.error_code == "disk_full":  # not even the failure could be written down
            code = job.error_code
        error = EncoderError(code, job.error)
        # Once there is a plan it does not matter how the look into the film ended.
        if job.kind == "media.prepare" and asset.state != Asset.State.ENCODING:
            record.fail_asset(asset, code=code, detail=job.error, at=at)
        for unit in queries.waiting_units(asset).filter(name=name):
            units.fail_unit(unit, error, at=at)


def _films_of(kind: str) -> QuerySet[Asset]:
    """Return those that a job of this kind keeps unfinished."""
    if kind == new_posters.JOB:
        return Asset.objects.all()
    return fine.unfinished() if kind == "media.fine" else queries.unfinished_assets()


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
        broken = asset.units.filter(state__in=[Unit.State.FAILED, Unit.State.CANCELED])
        broken.exclude(kind=Unit.Kind.FRAME).update(
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
    worklist.cancel(asset_id)


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
        worklist.cancel(asset_id)
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
    scratch.sweep_locks(at=at)
    posters.sweep(at=at)
    new_posters.sweep(at=at)
    uploads.sweep(at=at)
    ahead.sweep()
    following.sweep()
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
