"""Our engine against the peers' recipes, film by film, in pairs.

``python -m bench.rungs [--pairs N] [--no-mediacms] FILM…`` prints for each film
seconds until playable, seconds until all rungs, CPU seconds, megabytes and memory,
and the ratios of ours to theirs (the median of the pairs). Everything that publishing
does besides encoding (upload, database, store) is left out: ``bench.publish`` has it.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.peers import PEERS, Measured, peertube
from lucarne_engine import process
from lucarne_engine.encode import encode_audio, encode_chunk
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader


@contextmanager
def counting(measured: Measured) -> Iterator[None]:
    """Add what every process costs that the engine starts."""
    plain = process.run

    def run(*args: object, **kwargs: object) -> process.Finished:
        finished = plain(*args, **kwargs)  # type: ignore[arg-type]
        measured.add(finished)
        return finished

    process.run = run
    try:
        yield
    finally:
        process.run = plain


def ours(source: Path, out: Path) -> Measured:
    """Make all rungs and sound in the product's order, one process at a time."""
    out.mkdir(parents=True, exist_ok=True)
    measured = Measured(name="Lucarne")
    with counting(measured):
        with FilmReader(source, out=out) as reader:
            report = reader.probe()
            plan = make_plan(report, Policy())
            reader.remux(report, plan)
        if plan.keeps_original:
            measured.playable()
        _encode(measured, source, report, plan, out)
    measured.rungs = tuple(rung.name for rung in plan.rungs)
    kept = [out / name for name in (*measured.rungs, *(a.name for a in plan.audio))]
    return measured.end([file for folder in kept for file in folder.glob("*.m*")])


def _encode(
    measured: Measured, source: Path, report: SourceReport, plan: Plan, out: Path
) -> None:
    names = tuple(rung.name for rung in plan.rungs)
    sound = [track.name for track in plan.audio if not track.is_copy]
    heard = threading.Event()
    runs = [(0, names)] if plan.keeps_original else [(0, names[:1]), (0, names[1:])]
    runs += [(chunk.number, names) for chunk in plan.chunks[1:]]
    for place, (chunk, rungs) in enumerate(runs):
        if rungs:
            encode_chunk(
                source, report, plan,
                chunk=chunk, rungs=rungs, out=out, on_progress=lambda _: None,
            )  # fmt: skip
        if place == 0:
            for name in sound:
                encode_audio(
                    source, report, plan,
                    name=name, out=out,
                    on_segments=lambda _: heard.set() or measured.playable(),
                    on_progress=lambda _: None,
                )  # fmt: skip
            measured.playable()


def _print(film: str, results: list[Measured]) -> None:
    for one in results:
        print(
            f"{film[:34]:34} {one.name:14} {one.playable_s:7.2f} {one.wall_s:8.2f}"
            f" {one.cpu_s:8.2f} {one.size_bytes / 1e6:8.2f}"
            f" {one.peak_memory_bytes / 1e6:7.0f}  {' '.join(one.rungs)}"
        )


def _ratios(pairs: list[tuple[Measured, Measured]]) -> str:
    parts = []
    for name in ("playable_s", "wall_s", "cpu_s", "size_bytes"):
        values = [getattr(a, name) / (getattr(b, name) or 1) for a, b in pairs]
        parts.append(f"{name.rsplit('_', 1)[0]} {median(values):.2f}")
    return "  ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--no-mediacms", action="store_true")
    options = parser.parse_args()
    title = f"{'film':34} {'recipe':14} {'playable':>7} {'all':>8} {'CPU':>8} {'MB':>8}"
    print(f"{title} {'mem MB':>7}")
    peers = [peertube] if options.no_mediacms else list(PEERS.values())
    for film in map(Path.resolve, options.films):
        pairs: dict[str, list[tuple[Measured, Measured]]] = {}
        for _ in range(options.pairs):
            for peer in peers:
                with tempfile.TemporaryDirectory() as folder:
                    us = ours(film, Path(folder) / "ours")
                    them = peer(film, Path(folder) / "theirs")
                pairs.setdefault(them.name, []).append((us, them))
        for name, found in pairs.items():
            _print(film.name, list(found[-1]))
            print(f"{'':34} ours to {name}: {_ratios(found)}")


if __name__ == "__main__":
    main()
