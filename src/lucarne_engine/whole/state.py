"""What is finished in a folder: ``lucarne.json``, always replaced in one piece.

A unit stands in it only after all its files were moved to their places, so whatever
ends a process, a file that is half-written is never taken for finished.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from lucarne_engine.package.index import Segment
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.model import Plan

NAME: Final = "lucarne.json"
DRAFT: Final = ".lucarne.json.part"
FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True)
class Run:
    """Consecutive segments of one track."""

    name: str
    codec: str  # RFC 6381
    timescale: int
    init_bytes: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of one unit."""

    runs: tuple[Run, ...] = ()
    files: tuple[tuple[str, int], ...] = ()  # other files: path and bytes
    problems: tuple[str, ...] = ()  # codes of what is odd


@dataclass(frozen=True, kw_only=True)
class State:
    """How far the work in a folder is."""

    film: str  # whole.order.identity
    plan_id: str  # its folder holds everything
    codecs: tuple[str, ...]  # that a fine ladder was wanted of
    is_tried: bool = False  # the trial for it is over
    fine: Plan | None = None  # what the trial found
    units: Mapping[str, Made] = field(default_factory=dict)

    def having(self, unit: str, made: Made) -> State:
        """Return the state with one more unit finished."""
        return replace(self, units={**self.units, unit: made})


def load(folder: Path) -> State | None:
    """Read what is noted in a folder; None when nothing is.

    Raises ValueError when the file there is not one of these.
    """
    try:
        text = (folder / NAME).read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        return _from_plain(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{NAME}: {error!r}") from error


def save(folder: Path, state: State) -> None:
    """Note the state; after this the machine may lose its power."""
    draft = folder / DRAFT
    with draft.open("w", encoding="utf-8") as file:
        json.dump(_to_plain(state), file, sort_keys=True, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / NAME)


def _to_plain(state: State) -> dict[str, Any]:
    return {
        "lucarne": FORMAT,
        "film": state.film,
        "plan": state.plan_id,
        "codecs": list(state.codecs),
        "is_tried": state.is_tried,
        "fine": None if state.fine is None else plan_codec.to_json(state.fine),
        "units": {name: asdict(made) for name, made in state.units.items()},
    }


def _from_plain(data: Mapping[str, Any]) -> State:
    if data["lucarne"] != FORMAT:
        raise ValueError(f"{NAME}: of another version")
    fine = data["fine"]
    return State(
        film=data["film"],
        plan_id=data["plan"],
        codecs=tuple(data["codecs"]),
        is_tried=data["is_tried"],
        fine=None if fine is None else plan_codec.from_json(fine),
        units={name: _made(made) for name, made in data["units"].items()},
    )


def _made(data: Mapping[str, Any]) -> Made:
    return Made(
        runs=tuple(_run(run) for run in data["runs"]),
        files=tuple((str(path), int(size)) for path, size in data["files"]),
        problems=tuple(data["problems"]),
    )


def _run(data: Mapping[str, Any]) -> Run:
    return Run(
        name=data["name"],
        codec=data["codec"],
        timescale=data["timescale"],
        init_bytes=data["init_bytes"],
        segments=tuple(Segment(*row) for row in data["segments"]),
    )
