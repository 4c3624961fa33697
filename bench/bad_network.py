"""Large films through a proxy as people have them: do all arrive, and as they were?

    make bench-network [ARGS="--films 50 --mb 300"]

tus-js-client, as it is published, sends every film to a portal through a proxy that
cuts bodies over 100 MB and loses one request in five at random, in the midst of its
body or of its answer. Half of the clients know of no limit and learn it by being
cut; half send parts of 16 MiB, as the studio does. The digests of what was stored
are compared with those of what was sent. The baseline is the film's own size: the
ratio says how many bytes were sent for each that arrived. Exit status 1 when one film
did not arrive. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from tests.live_portal import Portal
from tests.outside.bad_proxy import BadProxy, bad_proxy
from tests.outside.test_mpd_parser import node

from bench.upload import portal

CUT_BYTES: Final = 100_000_000
PART_BYTES: Final = 16 * 1024 * 1024
CLIENT: Final = Path(__file__).parents[1] / "tests/outside/js/tus_upload.mjs"


@dataclass(kw_only=True)
class Sent:
    """One film and what came of it."""

    is_whole: bool
    seconds: float
    error: str = ""


def main() -> int:
    """Send film after film, compare, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=50)
    parser.add_argument("--mb", type=int, default=300)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="lucarne-bench-") as name,
        portal(Path(name)) as (one, token),
        bad_proxy(one.port, most_bytes=CUT_BYTES) as proxy,
    ):
        path = Path(name) / "film.bin"
        films = []
        for number in range(args.films):
            digest = write(path, args.mb * 1_000_000, seed=number)
            asked: dict[str, Any] = {
                "endpoint": f"http://127.0.0.1:{proxy.port}/uploads/",
                "file": str(path),
                "headers": {"Authorization": f"Bearer {token}"},
            }
            if number % 2:
                asked["chunkSize"] = PART_BYTES
            films.append(send(one, asked, digest))
        return show(films, proxy, args.mb)


def send(one: Portal, asked: dict[str, Any], digest: str) -> Sent:
    """Send a film; what was stored is given up again."""
    begun = time.perf_counter()
    done = subprocess.run(
        [node(), str(CLIENT), json.dumps(asked)],
        cwd=CLIENT.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    told = json.loads((done.stdout.splitlines() or ["{}"])[-1])
    if "url" not in told:
        error = told.get("error") or done.stderr
        print(f"  did not arrive: {error}", flush=True)
        return Sent(is_whole=False, seconds=seconds, error=error)
    upload_id = told["url"].rstrip("/").rpartition("/")[2]
    with (one.data / "incoming" / upload_id).open("rb") as file:
        is_whole = hashlib.file_digest(file, "sha256").hexdigest() == digest
    more = {"Tus-Resumable": "1.0.0", **asked["headers"]}
    httpx.delete(f"{one.url}/uploads/{upload_id}", headers=more)
    return Sent(is_whole=is_whole, seconds=seconds)


def write(path: Path, size: int, *, seed: int) -> str:
    """Write noise; return its SHA-256."""
    block = Random(seed).randbytes(4_000_000)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for first in range(0, size, len(block)):
            # No two blocks alike: a block in the wrong place would not be seen.
            data = (first.to_bytes(8, "big") + block)[: min(len(block), size - first)]
            file.write(data)
            digest.update(data)
    return digest.hexdigest()


def show(films: list[Sent], proxy: BadProxy, mb: int) -> int:
    """Print the table and the last line; return the exit status."""
    whole = sum(film.is_whole for film in films)
    speed = statistics.median(mb / film.seconds for film in films)
    ratio = proxy.carried / (len(films) * mb * 1_000_000)
    print(f"{len(films)} films of {mb} MB, one request in {proxy.one_in} lost")
    print(f"  arrived as they were  {whole} of {len(films)}")
    print(f"  requests lost         {proxy.lost}")
    print(f"  bodies cut at 100 MB  {proxy.cut}")
    print(f"  sent for each byte    {ratio:.2f}   (baseline 1)")
    print(f"  median speed          {speed:.0f} MB/s")
    facts = {
        "films": len(films), "mb": mb, "whole": whole, "lost": proxy.lost,
        "cut": proxy.cut, "ratio": round(ratio, 3), "mb_s": round(speed, 1),
    }  # fmt: skip
    print(json.dumps(facts))
    return 0 if whole == len(films) else 1


if __name__ == "__main__":
    raise SystemExit(main())
