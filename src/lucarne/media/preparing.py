"""From a film that is here to units of work: look, plan, copy what can be copied."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Event
from typing import Final

from django.db import transaction

from lucarne.core.errors import is_disk_full
from lucarne.core.storage import get_store
from lucarne.media import (
    ahead,
    beside,
    following,
    keys,
    parts,
    policies,
    queries,
    record,
    scratch,
    worklist,
)
from lucarne.media.models import Asset, Unit
from lucarne_engine.captions import film as captions
from lucarne_engine.encode.sample import make_sample
from lucarne_engine.errors import EncoderError, EngineError
from lucarne_engine.follower import Found
from lucarne_engine.plan import codec as plan_codec, make_plan
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader

Clock = Callable[[], datetime]
ATTEMPTS: Final = 2

_log = logging.getLogger(__name__)


def prepare(asset_id: str, *, clock: Clock, cancel: Event) -> None:
    asset = queries.find(asset_id)
    if asset.state not in {Asset.State.RECEIVED, Asset.State.PREPARING}:
        return
    Asset.objects.filter(pk=asset.pk).update(state=Asset.State.PREPARING)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _prepare(queries.find(asset_id), clock=clock, cancel=cancel)
        except EngineError as error:
            if cancel.is_set():
                raise
            record.fail_asset(asset, code=error.code, detail=error.detail, at=clock())
        except Exception as error:
            is_full = is_disk_full(error)
            # A database that was busy for too long, say, is not the film's fault.
            if attempt < ATTEMPTS and not is_full:
                _log.warning("%s is prepared again", asset_id, exc_info=True)
                continue
            code = "disk_full" if is_full else "encoder_failed"
            record.fail_asset(asset, code=code, detail=repr(error), at=clock())
            if not is_full:
                raise
        return


def _prepare(asset: Asset, *, clock: Clock, cancel: Event) -> None:
    if asset.sample_language:
        _make_sample(asset, clock=clock, cancel=cancel)
    known = _conclude(asset)
    _adopt(asset)
    plan, copied = _read(asset, known, clock=clock, cancel=cancel)
    _start_units(asset, plan, copied, at=clock())


def _make_sample(asset: Asset, *, clock: Clock, cancel: Event) -> None:
    """Make the film that nobody sent; what follows is as for any other."""
    store, master = get_store(), keys.master(asset.public_id)
    if store.exists(master):
        return
    out = scratch.folder(asset.public_id, "sample")
    try:
        made = make_sample(
            out / asset.source_name, language=asset.sample_language, cancel=cancel
        )
        asset.size_bytes, asset.received_at = made.stat().st_size, clock()
        store.put_file(made, master)
    finally:
        scratch.clean(out)
    asset.save(update_fields=["size_bytes", "received_at"])


def _conclude(asset: Asset) -> Found | None:
    """Ask who read the film while it arrived."""
    if not asset.incoming_path:
        return None
    upload_id = Path(asset.incoming_path).name
    return beside.conclude(upload_id) or following.conclude(upload_id)


def _adopt(asset: Asset) -> None:
    """Move the file from ``incoming`` into the store; twice is harmless."""
    path = Path(asset.incoming_path)
    if asset.incoming_path and path.exists():
        get_store().put_file(path, keys.master(asset.public_id))
        parts.index_of(path.name).unlink(missing_ok=True)
    Asset.objects.filter(pk=asset.pk).update(incoming_path="")
    asset.incoming_path = ""


def _write_plan(asset: Asset, report: SourceReport, plan: Plan) -> None:
    width, height = record.film_size(plan, report)
    asset.report = report_codec.to_json(report)
    asset.plan = plan_codec.to_json(plan)
    # What was made while the film arrived lies in a folder of its own.
    if not ahead.is_ahead(asset):
        asset.plan_id = plan.id
    asset.duration_ms = record.duration_ms(plan.duration)
    asset.width, asset.height = width, height
    fields = ["report", "plan", "plan_id", "duration_ms", "width", "height"]
    asset.save(update_fields=fields)


def _read(
    asset: Asset, known: Found | None, *, clock: Clock, cancel: Event
) -> tuple[Plan, frozenset[str]]:
    """Look into the film, write its plan down, publish the copy if there is one.

    ``known``: what a look would find. Returns the sounds that were copied besides.
    """
    source = get_store().local_path(keys.master(asset.public_id))
    out = scratch.folder(asset.public_id, "read")
    with contextlib.ExitStack() as held:
        held.callback(scratch.clean, out)

        @cache
        def reader() -> FilmReader:
            limits = policies.probe_limits()
            return held.enter_context(
                FilmReader(source, out=out, limits=limits, cancel=cancel)
            )

        was_ahead = ahead.is_ahead(asset)
        if known is not None:
            report, layout = known
        elif was_ahead:
            report, layout = reader().look()
        else:
            report, layout = reader().probe(), None
        plan = make_plan(report, policies.policy())
        is_ahead = ahead.confirm(asset, report, plan, layout if was_ahead else None)
        _write_plan(asset, report, plan)
        record.add_warnings(asset, report.problems)
        if is_ahead and record.has_begun(asset, plan):
            return plan, frozenset()  # it is copied by its units: nobody waits for that
        return _publish_copies(
            asset, reader, report, plan, is_ahead=is_ahead, clock=clock, cancel=cancel
        )


def _publish_copies(
    asset: Asset,
    reader: Callable[[], FilmReader],
    report: SourceReport,
    plan: Plan,
    *,
    is_ahead: bool,
    clock: Clock,
    cancel: Event,
) -> tuple[Plan, frozenset[str]]:
    """Copy what is to be seen, or heard, at once; return the plan that then holds."""
    if not (plan.keeps_original or is_ahead):
        return plan, frozenset()
    names = _copy(asset, reader(), report, plan, clock=clock, cancel=cancel)
    if not plan.keeps_original:
        # Where the picture is there already, they are all that a viewer waits for.
        return plan, names or frozenset()
    if names is not None:
        asset.has_original = True  # as the row says now
        return plan, frozenset()
    # It could not be copied after all: encode it like any other film.
    if is_ahead:
        ahead.discard(asset)
        record.add_warnings(asset, report.problems)
    plan = make_plan(report, policies.policy(), may_copy_picture=False)
    _write_plan(asset, report, plan)
    return plan, frozenset()


def _copy(
    asset: Asset,
    reader: FilmReader,
    report: SourceReport,
    plan: Plan,
    *,
    clock: Clock,
    cancel: Event,
) -> frozenset[str] | None:
    """Publish what the plan takes as it is; return the names of its tracks.

    None when the packets cannot be copied.
    """
    try:
        tracks = reader.remux(report, plan)
        if tracks:
            record.keep_tracks(asset, tracks, report=report, plan=plan, at=clock())
    except EncoderError:
        if cancel.is_set():
            raise
        return None
    return frozenset(track.name for track in tracks)


def _start_units(
    asset: Asset, plan: Plan, copied: Collection[str], *, at: datetime
) -> None:
    """Write down what is to be done; ``copied``: the sounds that are done."""
    rows = worklist.rows(plan, copies_later=not asset.has_original)
    if captions.wanted(report_codec.from_json(asset.report)):
        rows.append(worklist.text_row())
    if asset.layout == ahead.DISCARDED:
        # Their jobs must not be taken for those of what was thrown away.
        rows = [{**fields, "name": f"anew-{fields['name']}"} for fields in rows]
    units_ = [Unit(asset=asset, **fields) for fields in rows]
    for unit in units_:
        if unit.kind == Unit.Kind.AUDIO and unit.rungs[0] in copied:
            unit.state, unit.fraction, unit.finished_at = Unit.State.DONE, 1, at
    is_ahead = ahead.is_ahead(asset)
    with transaction.atomic():
        going_on = [Asset.State.RECEIVED, Asset.State.PREPARING]
        is_wanted = Asset.objects.filter(pk=asset.pk, state__in=going_on).update(
            state=Asset.State.ENCODING
        )
        if not is_wanted:  # canceled meanwhile: whoever retries finds what was left
            for unit in units_:
                unit.state = Unit.State.CANCELED
        Unit.objects.bulk_create(units_, ignore_conflicts=True)
        if not is_wanted:
            return
        asset.state = Asset.State.ENCODING
        transaction.on_commit(lambda: worklist.enqueue(asset))
        if is_ahead:
            record.note_playable(asset, plan=plan, at=at)
        record.finish_asset(asset, at=at)
