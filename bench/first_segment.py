"""From a film's last byte to its first segment, where the film cannot be copied.

    make bench-first [ARGS="--seconds 30 300 --rounds 3 FILM…"]

Films of 1080p30 in every codec that is always encoded anew, of several lengths, and
those named; each is published by ``lucarne publish --wait playable`` into a portal of
its own that has made a small film before and has nothing else to do. Nothing of it is
made ahead: all of the file is there before it is looked into. Times begin when the last
byte was taken. What is compared with is the goal, 2.5 s whatever the length. The last
line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.engine.films import film as small_film
from tests.live_portal import Portal

from lucarne_engine import process

MOST_S: Final = 2.5
# What is repeated; a whole number of groups of pictures, so that it goes on well.
PIECE_S: Final = 10
_LIFE: Final = "-f lavfi -i testsrc2=size=1920x1080:rate=30"
_NOISE: Final = "noise=alls=9:allf=t"  # or it would have no bits to read
_SOUND: Final = "-f lavfi -i sine=sample_rate=48000:duration={seconds}"
_VP9: Final = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -b:v 4M -g 150"
_HEVC: Final = "-c:v libx265 -preset ultrafast -b:v 6M -x265-params log-level=1:keyint=250"
_AV1: Final = "-c:v libsvtav1 -preset 12 -b:v 4M -g 150"
# Suffix, picture, sound.
CODECS: Final = {
    "vp9": (".webm", f"{_VP9} -pix_fmt yuv420p", "libopus"),
    "av1": (".mp4", f"{_AV1} -pix_fmt yuv420p", "aac"),
    "hevc": (".mp4", f"{_HEVC} -pix_fmt yuv420p -tag:v hvc1", "aac"),
    "hevc 10 bit": (".mkv", f"{_HEVC} -pix_fmt yuv420p10le", "aac"),
    "mpeg2 1080i": (
        ".ts",
        "-c:v mpeg2video -flags +ildct+ilme -b:v 15M -g 15 -pix_fmt yuv420p",
        "mp2",
    ),
    "prores": (".mov", "-c:v prores_ks -profile:v 0 -pix_fmt yuv422p10le", "pcm_s16le"),
    "mpeg4": (".avi", "-c:v mpeg4 -b:v 8M -g 250 -pix_fmt yuv420p", "libmp3lame"),
}


def main() -> int:
    """Measure, print a table, end with one line of JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--seconds", nargs="+", type=int, default=[30, 300])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{'film':32} {'MB':>6}   last byte to first segment, s    of {MOST_S} s")
    rows = []
    with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as place:
        folder = Path(place)
        for film in options.films or made(folder, options.seconds):
            rows.append(measure(film, folder / "portal", options.rounds))
            if film.is_relative_to(folder):
                film.unlink()
    worst = max(row["median_s"] for row in rows)
    print(f"worst median: {worst:.2f} s (goal {MOST_S} s)")
    print(json.dumps({"films": rows, "worst_median_s": worst, "goal_s": MOST_S}))
    return 0


def made(folder: Path, lengths: Sequence[int]) -> Iterator[Path]:
    """Make the films, one after the other: together they are large."""
    for codec, (suffix, picture, sound) in CODECS.items():
        piece = folder / f"piece{suffix}"
        filters = f"{_NOISE},interlace" if "1080i" in codec else _NOISE
        _ffmpeg(f"{_LIFE} -t {PIECE_S} -vf {filters} {picture} {piece}")
        for seconds in lengths:
            film = folder / f"{codec.replace(' ', '_')}_{seconds}s{suffix}"
            # The sound is not repeated: it would not be as long as the picture.
            _ffmpeg(
                f"-stream_loop {seconds // PIECE_S} -i {piece}"
                f" {_SOUND.format(seconds=seconds)} -t {seconds}"
                f" -c:v copy -c:a {sound} -ac 2 {film}"
            )
            yield film
        piece.unlink()


def _ffmpeg(line: str) -> None:
    words = [process.ffmpeg_path(), "-v", "error", "-nostdin", "-y", *line.split()]
    quiet = {**os.environ, "SVT_LOG": "1"}
    subprocess.run(list(map(str, words)), env=quiet, check=True)


def measure(film: Path, data: Path, rounds: int) -> dict[str, Any]:
    """Publish a film ``rounds`` times, each time into a new portal.

    A small film goes before it: in the first seconds of a portal its workers still start.
    """
    found = []
    for number in range(rounds):
        portal = Portal(data / f"{film.stem}-{number}")
        portal.init()
        portal.start()
        try:
            portal.publish("--wait", "ready", str(small_film("video_only")))
            told = portal.publish("--wait", "playable", str(film.resolve()))
        finally:
            portal.kill()
        found.append(told["playable_after_ms"] / 1000)
    size, middle = film.stat().st_size / 1e6, median(found)
    each = " ".join(f"{one:5.2f}" for one in sorted(found))
    print(f"{film.name:32} {size:6.0f}   {middle:5.2f}  ({each})    {middle / MOST_S:.2f}", flush=True)
    return {
        "film": film.name, "mb": round(size, 1), "median_s": round(middle, 2),
        "runs_s": [round(one, 2) for one in sorted(found)], "ratio": round(middle / MOST_S, 2),
    }  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
