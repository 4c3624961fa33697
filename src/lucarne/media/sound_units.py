"""A film as it came, and its sound, as units: copy, encode, open early, do without."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lucarne.media import record, unit_work, worklist
from lucarne.media.models import Asset, Unit
from lucarne.media.unit_work import EARLY, FIRST_SOUND, REST, Teller, Work
from lucarne_engine import encode
from lucarne_engine.errors import EncoderError, EngineError
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import Problem
from lucarne_engine.reader import FilmReader


def audio(work: Work) -> None:
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
        on_progress=Teller(work.unit),
        cancel=work.cancel,
        limits=FIRST_SOUND,
    )


def opening(work: Work) -> None:
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
            on_progress=Teller(work.unit), cancel=work.cancel, limits=EARLY,
            segments=segments,
        )  # fmt: skip
    unit_work.keep(work, made)


def copy(work: Work) -> None:
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
        unit_work.keep(work, tracks)


def _later_audio(work: Work, name: str) -> None:
    made = encode.encode_levelled(
        work.source, work.report, work.plan,
        name=name, out=work.out, on_progress=Teller(work.unit),
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


def forgo_later(unit: Unit, error: EngineError, *, at: datetime) -> None:
    """Leave a film with the sound that it began with."""
    Unit.objects.filter(pk=unit.pk).update(state=Unit.State.DONE)
    if isinstance(error, EncoderError):  # the film's own fault is told by drop
        record.add_warnings(unit.asset, [Problem(code="sound_not_levelled")])
    record.finish_asset(unit.asset, at=at)


def drop(unit: Unit, *, at: datetime) -> None:
    """Publish a film without a sound track that cannot be decoded."""
    Unit.objects.filter(pk=unit.pk).update(state=Unit.State.DONE)
    record.add_warnings(unit.asset, [Problem(code="no_audio_decodable")])
    plan = plan_codec.from_json(unit.asset.plan)
    heard = tuple(audio for audio in plan.audio if audio.name not in unit.rungs)
    plan = replace(plan, audio=heard)
    Asset.objects.filter(pk=unit.asset.pk).update(plan=plan_codec.to_json(plan))
    record.note_playable(unit.asset, plan=plan, at=at)
    record.finish_asset(unit.asset, at=at)
