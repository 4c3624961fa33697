"""How far the work on a film is, in words and figures that a person can use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext, gettext_noop

from lucarne.media import description, queries, sentences
from lucarne.media.models import Asset, Fine, Unit
from lucarne_engine.package.index import TrackIndex
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.model import Plan, Rung


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step that a person can follow; ``state``: waiting, running, done, failed."""

    name: str
    label: str
    state: str
    fraction: float
    speed: float
    eta_s: float | None


@dataclass(frozen=True, kw_only=True)
class RenditionView:
    """One rung: what it will be, how far it is, what it became."""

    name: str
    codec: str
    width: int
    height: int
    bitrate_kbps: int
    size_bytes: int
    state: str  # waiting, running, done, failed
    fraction: float


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
    is_playable: bool
    is_ready: bool
    is_failed: bool
    is_finished: bool
    is_improving: bool  # ready, and a fine pass is at work
    fraction: float
    eta_s: float | None
    duration_ms: int
    playable_after_ms: int | None
    ready_after_ms: int | None
    stages: tuple[Stage, ...]
    renditions: tuple[RenditionView, ...]
    sounds: tuple[SoundView, ...]  # those that were measured


FINE: Final = frozenset({Unit.Kind.TRIAL, Unit.Kind.FINE, Unit.Kind.SCORE})
LABELS = {
    "sample": gettext_noop("Making the sample film"),
    "look": gettext_noop("Looking into the file"),
    "trial": gettext_noop("Trying sizes and qualities"),
    "video": gettext_noop("Picture"),
    "audio": gettext_noop("Sound"),
    "pictures": gettext_noop("Poster and preview"),
    "fine": gettext_noop("Smaller files"),
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
        speed=0.0,
        eta_s=None,
    )


def _state_of(units: Sequence[Unit]) -> str:
    states = {unit.state for unit in units}
    if states <= {Unit.State.DONE}:
        return "done"
    if Unit.State.FAILED in states:
        return "failed"
    if states & {Unit.State.RUNNING, Unit.State.DONE}:
        return "running"
    return "waiting"


def _done_frames(units: Sequence[Unit]) -> tuple[float, float]:
    total = done = 0.0
    for unit in units:
        weight = max(unit.frames, 1) * max(len(unit.rungs), 1)
        total += weight
        done += weight * (1.0 if unit.state == Unit.State.DONE else unit.fraction)
    return done, total


def _stage(name: str, units: Sequence[Unit], frame_rate: Fraction) -> Stage:
    done, total = _done_frames(units)
    speeds = [u.speed for u in units if u.state == Unit.State.RUNNING and u.speed > 0]
    speed = sum(speeds)
    eta: float | None = None
    left = sum(
        u.frames * (1 - u.fraction) for u in units if u.state in {"waiting", "running"}
    )
    if speed > 0 and frame_rate > 0:
        eta = left / float(frame_rate) / speed
    return Stage(
        name=name,
        label=label(name),
        state=_state_of(units),
        fraction=done / total if total else 0.0,
        speed=speed,
        eta_s=eta,
    )


def bitrate_of(track: TrackIndex) -> tuple[int, int]:
    """Mean kbit/s, and bytes with the init segment, of what is there of a track."""
    size = track.init_bytes + sum(s.size_bytes for s in track.segments)
    ticks = sum(s.duration for s in track.segments)
    if not ticks:
        return 0, size
    return round(size * 8 * track.timescale / ticks / 1000), size


def _shown(asset: Asset, plan: Plan) -> tuple[Rung, ...]:
    """The rungs that viewers get: the first pass, or what took its place."""
    fine = Fine.objects.filter(asset=asset, state=Fine.State.DONE).first()
    if fine is None:
        return plan.rungs
    rungs = plan_codec.from_json(fine.plan).rungs
    stays = not any(rung.codec == "h264" for rung in rungs)
    return (*plan.rungs, *rungs) if stays else rungs


def _renditions(
    rungs: Sequence[Rung], tracks: dict[str, TrackIndex], units: Sequence[Unit]
) -> tuple[RenditionView, ...]:
    views = []
    for rung in rungs:
        mine = [u for u in units if rung.name in u.rungs]
        done = sum(
            u.frames * (1.0 if u.state == Unit.State.DONE else u.fraction) for u in mine
        )
        track = tracks.get(rung.name)
        bitrate, size = bitrate_of(track) if track else (0, 0)
        views.append(
            RenditionView(
                name=rung.name,
                codec=track.codec if track else rung.codec,
                width=rung.width,
                height=rung.height,
                bitrate_kbps=bitrate,
                size_bytes=size,
                state=_state_of(mine),
                fraction=done / max(sum(u.frames for u in mine), 1),
            )
        )
    return tuple(views)


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
    return round((moment - asset.received_at).total_seconds() * 1000)


def progress(asset_id: str) -> AssetProgress:
    """How far this film is.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    units = list(asset.units.all())
    plan = plan_codec.from_json(asset.plan) if asset.plan else None
    stages = [_look_stage(asset)]
    rate = plan.frame_rate if plan else Fraction(0)
    for name, kinds in (
        ("video", {Unit.Kind.VIDEO}),
        ("audio", {Unit.Kind.AUDIO}),
        ("pictures", {Unit.Kind.POSTER, Unit.Kind.PICTURES}),
        ("fine", FINE),
    ):
        mine = [unit for unit in units if unit.kind in kinds]
        if mine:
            stages.append(_stage(name, mine, rate))
    needed = [unit for unit in units if unit.kind not in {*FINE, Unit.Kind.FRAME}]
    etas = [
        stage.eta_s
        for stage in stages
        if stage.eta_s is not None and stage.name != "fine"
    ]
    indexes = queries.track_indexes(asset_id, asset.plan_id) if plan else ()
    tracks = {track.name: track for track in indexes}
    done, total = _done_frames(needed)
    is_failed = asset.state == Asset.State.FAILED
    return AssetProgress(
        asset_id=asset.public_id,
        source_name=asset.source_name,
        state=asset.state,
        error_code=asset.error_code,
        error_sentence=queries.sentence_of(asset),
        error_detail=asset.error_detail,
        warnings=tuple(filter(None, map(sentences.warning, asset.warnings))),
        is_playable=asset.playable_at is not None,
        is_ready=asset.ready_at is not None,
        is_failed=is_failed,
        is_finished=asset.ready_at is not None or is_failed,
        is_improving=any(
            unit.kind in FINE and unit.state in {"waiting", "running"} for unit in units
        ),
        fraction=done / total if total else 0.0,
        eta_s=max(etas) if etas else None,
        duration_ms=asset.duration_ms,
        playable_after_ms=_since(asset, asset.playable_at),
        ready_after_ms=_since(asset, asset.ready_at),
        stages=tuple(stages),
        renditions=_renditions(_shown(asset, plan), tracks, units) if plan else (),
        sounds=_sounds(plan, units) if plan else (),
    )
