"""How far ``lucarne encode`` is: bars on a terminal, else a line per finished stage."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Final

from lucarne.cli.meter import Meter, clock

if TYPE_CHECKING:
    from lucarne.media.progress import RenditionView, Stage
    from lucarne_engine.encode.progress import Progress
    from lucarne_engine.plan.model import Plan
    from lucarne_engine.whole import Made, Unit

SHOW_EVERY_S: Final = 0.2


@dataclass
class _Part:
    """A unit, as far as it is known."""

    frames: int
    fraction: float = 0.0
    speed: float = 0.0

    @property
    def done(self) -> float:
        return self.frames * self.fraction


@dataclass
class _Tally:
    """A stage: its units, and since when it runs."""

    name: str
    parts: dict[str, _Part] = field(default_factory=dict)
    began: float = 0.0
    is_over: bool = False

    @property
    def fraction(self) -> float:
        total = sum(part.frames for part in self.parts.values())
        return sum(part.done for part in self.parts.values()) / max(total, 1)


@dataclass(frozen=True)
class _Now:
    """What the meter shows."""

    stages: tuple[Stage, ...]
    renditions: tuple[RenditionView, ...]


class Follower:
    """Told by the engine what happens, from any thread; shows it to a person."""

    def __init__(self, name: str, *, is_quiet: bool) -> None:
        from lucarne.media.progress import LABELS, label

        self._name = name
        # Now: the language is that of this thread, not of those that encode.
        self._labels = {stage: label(stage) for stage in LABELS}
        self._meter = Meter(is_quiet=is_quiet)
        self._has_lines = not is_quiet and not self._meter.is_shown
        self._lock = threading.RLock()
        self._shown_at = 0.0
        self._rate = Fraction(0)
        self._stages = {"look": _Tally("look", {"look": _Part(1)}, time.monotonic())}
        self._ladder: Plan | None = None
        self._units: dict[str, Unit] = {}
        self._sizes: dict[str, list[tuple[int, Fraction]]] = {}

    def __enter__(self) -> Follower:
        self._meter.__enter__()
        if self._meter.is_shown:
            self._meter.title(self._name)
        self._show(is_due=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._show(is_due=True)
        self._meter.__exit__(kind, error, trace)

    def _looked(self) -> None:
        """The look into the file is over, and the folder is ours."""
        if not self._stages["look"].is_over:
            self._move("look", "look", fraction=1.0)

    def trying(self, share: float) -> None:
        """So much of the trial for a fine ladder is done, 0 to 1."""
        self._looked()
        self._at("trial", share)

    def measuring(self, share: float) -> None:
        """So much of what was made is measured, 0 to 1."""
        self._at("measure", share)

    def _at(self, stage: str, share: float) -> None:
        """So much is done of a stage without units."""
        with self._lock:
            if stage not in self._stages:
                self._stages[stage] = _Tally(stage, {"": _Part(1)}, time.monotonic())
        self._move(stage, "", fraction=share)

    def planned(self, ladder: Plan, units: Sequence[Unit]) -> None:
        """These units make the film."""
        self._looked()
        with self._lock:
            self._ladder, self._rate = ladder, ladder.frame_rate
            for name in ("video", "audio", "pictures"):
                for unit in units:
                    if unit.stage == name:
                        tally = self._stages.setdefault(name, _Tally(name))
                        tally.parts[unit.name] = _Part(unit.frames)
                        self._units[unit.name] = unit

    def moving(self, unit: Unit, progress: Progress) -> None:
        """A unit is being made."""
        # Finished is what is in its place: then ``finished`` is called.
        fraction = min(progress.fraction, 0.999)
        self._move(unit.stage, unit.name, fraction=fraction, speed=progress.speed)

    def finished(self, unit: Unit, made: Made) -> None:
        """A unit is finished; now, or before this process began."""
        with self._lock:
            for run in made.runs:
                ticks = sum(segment.duration for segment in run.segments)
                size = sum(segment.size_bytes for segment in run.segments)
                sizes = self._sizes.setdefault(run.name, [])
                sizes.append((size, Fraction(ticks, run.timescale)))
        self._move(unit.stage, unit.name, fraction=1.0)

    def _move(
        self, stage: str, part: str, *, fraction: float, speed: float = 0.0
    ) -> None:
        with self._lock:
            tally = self._stages[stage]
            tally.began = tally.began or time.monotonic()
            tally.parts[part].fraction, tally.parts[part].speed = fraction, speed
            is_over = all(one.fraction == 1.0 for one in tally.parts.values())
            if is_over and not tally.is_over:
                self._say(tally)
            tally.is_over = is_over
            self._show(is_due=is_over)

    def _say(self, tally: _Tally) -> None:
        if self._has_lines:
            took = clock(time.monotonic() - tally.began)
            print(f"{self._labels[tally.name]}  {took}", file=sys.stderr, flush=True)

    def _show(self, *, is_due: bool) -> None:
        with self._lock:
            now = time.monotonic()
            if not self._meter.is_shown:
                return
            if is_due or now - self._shown_at > SHOW_EVERY_S:
                self._shown_at = now
                self._meter.show(_Now(self._stage_views(), self._rendition_views()))

    def _stage_views(self) -> tuple[Stage, ...]:
        from lucarne.media.progress import Stage

        views = []
        for tally in self._stages.values():
            speed = sum(part.speed for part in tally.parts.values())
            left = sum(part.frames - part.done for part in tally.parts.values())
            is_timed = speed > 0 and self._rate > 0
            views.append(
                Stage(
                    name=tally.name,
                    label=self._labels[tally.name],
                    state="done" if tally.is_over else "running",
                    fraction=tally.fraction,
                    speed=speed,
                    eta_s=left / float(self._rate) / speed if is_timed else None,
                )
            )
        return tuple(views)

    def _rendition_views(self) -> tuple[RenditionView, ...]:
        from lucarne.media.progress import RenditionView

        views = []
        for rung in self._ladder.rungs if self._ladder else ():
            units = [u for u in self._units.values() if rung.name in u.tracks]
            parts = [self._stages["video"].parts[unit.name] for unit in units]
            frames = sum(part.frames for part in parts)
            done = sum(part.done for part in parts)
            size = sum(size for size, _ in self._sizes.get(rung.name, ()))
            seconds = sum(length for _, length in self._sizes.get(rung.name, ()))
            views.append(
                RenditionView(
                    name=rung.name,
                    codec=rung.codec,
                    width=rung.width,
                    height=rung.height,
                    bitrate_kbps=round(size * 8 / seconds / 1000) if seconds else 0,
                    size_bytes=size,
                    state="done" if done == frames else "running",
                    fraction=done / max(frames, 1),
                )
            )
        return tuple(views)
