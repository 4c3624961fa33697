"""How far the work on a film is, in words and figures that a person can use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext, gettext_noop

from lucarne.media import again, description, line, queries, sentences
from lucarne.media.models import Asset, Fine, Unit
from lucarne_engine.package.index import TrackIndex
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.model import Plan, Rung


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step that a person can follow.

    ``state``: waiting, running, done, failed or canceled.
    """

    name: str
    label: str
    state: str
    fraction: float
    speed: float = 0.0
    eta_s: float | None = None
    after_ms: int | None = None  # from the last byte of the film to its end
    may_retry: bool = False  # alone (see again.KINDS), and it may help


@dataclass(frozen=True, kw_only=True)
class RenditionView:
    """One rung: what it will be, how far it is, what it became.

    ``state`` as in Stage. ``error_code`` and what it means are of its last failure.
    """

    name: str
    codec: str
    width: int
    height: int
    bitrate_kbps: int
    size_bytes: int
    state: str
    fraction: float
    speed: float = 0.0
    eta_s: float | None = None
    is_fine: bool = False  # of the fine pass
    error_code: str = ""
    error_sentence: str = ""
    may_retry: bool = False  # alone, and it may help


@dataclass(frozen=True, kw_only=True)
class SoundView:
    """How loud a sound track is in the film, and what was done about it."""

    channels: int
    language: str  # its name in the active language, "" when it is not known
    title: str
    lufs: float
    peak_dbtp: float
    gain_db: float


@dataclass(frozen=True, kw_only=True)
class AssetProgress:
    asset_id: str
    source_name: str
    state: str
    error_code: str
    error_sentence: str
    error_detail: str
    warnings: tuple[str, ...]
    has_poster: bool
    is_playable: bool
    is_ready: bool
    is_failed: bool
    may_retry: bool  # failed, and another try may help
    is_finished: bool
    is_improving: bool  # ready, and a fine pass is at work
    is_measuring: bool  # ready, and its curves alone are at work
    fraction: float
    eta_s: float | None
    duration_ms: int
    playable_after_ms: int | None
    ready_after_ms: int | None
    stages: tuple[Stage, ...]
    renditions: tuple[RenditionView, ...]
    sounds: tuple[SoundView, ...]  # those that were measured
    films_before: int | None  # in the line for the encoder; None: it stands in none
    urgency: int  # see worklist.Urgency


_LEFT: Final = frozenset({Unit.State.WAITING, Unit.State.RUNNING})
MEASURING: Final = frozenset({Unit.Kind.TRIAL, Unit.Kind.SCORE})
FINE: Final = MEASURING | {Unit.Kind.FINE}
LABELS = {
    "sample": gettext_noop("Making the sample film"),
    "look": gettext_noop("Looking into the file"),
    "trial": gettext_noop("Trying sizes and qualities"),
    "measure": gettext_noop("Measuring what was made"),
    "received": gettext_noop("Film received"),
    "first": gettext_noop("First pictures to watch"),
    "video": gettext_noop("Picture"),
    "audio": gettext_noop("Sound"),
    "pictures": gettext_noop("Poster and preview"),
    "texts": gettext_noop("Captions in the file"),
    "ladder": gettext_noop("Measuring the ladder"),
    "fine": gettext_noop("Smaller files"),
}
# By stage, the units that it is made of.
KINDS: Final = {
    "video": frozenset({Unit.Kind.VIDEO}),
    **{name: frozenset(kinds) for name, kinds in again.KINDS.items()},
    "ladder": MEASURING,
    "fine": frozenset({Unit.Kind.FINE}),
}


def label(stage: str) -> str:
    """Name a stage in the active language."""
    return gettext(LABELS[stage])


def _look_stage(asset: Asset) -> Stage:
    if asset.plan_id:
        state, fraction = "done", 1.0
    elif asset.state == Asset.State.FAILED:
        state, fraction = "failed", 0.0
    elif asset.state == Asset.State.PREPARING:
        state, fraction = "running", 0.0
    else:
        state, fraction = "waiting", 0.0
    return Stage(
        name="look",
        label=label("look" if asset.size_bytes else "sample"),
        state=state,
        fraction=fraction,
    )


def _received_stage() -> Stage:
    """A film is here whole before there is anything to show of it."""
    return Stage(name="received", label=label("received"), state="done", fraction=1.0)


def _first_stage(asset: Asset) -> Stage:
    """What a viewer waits for: the moment from which the film plays."""
    if asset.playable_at is not None:
        state = "done"
    elif asset.state == Asset.State.FAILED:
        state = "failed" if asset.error_code != "cancelled" else "canceled"
    else:
        state = "running" if asset.plan_id else "waiting"
    return Stage(
        name="first",
        label=label("first"),
        state=state,
        fraction=1.0 if state == "done" else 0.0,
        after_ms=_since(asset, asset.playable_at),
    )


def _state_of(units: Sequence[Unit]) -> str:
    states = {unit.state for unit in units}
    if states <= {Unit.State.DONE}:
        return "done"
    if Unit.State.FAILED in states:
        return "failed"
    if Unit.State.CANCELED in states and not states & _LEFT:
        return "canceled"
    if states & {Unit.State.RUNNING, Unit.State.DONE}:
        return "running"
    return "waiting" if Unit.State.WAITING in states else "canceled"


def _done_frames(units: Sequence[Unit]) -> tuple[float, float]:
    total = done = 0.0
    for unit in units:
        weight = max(unit.frames, 1) * max(len(unit.rungs), 1)
        total += weight
        done += weight * (1.0 if unit.state == Unit.State.DONE else unit.fraction)
    return done, total


def _pace(units: Sequence[Unit], frame_rate: Fraction) -> tuple[float, float | None]:
    """Return how fast these are made, and how long it will take at that speed."""
    running = [unit for unit in units if unit.state == Unit.State.RUNNING]
    speed = sum(unit.speed for unit in running)
    left = sum(u.frames * (1 - u.fraction) for u in units if u.state in _LEFT)
    # A chunk that has just begun has no speed yet: those before it had one.
    assumed = speed or (_past_speed(units, frame_rate) if running else 0.0)
    if assumed > 0 and frame_rate > 0:
        return speed, left / float(frame_rate) / assumed
    return speed, None


def _past_speed(units: Sequence[Unit], frame_rate: Fraction) -> float:
    """Film seconds per second, of the units that are done."""
    frames = seconds = 0.0
    for unit in units:
        if unit.state == Unit.State.DONE and unit.started_at and unit.finished_at:
            frames += unit.frames
            seconds += (unit.finished_at - unit.started_at).total_seconds()
    return frames / float(frame_rate) / seconds if seconds > 0 and frame_rate else 0.0


def _may_retry(units: Sequence[Unit]) -> bool:
    """Whether another try may help one of those that are over."""
    if _state_of(units) not in {"failed", "canceled"}:
        return False
    over = [unit for unit in units if unit.state in again.OVER]
    return any(again.may_help(unit.error_code) for unit in over)


def _stage(name: str, units: Sequence[Unit], frame_rate: Fraction) -> Stage:
    done, total = _done_frames(units)
    speed, eta_s = _pace(units, frame_rate)
    return Stage(
        name=name,
        label=label(name),
        state=_state_of(units),
        fraction=done / total if total else 0.0,
        speed=speed,
        eta_s=eta_s,
        may_retry=name in again.KINDS and _may_retry(units),
    )


def bitrate_of(track: TrackIndex) -> tuple[int, int]:
    """Mean kbit/s, and bytes with the init segment, of what is there of a track.

    Of a track with an outline the bytes are what its mean bit rate makes of its length:
    a few more than there are, without a look at each segment.
    """
    if track.outline is not None:
        stretches = track.outline.timeline
        length = sum(one.duration * (one.repeats + 1) for one in stretches)
        bits = track.outline.average * length / track.timescale
        return round(track.outline.average / 1000), track.init_bytes + round(bits / 8)
    size = track.init_bytes + sum(s.size_bytes for s in track.segments)
    ticks = sum(s.duration for s in track.segments)
    if not ticks:
        return 0, size
    return round(size * 8 * track.timescale / ticks / 1000), size


def _shown(asset: Asset, plan: Plan) -> tuple[Rung, ...]:
    """The rungs that viewers get, or will: the first pass, or what took its place."""
    fine = Fine.objects.filter(asset=asset, state=Fine.State.DONE).first()
    if fine is None:
        return plan.rungs
    rungs = plan_codec.from_json(fine.plan).rungs
    stays = not any(rung.codec == "h264" for rung in rungs)
    return (*plan.rungs, *rungs) if stays else rungs


def _rendition(
    asset: Asset, plan: Plan, rung: Rung, track: TrackIndex | None, mine: list[Unit]
) -> RenditionView:
    done = sum(
        u.frames * (1.0 if u.state == Unit.State.DONE else u.fraction) for u in mine
    )
    bitrate, size = bitrate_of(track) if track else (0, 0)
    speed, eta_s = _pace(mine, plan.frame_rate)
    code = next((u.error_code for u in mine if u.state == Unit.State.FAILED), "")
    is_fine = any(unit.kind in FINE for unit in mine)
    return RenditionView(
        name=rung.name,
        codec=track.codec if track else rung.codec,
        width=rung.width,
        height=rung.height,
        bitrate_kbps=bitrate,
        size_bytes=size,
        state=_state_of(mine),
        fraction=done / max(sum(u.frames for u in mine), 1),
        speed=speed,
        eta_s=eta_s,
        is_fine=is_fine,
        error_code=code,
        error_sentence=sentences.refusal(code, name=asset.source_name) if code else "",
        may_retry=not is_fine and _may_retry(mine),
    )


def _renditions(
    asset: Asset, plan: Plan, tracks: dict[str, TrackIndex], units: Sequence[Unit]
) -> tuple[RenditionView, ...]:
    return tuple(
        _rendition(
            asset, plan, rung, tracks.get(rung.name),
            [unit for unit in units if rung.name in unit.rungs],
        )
        for rung in _shown(asset, plan)
    )  # fmt: skip


def _has_no_pass(asset: Asset) -> bool:
    return Fine.objects.filter(asset=asset, state=Fine.State.CURVES).exists()


def _sounds(plan: Plan, units: Sequence[Unit]) -> tuple[SoundView, ...]:
    facts = {unit.rungs[0]: unit.facts for unit in units if unit.rungs and unit.facts}
    return tuple(
        SoundView(
            channels=audio.channels,
            language=description.language(audio.language) if audio.language else "",
            title=audio.title,
            **facts[audio.name],
        )
        for audio in plan.later_audio
        if audio.name in facts
    )


def _since(asset: Asset, moment: datetime | None) -> int | None:
    if moment is None:
        return None
    # Before it: the film was tried again when it played already.
    after = round((moment - asset.received_at).total_seconds() * 1000)
    return after if after >= 0 else None


def _may_wait(asset: Asset, units: Sequence[Unit]) -> bool:
    """Whether it is worth a query to ask who is before this film."""
    states = {unit.state for unit in units if unit.kind == Unit.Kind.VIDEO}
    is_left = Unit.State.WAITING in states and Unit.State.RUNNING not in states
    return asset.state == Asset.State.ENCODING and is_left


def progress(asset_id: str) -> AssetProgress:
    """How far this film is.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    units = list(asset.units.all())
    plan = plan_codec.from_json(asset.plan) if asset.plan else None
    stages = [_look_stage(asset), _first_stage(asset)]
    if not asset.sample_language:
        stages.insert(0, _received_stage())
    rate = plan.frame_rate if plan else Fraction(0)
    for name, kinds in KINDS.items():
        mine = [unit for unit in units if unit.kind in kinds]
        if mine:
            stages.append(_stage(name, mine, rate))
    needed = [unit for unit in units if unit.kind not in {*FINE, Unit.Kind.FRAME}]
    etas = [
        stage.eta_s
        for stage in stages
        if stage.eta_s is not None and stage.name not in {"ladder", "fine"}
    ]
    indexes = queries.track_outlines(asset_id, asset.plan_id) if plan else ()
    tracks = {track.name: track for track in indexes}
    done, total = _done_frames(needed)
    is_failed = asset.state == Asset.State.FAILED
    is_left = any(unit.kind in FINE and unit.state in _LEFT for unit in units)
    is_measuring = is_left and _has_no_pass(asset)
    return AssetProgress(
        asset_id=asset.public_id,
        source_name=asset.source_name,
        state=asset.state,
        error_code=asset.error_code,
        error_sentence=queries.sentence_of(asset),
        error_detail=asset.error_detail,
        warnings=tuple(filter(None, map(sentences.warning, asset.warnings))),
        has_poster=asset.has_poster,
        is_playable=asset.playable_at is not None,
        is_ready=asset.ready_at is not None,
        is_failed=is_failed,
        may_retry=is_failed and again.may_help(asset.error_code),
        is_finished=asset.ready_at is not None or is_failed,
        is_improving=is_left and not is_measuring,
        is_measuring=is_measuring,
        fraction=done / total if total else 0.0,
        eta_s=max(etas) if etas else None,
        duration_ms=asset.duration_ms,
        playable_after_ms=_since(asset, asset.playable_at),
        ready_after_ms=_since(asset, asset.ready_at),
        stages=tuple(stages),
        renditions=_renditions(asset, plan, tracks, units) if plan else (),
        sounds=_sounds(plan, units) if plan else (),
        films_before=line.films_before(asset_id) if _may_wait(asset, units) else None,
        urgency=asset.urgency,
    )
