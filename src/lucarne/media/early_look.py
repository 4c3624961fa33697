"""The first look at a film that is still arriving, and what is planned from it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from threading import Event
from typing import Any

from django.db import transaction

from lucarne.core import ids
from lucarne.media import ahead, parts, policies, record, scratch, worklist
from lucarne.media.errors import MediaError
from lucarne.media.models import Asset, Unit, Upload
from lucarne_engine.arriving import Missing, Span, chunk_spans, sound_span
from lucarne_engine.errors import EngineError
from lucarne_engine.plan import codec as plan_codec, make_plan
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader

# Of an encoded sound, what is made before the film is here: enough to begin with while
# the rest of it, which needs all of the film, is made many times faster than heard.
OPENING_SEGMENTS = 2

_log = logging.getLogger(__name__)


def look(*, upload_id: str, at: datetime, cancel: Event) -> None:
    """Plan a film from its index and what is here of it.

    When that cannot be, nothing happens: it is looked into when all of it is here.
    """
    upload = Upload.objects.filter(public_id=upload_id, early=None).first()
    if upload is None:
        return
    try:
        received = parts.path_of(upload_id).stat().st_size
        found = _look(upload, cancel)
    except (EngineError, MediaError, Missing, OSError) as error:
        if cancel.is_set():
            raise
        _log.info("%s is prepared when it is here: %s", upload_id, error)
        return
    if found is not None and _plan(upload, *found, at=at):
        ahead.advance(upload_id=upload_id, received=received)


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
    upload: Upload, report: SourceReport, layout: Layout, *, at: datetime
) -> bool:
    """Write a plan down, and what of it can be made before the film is here."""
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
        rows = [*_pictures(report, layout, plan), *_openings(layout, plan)]
        Unit.objects.bulk_create(Unit(asset=asset, **fields) for fields in rows)
        own.update(early=asset)
    return True


def _pictures(
    report: SourceReport, layout: Layout, plan: Plan
) -> Iterator[dict[str, Any]]:
    spans = chunk_spans(layout, report, plan)
    for fields in worklist.rows(plan):
        if fields["kind"] == Unit.Kind.VIDEO:
            yield {**fields, **_needs(spans[int(str(fields["chunk"]))])}


def _openings(layout: Layout, plan: Plan) -> Iterator[dict[str, Any]]:
    span = sound_span(layout, plan, OPENING_SEGMENTS)
    if span is None or plan.keeps_original:
        return
    for audio in plan.audio:
        if not audio.is_copy:
            yield {
                "kind": Unit.Kind.OPENING, "name": f"opening-{audio.name}",
                "rungs": [audio.name], "priority": 20,
                "facts": {"segments": OPENING_SEGMENTS}, **_needs(span),
            }  # fmt: skip


def _needs(span: Span | None) -> dict[str, int]:
    if span is None:
        return {}
    return {"first_byte": span.begin, "end_byte": span.end}
