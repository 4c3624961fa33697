"""Work on a film whose upload still runs: what is here of it is encoded already.

The film has an asset then, which no video has and nobody can see. ``early_look``
makes it, from the film's index and its first bytes; a unit of its plan is run when
all the bytes are here that it is made of. What comes out is what would come out
later. When the film is published it is looked into as ever: if it is not what was
expected, all of that is thrown away.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from lucarne.core import clock, conf, jobs
from lucarne.core.storage import get_store
from lucarne.media import following, growing, incoming, keys, parts, worklist
from lucarne.media.models import Asset, Track, Unit, Upload
from lucarne_engine.arriving import (
    MOST_INDEX_BYTES,
    Missing,
    Span,
    beginning,
    chunk_spans,
    find_index,
    is_index,
    make_view,
    opening,
    sound_span,
)
from lucarne_engine.package.boxes import Bytes
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport

# When a film is looked into for the first time, and again if that was too early.
LOOKS: Final = tuple(n * 1024 * 1024 for n in (1, 2, 4, 8, 12, 64))
# How much of it comes until it is read on: as much is left to read at its end.
STEP_BYTES: Final = 16 * 1024 * 1024
# Behind everything that somebody waits for.
BEHIND: Final = 1000
# A layout that no film has: the work that was done ahead was thrown away.
DISCARDED: Final = "discarded"
# The layout of a film that nobody knows the end of: its plan grows (``growing``).
GROWING: Final = "growing"
_EVERY_S: Final = 0.5

_log = logging.getLogger(__name__)


class Watch:
    """Hears how much of an upload is here, and begins what can be begun."""

    def __init__(self, upload_id: str, *, size_bytes: int) -> None:
        self._upload_id = upload_id
        self._size = size_bytes
        self._looked_at = 0.0
        self._heard = 0
        self._told = 0
        self._most = 0

    def __call__(self, received: int) -> None:
        try:
            self._hear(received)
        except Exception:  # noqa: BLE001  a film arrives whether or not this works
            _log.exception("nothing is made of %s before it is here", self._upload_id)

    def _hear(self, received: int) -> None:
        is_less, self._most = received < self._most, received
        if is_less:
            begin_anew(self._upload_id)
        now = clock.monotonic()
        if now - self._looked_at < _EVERY_S and received < self._size:
            return
        self._looked_at = now
        is_begun = advance(
            upload_id=self._upload_id, received=received,
            heard=self._heard, since=self._told,
        )  # fmt: skip
        self._heard = received
        if is_begun:
            self._told = received


def advance(*, upload_id: str, received: int, heard: int = 0, since: int = 0) -> bool:
    """Begin what can be made of ``received`` bytes and not of ``since`` yet.

    It is read on, unless ``heard`` bytes were enough for that before. False while there
    is no plan. Twice is harmless.
    """
    if not conf.get().uploads.overlap:
        return False
    upload = _upload(upload_id)
    if upload is None:
        return False
    step = _step(received)
    if received == upload.size_bytes or step > _step(heard):
        _look_soon(upload_id, "whole" if received == upload.size_bytes else str(step))
    if upload.early is None:
        return False
    _enqueue(upload.early, received, since, is_whole=received == upload.size_bytes)
    return True


def _step(received: int) -> int:
    """Count the looks that so many bytes are worth."""
    return sum(most <= received for most in LOOKS) + received // STEP_BYTES


def begin_anew(upload_id: str) -> None:
    """Forget what was made of bytes that were taken back: others may come."""
    following.end(upload_id)
    upload = _upload(upload_id)
    if upload is not None and upload.early is not None:
        Upload.objects.filter(pk=upload.pk).update(early=None)
        drop(upload.early)


def _upload(upload_id: str) -> Upload | None:
    uploads = Upload.objects.filter(origin=Upload.Origin.PARTS, concat="")
    return uploads.filter(public_id=upload_id).select_related("early").first()


def _look_soon(upload_id: str, why: str) -> None:
    jobs.enqueue(
        "media.look_ahead", key=f"{upload_id}:{why}", priority=BEHIND,
        upload_id=upload_id,
    )  # fmt: skip


def _enqueue(asset: Asset, received: int, since: int, *, is_whole: bool) -> None:
    here = Q(end_byte__gt=since, end_byte__lte=received)
    if is_whole:
        here = Q()
    units = asset.units.filter(here, state=Unit.State.WAITING)
    for unit in units.order_by("priority", "chunk"):
        jobs.enqueue(
            "media.ahead",
            key=f"{asset.public_id}:{unit.name}",
            priority=BEHIND + unit.priority + unit.chunk,
            queue=jobs.Queue.QUICK if unit.kind == Unit.Kind.OPENING else None,
            asset_id=asset.public_id,
            name=unit.name,
        )


# -- the index


def take_index(*, upload_id: str, offset: int, data: Bytes) -> bool:
    """Keep the index of a film that comes before the film.

    False when it is none, or of no use. That it is the film's own is found out when
    the film is here.
    """
    upload = _upload(upload_id)
    if upload is None or not conf.get().uploads.overlap or not is_index(data):
        return False
    if offset + len(data) > upload.size_bytes:
        return False
    if not upload.index_offset:  # a tab that goes on with an upload sends it again
        incoming.check_reserve(name=upload.name)
        parts.index_of(upload_id).write_bytes(data)
        Upload.objects.filter(pk=upload.pk).update(index_offset=offset)
    following.end(upload_id)  # it was in vain, without the index
    _look_soon(upload_id, "index")
    return True


def index(upload: Upload) -> tuple[bytes, int] | None:
    """Return the index and where it belongs: sent ahead, or at the film's front."""
    if upload.index_offset:
        return parts.index_of(upload.public_id).read_bytes(), upload.index_offset
    path = parts.path_of(upload.public_id)
    if (found := find_index(path)) is None:
        return None
    begin, end = found
    with path.open("rb") as file:
        file.seek(begin)
        data = file.read(min(end - begin, MOST_INDEX_BYTES + 1))
    return (data, begin) if is_index(data) else None


# -- what is here of a film


def first_look(upload: Upload, *, out: Path) -> tuple[Path, int] | None:
    """Make a file of the film's beginning and its end; say where the beginning ends.

    None without an index. Raises as ``view`` does.
    """
    found = index(upload)
    if found is None:
        return None
    data, offset = found
    path = parts.path_of(upload.public_id)
    until = min(path.stat().st_size, LOOKS[-1])
    span = beginning(
        path, data, index_offset=offset, size_bytes=upload.size_bytes, until=until
    )
    return _view(upload, [span], found, out=out), span.end


def _view(
    upload: Upload, spans: list[Span], found: tuple[bytes, int], *, out: Path
) -> Path:
    """Make a file of what is here of an upload.

    Raises NoSpace, Missing, or OSError when the upload is none any more.
    """
    data, offset = found
    incoming.check_reserve(name=upload.name)
    path, target = parts.path_of(upload.public_id), out / "view"
    until = max(span.end for span in spans)
    head = opening(path, data, size_bytes=upload.size_bytes, until=until)
    make_view(
        target, source=path, size_bytes=upload.size_bytes,
        spans=[head, *spans], index=data, index_offset=offset,
    )  # fmt: skip
    return target


def source_of(unit: Unit, *, out: Path) -> Path:
    """Return a film to run a unit on, as far as it is here.

    Raises Missing when that is not far enough, NoSpace, or OSError.
    """
    upload = Upload.objects.filter(early=unit.asset_id).first()
    if upload is None:
        raise Missing("it is no upload any more")
    path = parts.path_of(upload.public_id)
    received = path.stat().st_size
    if received == upload.size_bytes:
        return path
    if not unit.end_byte or received < unit.end_byte:
        raise Missing(f"{received} bytes are here")
    if is_growing(unit.asset):
        return path  # read from its beginning on: what follows is not looked at
    found = index(upload)
    if found is None:
        raise Missing("there is no index")
    span = Span(begin=unit.first_byte, end=unit.end_byte)
    return _view(upload, [span], found, out=out)


# -- when all of the film is here


def confirm(
    asset: Asset, report: SourceReport, plan: Plan, layout: Layout | None
) -> bool:
    """Say whether the whole film is what was expected; throw away what is not its own.

    Twice is harmless. A film that nothing was made of ahead is not confirmed.
    """
    if layout is None:
        return False
    if not _is_own(asset, report, plan, layout):
        discard(asset)
        return False
    if is_growing(asset):
        growing.settle(asset, plan)
    # Sound is made from here on by the unit that makes all of it.
    openings = asset.units.filter(kind=Unit.Kind.OPENING)
    openings.exclude(state=Unit.State.DONE).delete()
    return True


def _is_own(asset: Asset, report: SourceReport, plan: Plan, layout: Layout) -> bool:
    planned = plan_codec.from_json(asset.plan)
    seen = report_codec.from_json(asset.report)
    if is_growing(asset):
        is_same = growing.is_beginning(asset, seen, planned, report, plan)
    else:
        is_same = (
            asset.layout == layout.digest
            and growing.intent(planned) == growing.intent(plan)
            and _facts(seen) == _facts(report)
        )
    return is_same and _was_all_here(asset, report, plan, layout)


def folder(plan: Plan) -> str:
    """Name the folder of what is made ahead: none that is made later has this name."""
    return f"e{plan.id}"


def is_ahead(asset: Asset) -> bool:
    """Whether something was made of this film while it arrived."""
    return asset.layout not in {"", DISCARDED}


def is_growing(asset: Asset) -> bool:
    """Whether it was made by a plan of the film's beginning."""
    return asset.layout == GROWING


def _facts(report: SourceReport) -> SourceReport:
    """Leave out what only a look at the whole film can know."""
    video = report.video and replace(report.video, can_copy=True, bitrate_kbps=0)
    audio = tuple(
        replace(track, can_copy=True, bitrate_kbps=0) for track in report.audio
    )
    return replace(report, problems=(), video=video, audio=audio)


def _was_all_here(
    asset: Asset, report: SourceReport, plan: Plan, layout: Layout
) -> bool:
    """Whether every unit had the bytes that, as is known now, it is made of."""
    chunks = chunk_spans(layout, report, plan)
    for unit in asset.units.filter(end_byte__gt=0):
        if unit.kind == Unit.Kind.OPENING:
            needed = sound_span(layout, plan, unit.facts["segments"])
        else:
            needed = chunks[unit.chunk]
        is_here = needed is not None and (
            unit.first_byte <= needed.begin and needed.end <= unit.end_byte
        )
        if not is_here:
            return False
    return True


def discard(asset: Asset) -> None:
    """Throw away what was made ahead; the film is then made as any other."""
    folder = keys.plan(asset.public_id, asset.plan_id)
    with transaction.atomic():
        asset.units.all().delete()
        Track.objects.filter(asset=asset).delete()
        Asset.objects.filter(pk=asset.pk).update(
            layout=DISCARDED, plan_id="", warnings=[], has_original=False,
            revision=F("revision") + 1,
        )  # fmt: skip
    worklist.cancel(asset.public_id)
    get_store().delete_prefix(folder)
    asset.refresh_from_db()


def drop(asset: Asset) -> None:
    """Forget a film that will not come. Twice is harmless."""
    asset_id = asset.public_id
    Asset.objects.filter(pk=asset.pk, state=Asset.State.ARRIVING).delete()

    def remove_files() -> None:
        worklist.cancel(asset_id)
        get_store().delete_prefix(keys.film(asset_id))

    transaction.on_commit(remove_files)


def sweep() -> None:
    """Forget what was made of uploads that are gone."""
    for asset in Asset.objects.filter(state=Asset.State.ARRIVING, upload=None):
        drop(asset)
