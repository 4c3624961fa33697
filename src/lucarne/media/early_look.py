"""The first look at a film that is still arriving, and what is planned from it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from threading import Event

from django.db import transaction

from lucarne.core import ids
from lucarne.media import (
    ahead,
    early_units,
    following,
    growing,
    parts,
    policies,
    record,
    scratch,
)
from lucarne.media.errors import MediaError
from lucarne.media.models import Asset, Unit, Upload
from lucarne_engine.arriving import Missing, is_movie, settled_chunks
from lucarne_engine.errors import EngineError
from lucarne_engine.plan import codec as plan_codec, make_plan
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader

_log = logging.getLogger(__name__)


def look(*, upload_id: str, at: datetime, cancel: Event) -> None:
    """Look into what is here of a film, and plan what can be.

    When that cannot be, nothing happens: it is looked into when all of it is here.
    """
    # Several may be asked for at once; the later one goes on from what the first has found.
    with scratch.in_turn(upload_id, "looking"):
        _look_in_turn(upload_id, at=at, cancel=cancel)


def _look_in_turn(upload_id: str, *, at: datetime, cancel: Event) -> None:
    upload = Upload.objects.filter(public_id=upload_id).select_related("early").first()
    if upload is None:
        return
    try:
        received = parts.path_of(upload_id).stat().st_size
        is_planned = _look_anew(upload, received, at=at, cancel=cancel)
    except (EngineError, MediaError, Missing, OSError) as error:
        if cancel.is_set():
            raise
        _log.info("%s is prepared when it is here: %s", upload_id, error)
        return
    if is_planned:
        ahead.advance(upload_id=upload_id, received=received, heard=received)


def _look_anew(upload: Upload, received: int, *, at: datetime, cancel: Event) -> bool:
    """Plan a film, or more of it; say whether there is more to do now."""
    index = ahead.index(upload)
    is_planned = False
    if index and upload.early is None and received < 2 * ahead.LOOKS[-1]:
        found = _look(upload, cancel)
        is_planned = found is not None and _plan(upload, *found, at=at)
    is_open = not is_planned and (
        upload.early is None or ahead.is_growing(upload.early)
    )
    beginning = following.advance(
        upload.public_id, parts.path_of(upload.public_id), here=received,
        size_bytes=upload.size_bytes,
        index=parts.index_of(upload.public_id) if upload.index_offset else None,
        index_offset=upload.index_offset, is_indexed=index is not None,
        reports=is_open and (index is None or _may_grow(index[0], received)),
    )  # fmt: skip
    if beginning is None:
        return is_planned
    return _grow(upload, *beginning, at=at)


def _may_grow(index: bytes, received: int) -> bool:
    """Whether a film is begun without its index, which says too little.

    Of an MP4 nothing can be read without.
    """
    return received >= ahead.LOOKS[1] and not is_movie(index)


def _grow(
    upload: Upload, report: SourceReport, layout: Layout, *, at: datetime
) -> bool:
    """Plan a film as far as it is here and will stay as it is."""
    if report.video is None:
        return False
    policy = policies.policy()
    plan = make_plan(report, policy)
    most = settled_chunks(plan, policy)
    if upload.early is None:
        layout = replace(layout, digest=ahead.GROWING)
        return most > 0 and _plan(upload, report, layout, at=at, most_chunks=most)
    asset = upload.early
    planned = plan_codec.from_json(asset.plan)
    chunks = set(
        asset.units.filter(kind=Unit.Kind.VIDEO).values_list("chunk", flat=True)
    )
    if not growing.may_follow(planned, plan, chunks):
        return False
    with transaction.atomic():
        with growing.still_arriving(asset):
            Asset.objects.filter(pk=asset.pk).update(
                report=report_codec.to_json(report), plan=plan_codec.to_json(plan),
                duration_ms=record.duration_ms(plan.duration),
            )  # fmt: skip
        rows = early_units.rows(report, layout, plan, most_chunks=most)
        units = (Unit(asset=asset, **fields) for fields in rows)
        Unit.objects.bulk_create(units, ignore_conflicts=True)
    return True


def _look(upload: Upload, cancel: Event) -> tuple[SourceReport, Layout] | None:
    out = scratch.folder(upload.public_id, "look")
    try:
        found = ahead.first_look(upload, out=out)
        if found is None:
            return None
        view, end = found
        with FilmReader(view, limits=policies.probe_limits(), cancel=cancel) as reader:
            report, layout = reader.look(is_arriving=True)
    finally:
        scratch.clean(out)
    # What was decoded beyond what is here were no pictures of this film.
    is_true = layout.looked_to <= end and report.video is not None
    return (report, layout) if is_true else None


def _plan(
    upload: Upload,
    report: SourceReport,
    layout: Layout,
    *,
    at: datetime,
    most_chunks: int | None = None,
) -> bool:
    """Write a plan down, and what of it can be made before the film is here.

    ``most_chunks``: the others may become other ones.
    """
    plan = make_plan(report, policies.policy())
    width, height = record.film_size(plan, report)
    with transaction.atomic():
        own = Upload.objects.select_for_update().filter(pk=upload.pk, early=None)
        if not own.exists():
            return False
        asset = Asset.objects.create(
            public_id=ids.new("ast"),
            state=Asset.State.ARRIVING,
            source_name=upload.name,
            size_bytes=0,  # none of it is ours yet
            received_at=at,
            report=report_codec.to_json(report),
            plan=plan_codec.to_json(plan),
            plan_id=ahead.folder(plan),
            layout=layout.digest,
            duration_ms=record.duration_ms(plan.duration),
            width=width,
            height=height,
        )
        rows = early_units.rows(report, layout, plan, most_chunks=most_chunks)
        Unit.objects.bulk_create(Unit(asset=asset, **fields) for fields in rows)
        own.update(early=asset)
    return True
