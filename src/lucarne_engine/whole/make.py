"""``encode_film``: everything of one film into one folder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from lucarne_engine.encode.progress import Progress
from lucarne_engine.errors import Cancelled, EncoderError
from lucarne_engine.plan.model import Plan
from lucarne_engine.whole import folder as folders, state as states
from lucarne_engine.whole.ladder import find_ladder
from lucarne_engine.whole.manifests import film_index, write_manifests
from lucarne_engine.whole.order import Order
from lucarne_engine.whole.result import Result
from lucarne_engine.whole.state import Made, State
from lucarne_engine.whole.units import Outcome, Unit, list_units, make_unit

NO_FINE_LADDER: Final = "no_fine_ladder"
ATTEMPTS: Final = 2
# What may be an accident; a full disk stays full.
_ACCIDENTS: Final = frozenset({"encoder_failed", "stalled"})


class Watcher(Protocol):
    """Who is told how it goes, from any thread."""

    def trying(self, share: float) -> None:
        """So much of the trial for a fine ladder is done, 0 to 1."""

    def planned(self, ladder: Plan, units: Sequence[Unit]) -> None:
        """These units make the film."""

    def moving(self, unit: Unit, progress: Progress) -> None:
        """A unit is being made."""

    def finished(self, unit: Unit, made: Made) -> None:
        """A unit is finished; now, or before this process began."""


def encode_film(
    order: Order,
    folder: Path,
    *,
    watch: Watcher,
    is_new: bool = False,
    at_once: int = 1,
) -> Result:
    """Make the film in ``folder``, from where an earlier call with this order ended.

    ``is_new`` begins anew; ``at_once`` units are made side by side. Raises FolderError
    before anything is changed, SourceError, EncoderError and OSError: what is finished
    until then stays for the next call, also after KeyboardInterrupt or a kill.
    """
    cancel = threading.Event()
    with folders.held(folder):
        state = folders.take_up(folder, order, is_new=is_new)
        try:
            state = _with_ladder(state, order, folder, watch, cancel)
            ladder = state.fine or order.plan
            units = list_units(order.plan, ladder)
            watch.planned(ladder, units)
            book = _Book(folder, state)
            work = _Work(order, ladder, book, watch, cancel)
            _make_all(work, units, at_once)
            return _finish(order, ladder, folder, book.state, units)
        finally:
            folders.clear_work(folder)


def _with_ladder(
    state: State, order: Order, folder: Path, watch: Watcher, cancel: threading.Event
) -> State:
    """Find the fine ladder if one is wanted; a trial that is over is not repeated."""
    if not order.codecs:
        return state
    if not state.is_tried:
        watch.trying(0.0)
        fine = find_ladder(
            order,
            out=folders.work_folder(folder, "trial"),
            on_share=watch.trying,
            cancel=cancel,
        )
        state = replace(state, is_tried=True, fine=fine)
        states.save(folder, state)
    watch.trying(1.0)
    return state


class _Book:
    """Notes what is finished, one unit after the other."""

    def __init__(self, folder: Path, state: State) -> None:
        self.folder = folder
        self.state = state
        self._lock = threading.Lock()

    def keep(self, unit: Unit, outcome: Outcome, out: Path) -> Made:
        """Move a unit's files to their places, then note it."""
        place = self.folder / self.state.plan_id
        with self._lock:
            known = {r.name for made in self.state.units.values() for r in made.runs}
            made = Made(
                runs=tuple(
                    folders.move_track(track, place, is_known=track.name in known)
                    for track in outcome.tracks
                ),
                files=folders.move_files(outcome.files, out, place),
                problems=outcome.problems,
            )
            state = self.state.having(unit.name, made)
            states.save(self.folder, state)
            self.state = state
        return made


class _Work:
    """What the making of any unit needs."""

    def __init__(
        self,
        order: Order,
        ladder: Plan,
        book: _Book,
        watch: Watcher,
        cancel: threading.Event,
    ) -> None:
        self.order = order
        self.ladder = ladder
        self.book = book
        self.watch = watch
        self.cancel = cancel

    def make(self, unit: Unit) -> None:
        """Make a unit, twice if the first time was an accident."""
        for attempt in range(1, ATTEMPTS + 1):
            out = folders.work_folder(self.book.folder, unit.name)
            try:
                outcome = make_unit(
                    unit,
                    self.order,
                    self.ladder,
                    out=out,
                    on_progress=lambda progress: self.watch.moving(unit, progress),
                    cancel=self.cancel,
                )
                made = self.book.keep(unit, outcome, out)
            except EncoderError as error:
                if error.code in _ACCIDENTS and attempt < ATTEMPTS:
                    continue
                raise
            self.watch.finished(unit, made)
            return


def _make_all(work: _Work, units: Sequence[Unit], at_once: int) -> None:
    """Make the units that are not finished; what fails stops the others."""
    waiting = []
    for unit in units:
        made = work.book.state.units.get(unit.name)
        if made is None:
            waiting.append(unit)
        else:
            work.watch.finished(unit, made)
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(work.make, unit) for unit in waiting]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:  # all are done, one has failed, or somebody is tired of waiting
            if not all(_is_well(future) for future in futures):
                work.cancel.set()
                pool.shutdown(cancel_futures=True)
    errors = [e for f in futures if not f.cancelled() and (e := f.exception())]
    # The others were only told to stop.
    errors.sort(key=lambda error: isinstance(error, Cancelled))
    if errors:
        raise errors[0]


def _is_well(future: Future[None]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _finish(
    order: Order, ladder: Plan, folder: Path, state: State, units: Sequence[Unit]
) -> Result:
    made = [state.units[unit.name] for unit in units]
    film = film_index(order.plan, ladder, made)
    write_manifests(folder, film)
    problems = [problem.code for problem in order.report.problems]
    problems += [code for one in made for code in one.problems]
    if order.codecs and state.fine is None:
        problems.append(NO_FINE_LADDER)
    return Result(
        folder=folder,
        plan=order.plan,
        ladder=ladder,
        film=film,
        files=tuple(name for one in made for name, _ in one.files),
        problems=tuple(dict.fromkeys(problems)),
    )
