"""Damaged films through the engine, as publishing does it: nothing may break.

    make fuzz-media [ARGS="--count 5000 --seed 1 --from 0 --films DIR"]

Each mutant of ``bench.mutate`` is probed, planned, copied where the plan copies;
one in ten is encoded too (first chunk, smallest rung, first sound track). It may be
published, or refused with a known code (a test of the product holds that each has a
sentence). A failure is anything else:
another exception, more time than the limits give, a process left over, a file
outside the scratch folder or that is no plain file in it.

A sandboxed process that broke down on a mutant (a signal, an exception of ours) is
contained, and counted apart: worth mending, no danger. Both kinds of mutants are
kept in the folder that is named at the end. Ctrl-C ends with the summary; ``--from``
goes on: mutant N of a seed is always the same. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.engine import films as made_films

from bench.mutate import Mutant, mutant
from lucarne_engine import process, python_worker
from lucarne_engine.encode import encode_audio, encode_chunk, encode_levelled
from lucarne_engine.errors import (
    ENCODER_CODES,
    SOURCE_CODES,
    EncoderError,
    EngineError,
    SourceError,
)
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader

_LARGEST: Final = 700_000  # bytes of a film that is mutated
_ENCODE_EVERY: Final = 10
_WALL_S: Final = 60  # of each step
_LATE_S: Final = 10  # a limit is noticed and the group ended within this
_PROBE: Final = ProbeLimits(wall_s=_WALL_S, max_decoded_frames=20_000)
_LIMITS: Final = process.Limits(wall_s=_WALL_S, cpu_s=_WALL_S, stall_s=30)
_POLICY: Final = Policy(chunk_ms=4000)
_PR_SET_CHILD_SUBREAPER: Final = 36


class Failure(Exception):
    """What must not happen."""


@dataclass
class Summary:
    seed: int
    begun: int
    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    contained: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def as_json(self) -> str:
        return json.dumps({
            "seed": self.seed,
            "from": self.begun,
            "done": self.done,
            "slowest_s": round(self.slowest_s, 2),
            "outcomes": dict(self.outcomes.most_common()),
            "contained": self.contained,
            "failures": self.failures,
        })  # fmt: skip


@dataclass
class _Way:
    """One mutant's way through the engine."""

    source: Path
    out: Path
    encodes: bool
    contained: list[str] = field(default_factory=list)

    def go(self) -> str:
        try:
            report, plan = self._read()
            if self.encodes:
                self._encode(report, plan)
        except EngineError as error:
            self._note(error)
            if error.code not in SOURCE_CODES | ENCODER_CODES:
                raise Failure(f"not a known code: {error.code}") from error
            return f"refused: {error.code}"
        way = "copied" if plan.keeps_original else "planned"
        return f"{way}, encoded" if self.encodes else way

    def _read(self) -> tuple[SourceReport, Plan]:
        with FilmReader(self.source, out=self.out, limits=_PROBE) as reader:
            report = reader.probe()
            plan = make_plan(report, _POLICY)
            try:
                reader.remux(report, plan)
            except EncoderError as error:  # publishing encodes such a film instead
                self._note(error)
                plan = make_plan(report, _POLICY, may_copy_picture=False)
        return report, plan

    def _encode(self, report: SourceReport, plan: Plan) -> None:
        def ignore(_: object) -> None: ...

        steps: list[Callable[[], object]] = []
        if plan.rungs:
            steps.append(lambda: encode_chunk(
                self.source, report, plan, chunk=0, rungs=(plan.rungs[0].name,),
                out=self.out, on_progress=ignore, limits=_LIMITS,
            ))  # fmt: skip
        if plan.audio:
            steps.append(lambda: encode_audio(
                self.source, report, plan, name=plan.audio[0].name, out=self.out,
                on_segments=ignore, on_progress=ignore, limits=_LIMITS,
            ))  # fmt: skip
            steps.append(lambda: encode_levelled(
                self.source, report, plan, name=plan.later_audio[-1].name,
                out=self.out, on_progress=ignore, limits=_LIMITS,
            ))  # fmt: skip
        for step in steps:
            step()

    def _note(self, error: EngineError) -> None:
        """Remember a sandboxed process that broke down, whatever became of it."""
        cause = error.__cause__ if isinstance(error, SourceError) else error
        text = error.detail
        broke = isinstance(cause, python_worker.Crashed) or "status -" in text
        if broke or "Traceback" in text:
            last = text.strip().splitlines()[-1] if text.strip() else ""
            self.contained.append(f"{error.code}: {last[-200:]}")


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Our own side may hang too: planning is not in the sandbox."""

    def ring(*_: object) -> None:
        raise Failure(f"it took more than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _children() -> list[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def _check_traces(home: Path, before: set[int]) -> None:
    if left := set(_children()) - before:
        raise Failure(f"processes are left over: {left}")
    if {path.name for path in home.iterdir()} != {"film", "out"}:
        raise Failure(f"files outside the folder: {list(home.iterdir())}")
    for path in (home / "out").rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Failure(f"{path} is no plain file")


def _one(case: Mutant, *, encodes: bool, summary: Summary) -> list[str]:
    """Send one mutant through; what broke down in the sandbox, or Failure."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        way = _Way(home / "film", home / "out", encodes)
        way.source.write_bytes(case.data)
        way.out.mkdir()
        before, began = set(_children()), time.monotonic()
        try:
            with _at_most(_WALL_S * (4 if encodes else 2) + _LATE_S):
                outcome = way.go()
        except Exception as error:
            if isinstance(error, Failure):
                raise
            raise Failure(traceback.format_exc(limit=-3)) from error
        summary.slowest_s = max(summary.slowest_s, time.monotonic() - began)
        _check_traces(home, before)
        if way.source.read_bytes() != case.data:
            raise Failure("the film was written to")
        summary.outcomes[outcome] += 1
        return way.contained


def fuzz(
    films: list[Path], *, seed: int, count: int, begin: int = 0, keep: Path
) -> Summary:
    """Send mutants ``begin`` … ``begin + count - 1`` through the engine."""
    summary = Summary(seed, begin)
    try:
        for n in range(begin, begin + count):
            case = mutant(films, seed=seed, n=n)
            label = f"{seed}-{n} {case.film} {'+'.join(case.mutations)}"
            try:
                broken = _one(case, encodes=n % _ENCODE_EVERY == 0, summary=summary)
                summary.contained += [f"{label}: {words}" for words in broken]
            except Failure as failure:
                broken = [str(failure)]
                summary.outcomes["FAILED"] += 1
                summary.failures.append(f"{label}: {failure}")
            if broken:
                name = f"{seed}-{n}{Path(case.film).suffix}"
                (keep / name).write_bytes(case.data)
                print(f"\r{label}: {broken[0]}", file=sys.stderr)
            summary.done += 1
            if sys.stderr.isatty():
                print(f"\r{summary.done} of {count}", end="", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\rstopped; go on with --from {begin + summary.done}", file=sys.stderr)
    return summary


def choose_films(folder: Path | None, *, largest: int = _LARGEST) -> list[Path]:
    """Small real films, or those that the tests make."""
    folder = folder or made_films.corpus_folder()
    if folder is None:
        films = [made_films.film(name) for name in made_films.GOOD]
    else:
        films = [path for path in sorted(folder.iterdir()) if path.suffix != ".md"]
    return [path for path in films if 0 < path.stat().st_size <= largest]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="begin", type=int, default=0)
    parser.add_argument("--films", type=Path)
    parser.add_argument("--largest", type=int, default=_LARGEST, help="bytes of a film")
    options = parser.parse_args()
    films = choose_films(options.films, largest=options.largest)
    if not films:
        parser.error("there is no film of that size")
    # Whoever leaves its group comes back to us as a child, and is noticed.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    keep = Path(tempfile.mkdtemp(prefix="lucarne-mutants-"))
    summary = fuzz(
        films, seed=options.seed, count=options.count, begin=options.begin, keep=keep
    )
    for outcome, count in summary.outcomes.most_common():
        print(f"{count:7} {outcome}")
    print(f"{len(summary.contained):7} contained: a sandboxed process broke down")
    if any(keep.iterdir()):
        print(f"kept in {keep}")
    else:
        keep.rmdir()
    print(summary.as_json())
    sys.exit(bool(summary.failures))


if __name__ == "__main__":
    main()
