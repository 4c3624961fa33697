"""The pieces of work of one film, and how each is done."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lucarne_engine import encode, pictures
from lucarne_engine.encode.progress import OnProgress
from lucarne_engine.errors import Cancelled, EncoderError, EngineError, SourceError
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan.fine import by_codec
from lucarne_engine.plan.model import Plan
from lucarne_engine.reader import FilmReader
from lucarne_engine.whole.order import Order

VIDEO: Final = "video"
AUDIO: Final = "audio"
PICTURES: Final = "pictures"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What is made in one go, or made again."""

    name: str  # its folder while it is made
    stage: str  # "video", "audio", "pictures"
    frames: int  # of the film
    chunk: int = 0
    tracks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What lies in a unit's folder when it is done."""

    tracks: tuple[EncodedTrack, ...] = ()
    files: tuple[Path, ...] = ()
    problems: tuple[str, ...] = ()


def list_units(plan: Plan, ladder: Plan) -> tuple[Unit, ...]:
    """List all units: sound and pictures of ``plan``, rungs of ``ladder``.

    The rungs of a chunk share one decode, those of another codec have one of their
    own: that many encoders at once would want too much memory.
    """
    beside = (one for one in plan.later_audio if not one.replaces)
    sound = [
        Unit(name=one.name, stage=AUDIO, frames=plan.frame_count, tracks=(one.name,))
        for one in (*plan.audio, *beside)
    ]
    picture = [
        Unit(
            name=f"{codec}-{chunk.number:05}",
            stage=VIDEO,
            frames=chunk.frame_count,
            chunk=chunk.number,
            tracks=tuple(names),
        )
        for chunk in ladder.chunks
        for codec, names in by_codec(ladder).items()
    ]
    stills = [Unit(name=PICTURES, stage=PICTURES, frames=plan.frame_count)]
    return (*sound, *picture, *(stills if plan.pictures else ()))


def make_unit(
    unit: Unit,
    order: Order,
    ladder: Plan,
    *,
    out: Path,
    on_progress: OnProgress,
    cancel: threading.Event,
) -> Outcome:
    """Make a unit in the folder ``out``.

    Sound that cannot be decoded is left out and pictures that cannot be made are done
    without, each with a problem that says so. Raises SourceError, EncoderError.
    """
    if unit.stage == AUDIO:
        return _audio(unit, order, out, on_progress, cancel)
    if unit.stage == PICTURES:
        return _pictures(order, out, on_progress, cancel)
    made = encode.encode_chunk(
        order.source, order.report, ladder,
        chunk=unit.chunk, rungs=unit.tracks, out=out,
        on_progress=on_progress, cancel=cancel,
    )  # fmt: skip
    return Outcome(
        tracks=made.tracks, problems=tuple(problem.code for problem in made.problems)
    )


def _audio(
    unit: Unit,
    order: Order,
    out: Path,
    on_progress: OnProgress,
    cancel: threading.Event,
) -> Outcome:
    """Make a track at the right loudness; as it is where that is right already."""
    (name,) = unit.tracks
    for later in order.plan.later_audio:
        if name in {later.name, later.replaces}:
            try:
                made = encode.encode_levelled(
                    order.source, order.report, order.plan,
                    name=later.name, out=out, on_progress=on_progress, cancel=cancel,
                )  # fmt: skip
            except SourceError:
                return Outcome(problems=("no_audio_decodable",))
            if made.track is not None:
                return Outcome(tracks=(made.track,))
    return _plain_audio(name, order, out, on_progress, cancel)


def _plain_audio(
    name: str,
    order: Order,
    out: Path,
    on_progress: OnProgress,
    cancel: threading.Event,
) -> Outcome:
    audio = next(track for track in order.plan.audio if track.name == name)
    plan = replace(order.plan, audio=(audio,), keeps_original=False)
    if audio.is_copy:
        try:
            with FilmReader(order.source, out=out, cancel=cancel) as reader:
                return Outcome(tracks=reader.remux(order.report, plan))
        except Cancelled:
            raise
        except EncoderError:  # it cannot be copied after all
            plan = replace(plan, audio=(replace(audio, is_copy=False),))
    try:
        track = encode.encode_audio(
            order.source, order.report, plan,
            name=name, out=out, on_segments=lambda _: None,
            on_progress=on_progress, cancel=cancel,
        )  # fmt: skip
    except SourceError:
        return Outcome(problems=("no_audio_decodable",))
    return Outcome(tracks=(track,))


def _pictures(
    order: Order, out: Path, on_progress: OnProgress, cancel: threading.Event
) -> Outcome:
    try:
        made = pictures.make_pictures(
            order.source, order.report, order.plan,
            out=out, on_progress=on_progress, cancel=cancel,
        )  # fmt: skip
    except EngineError as error:
        if isinstance(error, SourceError) or error.code == "encoder_failed":
            return Outcome(problems=("pictures_failed",))
        raise
    return Outcome(files=made.all_files)
