"""Running one unit of a plan: the platform around a call of the engine."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    texts,
    worklist,
)
from lucarne.media.models import Asset, Unit
from lucarne_engine import encode, pictures
from lucarne_engine.encode.progress import Progress
from lucarne_engine.errors import EncoderError, EngineError, SourceError
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.report import Problem, SourceReport
from lucarne_engine.process import Limits
from lucarne_engine.reader import FilmReader

ATTEMPTS: Final = 2
# A viewer waits for the first segment of picture and of sound. On a small machine they
# would else have a quarter of it, beside poster, other rungs and the next chunks.
FIRST: Final = Limits(nice=0)
FIRST_SOUND: Final = Limits(nice=2)  # goes on to the film's end
REST: Final = Limits(nice=10)
# Nobody waits for a film that is not here.
EARLY: Final = Limits(nice=19)
FAILURES_KEPT: Final = 5
DETAIL_KEPT: Final = 1500  # characters of one of them
TELL_EVERY_S: Final = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Work:
    """What every kind of unit needs."""

    unit: Unit
    asset: Asset
    report: SourceReport
    plan: Plan
    source: Path
    out: Path
    clock: Callable[[], datetime]
    cancel: Event
    is_early: bool = False  # not all of the film is here


class _Teller:
    """Writes progress down, twice a second at most."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._told_at = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told_at < TELL_EVERY_S:
            return
        self._told_at = now
        Unit.objects.filter(pk=self._unit.pk, state=Unit.State.RUNNING).update(
            fraction=progress.fraction, speed=progress.speed, eta_s=progress.eta_s
        )


def _video(work: Work) -> None:
    result = encode.encode_chunk(
        work.source,
        work.report,
        work.plan,
        chunk=work.unit.chunk,
        rungs=tuple(work.unit.rungs),
        out=work.out,
        on_progress=_Teller(work.unit),
        cancel=work.cancel,
        limits=_picture_limits(work),
        # Of a film without an index FFmpeg finds the chunk as it does when all is here.
        is_partial=work.is_early and not ahead.is_growing(work.asset),
    )
    is_kept = _keep(work, result.tracks)
    record.count_cpu(work.unit, result.cpu_s)
    if is_kept:
        record.add_warnings(work.asset, result.problems)


def _picture_limits(work: Work) -> Limits:
    if work.is_early:
        return EARLY
    return FIRST if work.unit.priority == worklist.FIRST else REST


def _audio(work: Work) -> None:
    def keep(track: EncodedTrack) -> None:
        record.keep_tracks(
            work.asset, [track], report=work.report, plan=work.plan, at=work.clock()
        )

    name = work.unit.rungs[0]
    if worklist.is_later(work.unit):
        _later_audio(work, name)
        return
    plan = _plan_of_sound(work.plan, name)
    if plan.audio[0].is_copy:
        try:
            with FilmReader(work.source, out=work.out, cancel=work.cancel) as reader:
                for track in reader.remux(work.report, plan):
                    keep(track)
        except EncoderError:
            if work.cancel.is_set():
                raise
            plan = replace(plan, audio=(replace(plan.audio[0], is_copy=False),))
        else:
            return
    encode.encode_audio(
        work.source,
        work.report,
        plan,
        name=name,
        out=work.out,
        on_segments=keep,
        on_progress=_Teller(work.unit),
        cancel=work.cancel,
        limits=FIRST_SOUND,
    )


def _opening(work: Work) -> None:
    """Make the first segments of a sound; the unit of all of it goes on from there."""
    name, segments = work.unit.rungs[0], work.unit.facts["segments"]
    plan = _plan_of_sound(work.plan, name)
    made: list[EncodedTrack] = []
    if plan.audio[0].is_copy:
        with FilmReader(work.source, out=work.out, cancel=work.cancel) as reader:
            made += reader.remux(work.report, plan, segments=segments)
    else:
        encode.encode_audio(
            work.source, work.report, work.plan,
            name=name, out=work.out, on_segments=made.append,
            on_progress=_Teller(work.unit), cancel=work.cancel, limits=EARLY,
            segments=segments,
        )  # fmt: skip
    _keep(work, made)


def _copy(work: Work) -> None:
    """Show the film as it came, until all that is made of it is there."""
    try:
        with FilmReader(work.source, out=work.out, cancel=work.cancel) as reader:
            tracks = reader.remux(work.report, work.plan)
    except EncoderError:
        if work.cancel.is_set():
            raise
        # Its picture is made anew in any case; so its sounds are, one by one.
        rows = worklist.sound_rows(work.plan)
        units = (Unit(asset=work.asset, **fields) for fields in rows)
        Unit.objects.bulk_create(units, ignore_conflicts=True)
        worklist.enqueue(work.asset)
    else:
        _keep(work, tracks)


def _keep(work: Work, tracks: Sequence[EncodedTrack]) -> bool:
    """Keep what was made; False when nobody wants it any more."""
    is_growing = work.is_early and ahead.is_growing(work.asset)
    with growing.still_arriving(work.asset) if is_growing else contextlib.nullcontext():
        return record.keep_tracks(
            work.asset, tracks, report=work.report, plan=work.plan, at=work.clock()
        )


def _later_audio(work: Work, name: str) -> None:
    made = encode.encode_levelled(
        work.source, work.report, work.plan,
        name=name, out=work.out, on_progress=_Teller(work.unit),
        cancel=work.cancel, limits=REST,
    )  # fmt: skip
    if made.track is not None:
        record.keep_tracks(
            work.asset, [made.track],
            report=work.report, plan=work.plan, at=work.clock(),
        )  # fmt: skip
    record.note_loudness(work.unit, made)


def _plan_of_sound(plan: Plan, name: str) -> Plan:
    """Return the plan with this one sound track and no picture to copy."""
    audio = tuple(audio for audio in plan.audio if audio.name == name)
    return replace(plan, audio=audio, keeps_original=False)


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
        on_progress=_Teller(work.unit),
        proposals=new_posters.PROPOSALS,
        cancel=work.cancel,
        # It decodes as much as an encode does, and nobody waits for it.
        limits=Limits(nice=19),
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
    Unit.Kind.AUDIO: _audio,
    Unit.Kind.OPENING: _opening,
    Unit.Kind.COPY: _copy,
    Unit.Kind.POSTER: _poster,
    Unit.Kind.PICTURES: _pictures,
    Unit.Kind.TEXT: _text,
    Unit.Kind.FRAME: _frame,
    Unit.Kind.TRIAL: lambda work: fine_units.trial(work, _Teller(work.unit)),
    Unit.Kind.FINE: lambda work: fine_units.chunk(work, _Teller(work.unit)),
    Unit.Kind.SCORE: lambda work: fine_units.score(work, _Teller(work.unit)),
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
            fail_unit(unit, failed, at=clock())
            raise
        record.finish_unit(unit, at=clock())
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
        forgo_later_audio(unit, error, at=at)
        return
    if unit.kind == Unit.Kind.AUDIO and isinstance(error, SourceError):
        drop_audio(unit, at=at)
        return
    record.fail_asset(unit.asset, code=error.code, detail=error.detail, at=at)


def forgo_later_audio(unit: Unit, error: EngineError, *, at: datetime) -> None:
    """Leave a film with the sound that it began with."""
    Unit.objects.filter(pk=unit.pk).update(state=Unit.State.DONE)
    if isinstance(error, EncoderError):  # the film's own fault is told by drop_audio
        record.add_warnings(unit.asset, [Problem(code="sound_not_levelled")])
    record.finish_asset(unit.asset, at=at)


def drop_audio(unit: Unit, *, at: datetime) -> None:
    """Publish a film without a sound track that cannot be decoded."""
    Unit.objects.filter(pk=unit.pk).update(state=Unit.State.DONE)
    record.add_warnings(unit.asset, [Problem(code="no_audio_decodable")])
    plan = plan_codec.from_json(unit.asset.plan)
    heard = tuple(audio for audio in plan.audio if audio.name not in unit.rungs)
    plan = replace(plan, audio=heard)
    Asset.objects.filter(pk=unit.asset.pk).update(plan=plan_codec.to_json(plan))
    record.note_playable(unit.asset, plan=plan, at=at)
    record.finish_asset(unit.asset, at=at)
