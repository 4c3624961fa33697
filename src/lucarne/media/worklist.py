"""What there is to do on a planned film: its units, their order, their queues."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from lucarne.core import jobs
from lucarne.media import queries
from lucarne.media.models import Asset, Unit
from lucarne_engine.plan.model import AudioPlan, Plan
from lucarne_engine.plan.sound import LATER

# Sound of this length is measured and encoded in some seconds; that of a longer film
# is made before its pictures are, wherever it waits.
LONG_MS: Final = 120_000

# The priority of what makes a film watchable: one segment of its smallest rung.
FIRST: Final = 10

# More than any priority of a unit with its chunk.
_FAR_BEHIND: Final = 1_000_000
# The fine pass has a line of its own: see fine.
_FINE: Final = (Unit.Kind.TRIAL, Unit.Kind.FINE, Unit.Kind.SCORE)


class Urgency(IntEnum):
    """A film's jobs against those of other films."""

    SOONER = -1
    NORMAL = 0
    LATER = 1


Row = dict[str, object]  # the fields of a Unit, without its asset


def rows(plan: Plan, *, copies_later: bool = False) -> list[Row]:
    """Return the units of a plan.

    ``copies_later``: also the one that copies what is otherwise copied before.
    """
    found = _picture_rows(plan) if plan.rungs else []
    if plan.keeps_original:
        if copies_later:
            found.append({"kind": Unit.Kind.COPY, "name": "copy", "priority": 20})
    else:
        found.extend(sound_rows(plan))
    found.extend(_sound_row(plan, audio, 60) for audio in plan.later_audio)
    return found


def sound_rows(plan: Plan) -> list[Row]:
    """Return the units of the sounds that a film begins with."""
    return [_sound_row(plan, audio, 20) for audio in plan.audio]


def _sound_row(plan: Plan, audio: AudioPlan, priority: int) -> Row:
    return {
        "kind": Unit.Kind.AUDIO,
        "name": f"audio-{audio.name}",
        "rungs": [audio.name],
        "frames": plan.frame_count,
        "priority": priority,
    }


def text_row() -> Row:
    """Return the unit of a film that holds captions; nothing waits for it."""
    return {"kind": Unit.Kind.TEXT, "name": "texts", "priority": 35}


def _picture_rows(plan: Plan) -> list[Row]:
    """The smallest rung's first segment comes first where a viewer waits for it."""
    rungs = [rung.name for rung in plan.rungs]
    found: list[Row] = []

    def video(name: str, chunk: int, names: list[str], priority: int) -> None:
        found.append(
            {
                "kind": Unit.Kind.VIDEO,
                "name": name,
                "chunk": chunk,
                "rungs": names,
                "frames": plan.chunks[chunk].frame_count,
                "priority": priority,
            }
        )

    for chunk in plan.chunks:
        if plan.keeps_original or chunk.number:
            video(f"video-{chunk.number:05}", chunk.number, rungs, 100)
        elif len(rungs) > 1:
            video("video-00000-first", 0, rungs[:1], FIRST)
            video("video-00000-rest", 0, rungs[1:], 30)
        else:
            video("video-00000", 0, rungs, FIRST)
    found.append({"kind": Unit.Kind.POSTER, "name": "poster", "priority": 15})
    found.append({"kind": Unit.Kind.PICTURES, "name": "pictures", "priority": 40})
    return found


def is_later(unit: Unit) -> bool:
    """Say whether this is sound that a film plays without, until it is ready."""
    return unit.kind == Unit.Kind.AUDIO and unit.rungs[0].startswith(LATER)


def place(priority: int, urgency: int) -> int:
    """Return where a job stands in its queue: lower is sooner, never below 1.

    Of a film that was raised, everything stands before what others have, and the steps
    between its own jobs get coarse; jobs of one place run in the order they came in.
    """
    if urgency == Urgency.SOONER:
        return 1 + priority // 100
    return priority + (_FAR_BEHIND if urgency == Urgency.LATER else 0)


def job_of(unit: Unit, asset: Asset) -> tuple[str, str]:
    """Return kind and key of the job that runs this unit."""
    kind = "media.fine" if unit.kind in _FINE else _kind_of(unit, asset)
    return kind, f"{asset.public_id}:{unit.name}"


def enqueue(asset: Asset, *, again: bool = False) -> None:
    """Hand every unit that still must run to the jobs. Twice is harmless."""
    # As it is now; a film that was deleted meanwhile has no units either.
    moved = Asset.objects.filter(pk=asset.pk).values_list("urgency", flat=True)
    urgency = moved.first() or Urgency.NORMAL
    waiting = queries.waiting_units(asset).exclude(kind__in=_FINE)
    for unit in waiting.order_by("priority", "chunk"):
        kind, key = job_of(unit, asset)
        jobs.enqueue(
            kind,
            key=key,
            priority=place(unit.priority + (unit.chunk or 0), urgency),
            # Before it there is nothing to watch: it waits for no other film's chunk.
            queue=jobs.Queue.FIRST if unit.priority == FIRST else None,
            again=again,
            asset_id=asset.public_id,
            name=unit.name,
        )


def cancel(asset_id: str) -> None:
    """Take all of a film's work out of the jobs, running or not."""
    for kind in (
        "media.encode", "media.aside", "media.level", "media.prepare", "media.fine",
        "media.digest_film", "media.ahead", "media.frame",
    ):  # fmt: skip
        jobs.cancel_prefix(kind, asset_id)


def _kind_of(unit: Unit, asset: Asset) -> str:
    """Choose the queue: where a viewer waits, the storyboard comes after her picture.

    It decodes the film as an encode does, and would take half of the machine. Sound
    that comes later takes minutes of a long film: no other film's sound waits for it.
    """
    if unit.kind == Unit.Kind.FRAME:
        return "media.frame"
    if is_later(unit) and asset.duration_ms > LONG_MS:
        return "media.level"
    waits_in_line = unit.kind == Unit.Kind.PICTURES and not asset.has_original
    if unit.kind == Unit.Kind.VIDEO or waits_in_line:
        return "media.encode"
    return "media.aside"
