"""Uploads through loopback: our parts against nginx writing the same body.

    make bench-upload [ARGS="--mb 1000 --rounds 3"]

In pairs: one body is sent to /uploads/ of a portal (announced, then in parts of
16 MiB over one connection, as the studio does it), and put whole into a folder by
nginx (its DAV module, the baseline). Megabytes a second, the median; how much the
portal's memory grew at most while it took the body (VmHWM); goals: half of nginx's
speed, 20 MB. Then films at 20 Mbit/s: how long after their last byte they can be watched
(``bench.overlap``). Exit status 1 when a goal is missed. The last line is one JSON
object.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from tests.api.conftest import new_token
from tests.live_portal import Portal, free_port

from bench import overlap

LEAST_RATIO: Final = 0.5
MOST_GROWTH_MB: Final = 20.0
PART_BYTES: Final = 16 * 1024 * 1024
ROUNDS: Final = 3
NGINX: Final = shutil.which("nginx", path="/usr/sbin:/usr/bin:/opt/homebrew/bin")


def main() -> int:
    """Send, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, nargs="*", default=overlap.SECONDS)
    parser.add_argument("--codecs", nargs="*", default=list(overlap.CODECS))
    args = parser.parse_args()
    if NGINX is None:
        parser.error("nginx is not on this machine, and it is what we compare with.")
    block = Random(1).randbytes(PART_BYTES)
    size = args.mb * 1_000_000
    ours: list[float] = []
    theirs: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder,
        portal(Path(folder)) as (one, token),
        nginx(Path(folder)) as port,
    ):
        send(one.port, token, block, PART_BYTES)  # what is loaded once
        before = memory_mb(one, "VmRSS")
        for _ in range(args.rounds):
            ours.append(size / 1e6 / send(one.port, token, block, size))
            theirs.append(size / 1e6 / put(port, block, size))
        growth = memory_mb(one, "VmHWM") - before
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"{args.mb} MB, {args.rounds} rounds")
    print(f"  ours             {statistics.median(ours):8.0f} MB/s")
    print(f"  nginx (baseline) {statistics.median(theirs):8.0f} MB/s")
    print(f"  ratio            {ratio:8.2f}   (goal {LEAST_RATIO})")
    print(f"  memory grew by   {growth:8.1f} MB   (goal {MOST_GROWTH_MB:.0f})")
    films = overlap.measure(args.seconds, args.codecs)
    facts = {
        "mb": args.mb, "ours_mb_s": ours, "nginx_mb_s": theirs,
        "ratio": round(ratio, 3), "growth_mb": round(growth, 1), "films": films,
    }  # fmt: skip
    print(json.dumps(facts))
    is_early = all(one["with_s"] <= overlap.MOST_S for one in films)
    is_good = ratio >= LEAST_RATIO and growth <= MOST_GROWTH_MB and is_early
    return 0 if is_good else 1


@contextlib.contextmanager
def portal(folder: Path) -> Iterator[tuple[Portal, str]]:
    one = Portal(folder / "data")
    one.init()
    one.start("--no-jobs")
    try:
        yield one, new_token(one)
    finally:
        one.stop()


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[int]:
    port = free_port()
    (folder / "put").mkdir()
    user = "user root;\n" if os.geteuid() == 0 else ""
    kinds = ("proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; client_max_body_size 0;\n{places}\n"
        f"client_body_temp_path {folder}/body;\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}/put; dav_methods PUT; }} }}\n"
    )
    assert NGINX is not None
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    )
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def send(port: int, token: str, block: bytes, size: int) -> float:
    """Send ``size`` bytes in parts; return seconds. What was sent is given up."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    common = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}"}

    def ask(method: str, where: str, body: bytes = b"", **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, where, body=body, headers={**common, **named})
        answer = line.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {answer.status}: {told.decode()}")
        return answer.headers.get("Location", "")

    where = ask("POST", "/uploads/", Upload_Length=str(size)).split("/", 3)[3]
    begun = time.perf_counter()
    for offset in range(0, size, PART_BYTES):
        ask(
            "PATCH", f"/{where}", block[: size - offset], Upload_Offset=str(offset),
            Content_Type="application/offset+octet-stream",
        )  # fmt: skip
    seconds = time.perf_counter() - begun
    ask("DELETE", f"/{where}")
    line.close()
    return seconds


def put(port: int, block: bytes, size: int) -> float:
    """Put the same bytes into nginx's folder; return seconds."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    begun = time.perf_counter()
    line.putrequest("PUT", "/film.bin")
    line.putheader("Content-Length", str(size))
    line.endheaders()
    for offset in range(0, size, PART_BYTES):
        line.send(block[: size - offset])
    answer = line.getresponse()
    answer.read()
    seconds = time.perf_counter() - begun
    if answer.status >= 300:
        raise RuntimeError(f"nginx: {answer.status}")
    line.close()
    return seconds


def memory_mb(one: Portal, what: str) -> float:
    """Add up a figure of /proc/<pid>/status over the portal and its children."""
    assert one.process is not None
    pids = [one.process.pid, *children(one.process.pid)]
    lines = [
        line
        for pid in pids
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith(what)) / 1000


def children(pid: int) -> list[int]:
    own = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [*own, *(grandchild for child in own for grandchild in children(child))]


if __name__ == "__main__":
    sys.exit(main())
