"""Running one unit of a plan: the platform around a call of the engine."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any, Final

from django.db.models import F

from lucarne.core.errors import is_disk_full
from lucarne.core.storage import get_store
from lucarne.media import (
    ahead,
    fine_units,
    growing,
    keys,
    new_posters,
    record,
    scratch,
    sound_units,
    texts,
    unit_work,
    worklist,
)
from lucarne.media.models import Asset, Unit
from lucarne.media.unit_work import EARLY, FIRST, REST, Teller, Work
from lucarne_engine import encode, pictures
from lucarne_engine.errors import EncoderError, EngineError, SourceError
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.report import Problem
from lucarne_engine.process import Limits
from lucarne_engine.reader import FilmReader

ATTEMPTS: Final = 2
FAILURES_KEPT: Final = 5
DETAIL_KEPT: Final = 1500  # characters of one of them

_log = logging.getLogger(__name__)


def _video(work: Work) -> None:
    result = encode.encode_chunk(
        work.source,
        work.report,
        work.plan,
        chunk=work.unit.chunk,
        rungs=tuple(work.unit.rungs),
        out=work.out,
        on_progress=Teller(work.unit),
        cancel=work.cancel,
        limits=_picture_limits(work),
        # Of a film without an index FFmpeg finds the chunk as it does when all is here.
        is_partial=work.is_early and not ahead.is_growing(work.asset),
    )
    is_kept = unit_work.keep(work, result.tracks)
    record.count_cpu(work.unit, result.cpu_s)
    if is_kept:
        record.add_warnings(work.asset, result.problems)


def _picture_limits(work: Work) -> Limits:
    if work.is_early:
        return EARLY
    return FIRST if work.unit.priority == worklist.FIRST else REST


def _keep_pictures(work: Work, made: pictures.Pictures) -> None:
    store = get_store()
    folder = keys.plan(work.asset.public_id, work.asset.plan_id)
    for path in made.files:
        store.put_file(path, f"{folder}/{path.relative_to(work.out).as_posix()}")
    is_there = new_posters.keep_made(work.asset, made, at=work.clock())
    if not is_there:
        store.delete_prefix(keys.film(work.asset.public_id))
    elif work.unit.kind == Unit.Kind.PICTURES:
        Asset.objects.filter(pk=work.asset.pk).update(
            has_storyboard=True, revision=F("revision") + 1
        )


def _poster(work: Work) -> None:
    made = pictures.make_first_poster(
        work.source, work.report, work.plan, out=work.out, cancel=work.cancel
    )
    if not Asset.objects.filter(pk=work.asset.pk, has_storyboard=True).exists():
        _keep_pictures(work, made)


def _pictures(work: Work) -> None:
    made = pictures.make_pictures(
        work.source,
        work.report,
        work.plan,
        out=work.out,
        on_progress=Teller(work.unit),
        proposals=new_posters.PROPOSALS,
        cancel=work.cancel,
        # It decodes as much as an encode does; who shares the film wants its poster.
        limits=REST,
    )
    _keep_pictures(work, made)


def _frame(work: Work) -> None:
    still = pictures.make_frame(
        work.source, work.report, work.plan,
        at=Fraction(work.unit.facts["at_ms"], 1000), out=work.out, cancel=work.cancel,
    )  # fmt: skip
    new_posters.keep_frame(work.unit, still, at=work.clock())


def _text(work: Work) -> None:
    with FilmReader(work.source, cancel=work.cancel) as reader:
        made = reader.texts(work.report)
    texts.keep_found(work.unit, made, at=work.clock())


KINDS: Final[dict[str, Callable[[Work], None]]] = {
    Unit.Kind.VIDEO: _video,
    Unit.Kind.AUDIO: sound_units.audio,
    Unit.Kind.OPENING: sound_units.opening,
    Unit.Kind.COPY: sound_units.copy,
    Unit.Kind.POSTER: _poster,
    Unit.Kind.PICTURES: _pictures,
    Unit.Kind.TEXT: _text,
    Unit.Kind.FRAME: _frame,
    Unit.Kind.TRIAL: lambda work: fine_units.trial(work, Teller(work.unit)),
    Unit.Kind.FINE: lambda work: fine_units.chunk(work, Teller(work.unit)),
    Unit.Kind.SCORE: lambda work: fine_units.score(work, Teller(work.unit)),
}


def run_unit(
    *, asset_id: str, name: str, clock: Callable[[], datetime], cancel: Event
) -> None:
    """Run a unit to its end; unknown and finished units are left alone.

    When ``cancel`` is set the unit is left waiting, for whoever comes next, and
    Cancelled is raised.
    """
    unit = _find(asset_id, name)
    if unit is None or unit.asset.state == Asset.State.ARRIVING:
        return
    with contextlib.ExitStack() as held:
        # What was begun while the film arrived may still go on.
        if ahead.is_ahead(unit.asset) and not held.enter_context(
            scratch.alone(asset_id, name)
        ):
            return
        out = scratch.folder(asset_id, name)
        held.callback(scratch.clean, out)
        _attempts(unit, out=out, clock=clock, cancel=cancel)


def run_early(
    *, asset_id: str, name: str, clock: Callable[[], datetime], cancel: Event
) -> None:
    """Run a unit on what is here of a film that arrives; leave all others alone.

    Where that fails, it is run once more when the film is here.
    """
    unit = _find(asset_id, name)
    if unit is None or unit.asset.state != Asset.State.ARRIVING:
        return
    with scratch.alone(asset_id, name) as is_alone:
        if not is_alone:
            return
        out = scratch.folder(asset_id, name)
        try:
            if _early(unit, out=out, clock=clock, cancel=cancel):
                return
            # Whoever published the film meanwhile found that this was at it.
            unit = _find(asset_id, name)
            if unit is not None and unit.asset.state == Asset.State.ENCODING:
                _attempts(unit, out=out, clock=clock, cancel=cancel)
        finally:
            scratch.clean(out)


def _find(asset_id: str, name: str) -> Unit | None:
    """Return a unit that is to be run."""
    units = Unit.objects.filter(asset__public_id=asset_id, name=name)
    over = [Unit.State.DONE, Unit.State.FAILED, Unit.State.CANCELED]
    return units.exclude(state__in=over).select_related("asset").first()


def _work(unit: Unit, source: Path, **how: Any) -> Work:
    asset = unit.asset
    plan = plan_codec.from_json(asset.plan)
    if how.get("is_early") and ahead.is_growing(asset):
        plan = growing.of_unknown_length(plan)
    return Work(
        unit=unit,
        asset=asset,
        report=report_codec.from_json(asset.report),
        plan=plan,
        source=source,
        **how,
    )


def _begin(unit: Unit, *, at: datetime) -> bool:
    """Note that it runs; False when somebody has canceled it."""
    row = Unit.objects.filter(pk=unit.pk).exclude(state=Unit.State.CANCELED)
    return bool(
        row.update(
            state=Unit.State.RUNNING,
            started_at=at,
            finished_at=None,
            fraction=0,
            speed=0,
            eta_s=None,
            attempts=F("attempts") + 1,
        )
    )


def _early(
    unit: Unit, *, out: Path, clock: Callable[[], datetime], cancel: Event
) -> bool:
    """Run a unit on what is here of its film; False when that was in vain."""
    own = Unit.objects.filter(pk=unit.pk)
    try:
        source = ahead.source_of(unit, out=out)
        _begin(unit, at=clock())
        how = {"out": out, "clock": clock, "cancel": cancel, "is_early": True}
        KINDS[unit.kind](_work(unit, source, **how))
    except Exception as error:
        own.update(state=Unit.State.WAITING)
        if cancel.is_set():
            raise
        own.update(end_byte=0)
        _log.info("%s of a film that arrives: %r", unit.name, error)
        return False
    record.finish_unit(unit, at=clock())
    return True


def _attempts(
    unit: Unit, *, out: Path, clock: Callable[[], datetime], cancel: Event
) -> None:
    source = get_store().local_path(keys.master(unit.asset.public_id))
    work = _work(unit, source, out=out, clock=clock, cancel=cancel)
    for attempt in range(1, ATTEMPTS + 1):
        began = clock()
        if not _begin(unit, at=began):
            return
        try:
            KINDS[unit.kind](work)
            record.finish_unit(unit, at=clock())
        except EngineError as error:
            if cancel.is_set():
                # Unless somebody canceled the film: then it stays canceled.
                Unit.objects.filter(pk=unit.pk, state=Unit.State.RUNNING).update(
                    state=Unit.State.WAITING
                )
                raise
            _keep_failure(unit, error, began=began, ended=clock())
            if isinstance(error, EncoderError) and attempt < ATTEMPTS:
                continue
            fail_unit(unit, error, at=clock())
            return
        except Exception as error:
            if cancel.is_set():
                raise
            code = "disk_full" if is_disk_full(error) else "encoder_failed"
            failed = EncoderError(code, repr(error))
            _keep_failure(unit, failed, began=began, ended=clock())
            # A database that was busy for too long, say, is not the film's fault.
            if attempt < ATTEMPTS and code != "disk_full":
                _log.warning(
                    "%s of %s is tried again",
                    unit.name, unit.asset.public_id, exc_info=True,
                )  # fmt: skip
                continue
            fail_unit(unit, failed, at=clock())
            raise
        return


def _keep_failure(
    unit: Unit, error: EngineError, *, began: datetime, ended: datetime
) -> None:
    """Remember an attempt that failed, for the log; the oldest are forgotten."""
    failure = {
        "began": began.isoformat(timespec="seconds"),
        "took_s": round((ended - began).total_seconds(), 1),
        "code": error.code,
        "detail": error.detail[-DETAIL_KEPT:],
    }
    unit.failures = [*unit.failures, failure][-FAILURES_KEPT:]
    Unit.objects.filter(pk=unit.pk).update(failures=unit.failures)


def fail_unit(unit: Unit, error: EngineError, *, at: datetime) -> None:
    """Write down why a unit failed, and what that means for its film."""
    Unit.objects.filter(pk=unit.pk).update(
        state=Unit.State.FAILED,
        finished_at=at,
        error_code=error.code,
        error_detail=error.detail[:4000],
    )
    if unit.kind in {Unit.Kind.TRIAL, Unit.Kind.FINE}:
        fine_units.give_up(unit.asset, code=error.code, at=at)
        return
    if unit.kind in {Unit.Kind.SCORE, Unit.Kind.FRAME}:
        return
    if unit.kind in {Unit.Kind.POSTER, Unit.Kind.PICTURES}:
        record.add_warnings(unit.asset, [Problem(code="pictures_failed")])
        return
    if unit.kind == Unit.Kind.TEXT:
        record.add_warnings(unit.asset, [Problem(code="texts_failed")])
        return
    if worklist.is_later(unit):
        sound_units.forgo_later(unit, error, at=at)
        return
    if unit.kind == Unit.Kind.AUDIO and isinstance(error, SourceError):
        sound_units.drop(unit, at=at)
        return
    record.fail_asset(unit.asset, code=error.code, detail=error.detail, at=at)
