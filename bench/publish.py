"""A whole publication against the recipes of two other portals, film by film.

    make bench-publish [ARGS="--pairs 3 --no-mediacms FILM…"]

For each film and pair, one after the other with the same FFmpeg: ``lucarne publish
--wait ready`` into a running portal (`lucarne run`, whose workers encode), and the
peers' recipes of ``bench.peers``. Times begin with the film's last byte. What counts
for us is everything: the command's start, the database, the store, poster and
storyboard; for the peers their FFmpeg processes alone.

CPU is that of the portal, of the command and of all processes they start; memory is
the largest single process; bytes are the renditions and sound that stay (the copied
original and the first sound leave the manifests when the film is ready, and the disk a
day later).
Without a folder of real films three are made. Linux only. The last line is one
JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.engine.films import corpus_folder
from tests.live_portal import Portal, environment

from bench.peers import PEERS, Measured
from lucarne_engine import process

FIGURES: Final = ("playable_s", "wall_s", "cpu_s", "size_bytes", "peak_memory_bytes")
MOST_RATIO: Final = 0.6  # of the PeerTube-like wall time
MOST_COPIED_S: Final = 1.0  # until an H.264/AAC film can be watched
MOST_ENCODED_S: Final = 3.0  # until any other film can
MOST_IDLE_BYTES: Final = 200_000_000
IDLE_AFTER_S: Final = 4.0
_SOUND: Final = "-f lavfi -i aevalsrc=sin(2764*t)/4|sin(4146*t)/4:c=stereo:s=48000"
_LIFE: Final = "-f lavfi -i mandelbrot=size={size}:rate=30:end_scale=0.002"
MADE: Final = {
    "made_h264_720p_30s.mp4": f"{_LIFE.format(size='1280x720')} {_SOUND} -t 30"
    " -c:v libx264 -preset veryfast -pix_fmt yuv420p -g 60 -c:a aac -b:a 128k",
    "made_h264_360p_160s.mp4": f"{_LIFE.format(size='640x360')} {_SOUND} -t 160"
    " -c:v libx264 -preset veryfast -pix_fmt yuv420p -g 60 -c:a aac -b:a 128k",
    "made_vp9_1080p_20s.webm": f"{_LIFE.format(size='1920x1080')} {_SOUND} -t 20"
    " -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -b:v 4M -g 120"
    " -pix_fmt yuv420p -c:a libopus -b:a 96k",
}


def main() -> int:
    """Measure, print a table and the ratios, end with one line of JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--no-mediacms", action="store_true")
    options = parser.parse_args()
    peers = [PEERS["peertube"]] if options.no_mediacms else list(PEERS.values())
    with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder:
        chosen = [film.resolve() for film in options.films] or films(Path(folder))
        print(_head(), flush=True)
        rows = [measure(film, peers, options.pairs) for film in chosen]
    summary = summarize(rows)
    print()
    for name, value in summary.items():
        print(f"{name}: {value}")
    print(json.dumps({"films": rows, "summary": summary}))
    return 0


def films(folder: Path) -> list[Path]:
    """Return the everyday kinds of the real films; without them, make some."""
    corpus = corpus_folder()
    if corpus is not None:
        return sorted(corpus.glob("q_*"))
    made = []
    for name, line in MADE.items():
        made.append(folder / name)
        words = [process.ffmpeg_path(), "-v", "error", "-y", *line.split()]
        subprocess.run([*words, str(made[-1])], check=True)
    return made


def measure(
    film: Path, peers: Iterable[Callable[[Path, Path], Measured]], pairs: int
) -> dict[str, Any]:
    """Publish a film and make it by each peer's recipe, ``pairs`` times in turn."""
    found: dict[str, list[Measured]] = {}
    facts: list[dict[str, Any]] = []
    for _ in range(pairs):
        with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder:
            us, fact = ours(film, Path(folder))
        facts.append(fact)
        found.setdefault(us.name, []).append(us)
        for peer in peers:
            with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder:
                them = peer(film, Path(folder) / "out")
            found.setdefault(them.name, []).append(them)
    mine, *others = found.items()
    _show(film, mine[0], mine[1], "")
    ratios = {}
    for name, theirs in others:
        ratios[name] = {
            figure: round(_ratio(mine[1], theirs, figure), 3) for figure in FIGURES
        }
        _show(film, name, theirs, f"wall {ratios[name]['wall_s']:.2f}")
    return {
        "film": film.name,
        "is_copied": any(fact["is_copied"] for fact in facts),
        "idle_memory_bytes": max(fact["idle_memory_bytes"] for fact in facts),
        "figures": {
            name: {figure: _median(runs, figure) for figure in FIGURES}
            for name, runs in found.items()
        },
        "runs": {name: [asdict(run) for run in runs] for name, runs in found.items()},
        "ratios": ratios,
    }


def ours(film: Path, folder: Path) -> tuple[Measured, dict[str, Any]]:
    """Publish a film into a fresh portal that runs, as a person would."""
    portal = Portal(folder / "data")
    portal.init()
    portal.start()
    assert portal.process is not None
    time.sleep(IDLE_AFTER_S)  # whatever a start still does is not the film's
    idle, cpu_before = resident_bytes(portal.process.pid), cpu_s(portal.process.pid)
    command = subprocess.Popen(
        [sys.executable, "-m", "lucarne.cli", "publish", "--json", str(film)],
        env=environment(portal.data, **portal.settings),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert command.stdout is not None
    said = command.stdout.read()
    _, status, used = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode:
        raise SystemExit(f"{film.name} was not published: {said}")
    answer = json.loads(said.splitlines()[-1])
    spent = cpu_s(portal.process.pid) - cpu_before
    portal_peak = end(portal)
    measured = Measured(name="Lucarne")
    measured.playable_s = answer["playable_after_ms"] / 1000
    measured.wall_s = answer["ready_after_ms"] / 1000
    measured.cpu_s = spent + used.ru_utime + used.ru_stime
    measured.peak_memory_bytes = max(portal_peak, used.ru_maxrss * 1024)
    measured.rungs = tuple(one["name"] for one in answer["renditions"])
    store = portal.data / "store" / "films"
    left = {one.parent / one.name.replace("sound-", "aac-") for one in store.rglob("sound-*")}
    left |= set(store.rglob("original"))
    kept = [one for one in store.rglob("*.m*") if one.parent not in left]
    measured.size_bytes = sum(one.stat().st_size for one in kept)
    is_copied = any(store.glob("*/*/original"))
    return measured, {"is_copied": is_copied, "idle_memory_bytes": idle}


def end(portal: Portal) -> int:
    """Stop the portal; return the peak of its largest process, in bytes."""
    assert portal.process is not None
    portal.process.send_signal(signal.SIGINT)
    killer = threading.Timer(30, portal.process.kill)
    killer.start()
    _, status, used = os.wait4(portal.process.pid, 0)
    killer.cancel()
    portal.process.returncode = os.waitstatus_to_exitcode(status)
    return int(used.ru_maxrss * 1024)


def cpu_s(pid: int) -> float:
    """Seconds of CPU of a process and of its children that have ended (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Memory of a process and of all that it has started."""
    total = 0
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            total += int(line.split()[1]) * 1024
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += sum(
            map(resident_bytes, map(int, (task / "children").read_text().split()))
        )
    return total


def summarize(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the figures beside what is wanted."""
    copied = [r["figures"]["Lucarne"]["playable_s"] for r in rows if r["is_copied"]]
    encoded = [
        r["figures"]["Lucarne"]["playable_s"] for r in rows if not r["is_copied"]
    ]
    summary: dict[str, Any] = {
        f"playable, H.264/AAC, worst, s (goal {MOST_COPIED_S})": max(
            copied, default=None
        ),
        f"playable, other films, worst, s (goal {MOST_ENCODED_S})": max(
            encoded, default=None
        ),
        f"idle memory, worst, MB (goal {MOST_IDLE_BYTES / 1e6:.0f})": round(
            max(row["idle_memory_bytes"] for row in rows) / 1e6
        ),
    }
    for peer in rows[0]["ratios"]:
        for figure in FIGURES:
            ratios = [row["ratios"][peer][figure] for row in rows]
            goal = ""
            if figure == "wall_s" and peer.startswith("PeerTube"):
                goal = f" (goal {MOST_RATIO})"
            summary[f"{figure} to {peer}, median of films{goal}"] = round(
                median(ratios), 3
            )
            summary[f"{figure} to {peer}, from … to"] = [min(ratios), max(ratios)]
    return summary


def _ratio(ours_: list[Measured], theirs: list[Measured], figure: str) -> float:
    """Give the median over the pairs."""
    pairs = zip(ours_, theirs, strict=True)
    return median(getattr(a, figure) / (getattr(b, figure) or 1) for a, b in pairs)


def _median(runs: list[Measured], figure: str) -> float:
    return round(median(getattr(run, figure) for run in runs), 3)


def _head() -> str:
    names = f"{'film':36} {'recipe':14} {'playable':>8} {'all':>8} {'CPU':>8}"
    return f"{names} {'MB':>8} {'mem MB':>7}  ours to theirs"


def _show(film: Path, name: str, runs: list[Measured], ratio: str) -> None:
    playable, wall, cpu, size, memory = (_median(runs, figure) for figure in FIGURES)
    print(
        f"{film.name[:36]:36} {name:14} {playable:8.2f} {wall:8.2f} {cpu:8.2f}"
        f" {size / 1e6:8.2f} {memory / 1e6:7.0f}  {ratio or ' '.join(runs[0].rungs)}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
