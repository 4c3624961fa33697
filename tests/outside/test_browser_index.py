"""The studio's script finds the index of a Matroska film where the engine does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.media.arriving_films import film, sent_index
from tests.outside.test_mpd_parser import node

SCRIPT = Path(__file__).parent / "js" / "find_index.mjs"


def test_the_last_clusters_are_found_and_nothing_else_is(tmp_path: Path) -> None:
    films = [film(name) for name in ("vp9_webm", "vp9_cues_front", "hevc_mkv")]
    data = films[0].read_bytes()
    at = data.index(b"\x1c\x53\xbb\x6b", len(data) // 2)
    lies = {
        "mp4": film("h264").read_bytes(),
        "live": film("vp9_live").read_bytes(),
        "cut": data[:at],
        "cues": data[: at + 12] + b"\xff" * (len(data) - at - 12),
        "short": data[:4],
        "empty": b"",
    }
    for name, content in lies.items():
        (tmp_path / name).write_bytes(content)
    paths = [*films, *(tmp_path / name for name in lies)]
    done = subprocess.run(
        [node(), str(SCRIPT), *map(str, paths)], capture_output=True, text=True, check=True
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    expected = [dict(zip(("begin", "end"), sent_index(one), strict=True)) for one in films]
    assert told[: len(films)] == expected
    assert all(found in (None, "RangeError") for found in told[len(films) :])
    assert len(told) == len(paths)
