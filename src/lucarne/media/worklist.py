"""What there is to do on a planned film: its units, their order, their queues."""

from __future__ import annotations

from typing import Final

from lucarne.core import jobs
from lucarne.media import queries
from lucarne.media.models import Asset, Unit
from lucarne_engine.plan.model import Plan
from lucarne_engine.plan.sound import LATER

# Sound of this length is measured and encoded in some seconds; that of a longer film
# is made before its pictures are, wherever it waits.
LONG_MS: Final = 120_000

# The priority of what makes a film watchable: one segment of its smallest rung.
FIRST: Final = 10

Row = dict[str, object]  # the fields of a Unit, without its asset


def rows(plan: Plan) -> list[Row]:
    """Return the units of a plan."""
    found = _picture_rows(plan) if plan.rungs else []
    found.extend(
        {
            "kind": Unit.Kind.AUDIO,
            "name": f"audio-{audio.name}",
            "rungs": [audio.name],
            "frames": plan.frame_count,
            "priority": 20,
        }
        for audio in plan.audio
        if not (audio.is_copy and plan.keeps_original)
    )
    found.extend(
        {
            "kind": Unit.Kind.AUDIO,
            "name": f"audio-{audio.name}",
            "rungs": [audio.name],
            "frames": plan.frame_count,
            "priority": 60,
        }
        for audio in plan.later_audio
    )
    return found


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


def enqueue(asset: Asset, *, again: bool = False) -> None:
    """Hand every unit that still must run to the jobs. Twice is harmless."""
    for unit in queries.waiting_units(asset).order_by("priority", "chunk"):
        jobs.enqueue(
            _job_of(unit, asset),
            key=f"{asset.public_id}:{unit.name}",
            priority=unit.priority + (unit.chunk or 0),
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


def _job_of(unit: Unit, asset: Asset) -> str:
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
