"""How long a portal takes to answer after ``make run``, and what it takes when idle.

    make bench-start [ARGS="--rounds 5 --json"]

``make run`` is started again and again over the same data folder: seconds from the
command to the first page, the median (the first start, which may install, is not
counted), and the CPU that went into it. The last one then answers some requests and
is left alone: added up are the resident memory of every process below ``make``, and
their CPU while nobody asks for anything. Exit status 1 when a goal is missed. The
last line is one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

MOST_START_S: Final = 3.0
MOST_IDLE_MB: Final = 200.0
ROUNDS: Final = 5
SETTLE_S: Final = 5.0  # the jobs start after the first page
IDLE_S: Final = 10.0
ASKED: Final = 50
HERE: Final = Path(__file__).resolve().parents[1]


def main() -> int:
    """Start, ask, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="print only the last line")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder:
        data = Path(folder) / "data"
        set_up(data)
        starts, cpus = [], []
        for number in range(args.rounds + 1):
            begun = time.monotonic()
            with running(data) as (process, url):
                wait_for(url, process)
                starts.append(time.monotonic() - begun)
                cpus.append(cpu_s(process.pid))
                facts = idle(process.pid, url) if number == args.rounds else {}
    rows = [
        row(
            "first answer of make run", statistics.median(starts[1:]), MOST_START_S, "s"
        ),
        row("idle memory", facts["resident_mb"], MOST_IDLE_MB, "MB"),
    ]
    facts["start_cpu_s"] = round(statistics.median(cpus[1:]), 2)
    if not args.json:
        show(rows, facts)
    print(
        json.dumps(
            {"starts_s": [round(one, 3) for one in starts], "rows": rows, **facts}
        )
    )
    return 0 if all(one["is_met"] for one in rows) else 1


def environment(data: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LUCARNE_")}
    return {**kept, "LUCARNE_DATA": str(data)}


def set_up(data: Path) -> None:
    """Make a portal as its owner leaves it after the first visit."""
    subprocess.run(
        [
            sys.executable, "-m", "lucarne.cli", "init", "--name", "Bench",
            "--language", "en", "--owner", "anne@example.org", "--channel", "Nature",
            "--password-stdin",
        ],
        input="a long enough pass phrase\n", text=True, check=True,
        env=environment(data), stdout=subprocess.DEVNULL,
    )  # fmt: skip


@contextlib.contextmanager
def running(data: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run ``make run`` and stop it as Ctrl-C does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["make", "--no-print-directory", "run", f"PORT={port}", f"DATA={data}"],
        cwd=HERE, env=environment(data), stdout=subprocess.DEVNULL,
        process_group=0,
    )  # fmt: skip
    try:
        yield process, f"http://127.0.0.1:{port}/"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return at the first page."""
    while process.poll() is None:
        try:
            ask(url)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
        else:
            return
    sys.exit("make run ended before it answered.")


def ask(url: str) -> None:
    with urllib.request.urlopen(url, timeout=10) as answer:
        answer.read()


def idle(pid: int, url: str) -> dict[str, Any]:
    """Return what the processes below this one take when there is nothing to do."""
    for number in range(ASKED):
        ask(f"{url}?n={number}")
    time.sleep(SETTLE_S)
    before = cpu_s(pid)
    time.sleep(IDLE_S)
    processes = below(pid)
    return {
        "resident_mb": round(
            sum(kilobytes for _, kilobytes in processes) * 1024 / 1e6, 1
        ),
        "processes": len(processes),
        "idle_cpu_ms_per_s": round((cpu_s(pid) - before) / IDLE_S * 1000, 1),
    }


def below(pid: int) -> list[tuple[int, int]]:
    """Return (process, resident kilobytes) of the descendants of a process."""
    lines = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    children: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for own, parent, resident in (map(int, line.split()) for line in lines):
        children[parent].append((own, resident))
    found = list(children[pid])
    for own, _ in found:
        found += children[own]
    return found


def cpu_s(pid: int) -> float:
    """Return the seconds of CPU that these processes have had; 0 without /proc."""
    ticks = 0
    for own, _ in below(pid):
        stat = Path(f"/proc/{own}/stat")
        if stat.exists():
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # user and system (proc(5))
    return ticks / os.sysconf("SC_CLK_TCK")


def row(name: str, value: float, most: float, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "goal": most,
        "unit": unit,
        "ratio": round(value / most, 3),
        "is_met": value <= most,
    }


def show(rows: list[dict[str, Any]], facts: dict[str, Any]) -> None:
    """Print the table."""
    for one in rows:
        mark = "" if one["is_met"] else "  too much"
        print(
            f"{one['name']:<26}{one['value']:>9.2f} {one['unit']:<3}"
            f"goal {one['goal']:g}{one['ratio']:>8.2f}x{mark}"
        )
    print(
        f"{facts['start_cpu_s']} s of CPU to start (what a quiet machine needs at "
        f"least), {facts['idle_cpu_ms_per_s']} ms a second while idle"
    )


if __name__ == "__main__":
    sys.exit(main())
