"""mp4box.js (npm) reads the boxes of everything that a film is made of.

A film with two sounds goes through both passes; what the parser finds in its files is
what the database says of them: the remuxed original, H.264 of the fast and of the fine
pass, AV1, and AAC. So do the descriptions that MPD readers get of it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from mpegdash.parser import MPEGDASHParser

from lucarne.core import conf, jobs
from lucarne.media import fine, queries
from lucarne.media.models import Asset
from lucarne_engine.manifest import dash
from lucarne_engine.package import progressive
from lucarne_engine.package.index import FilmIndex, Segment, TrackIndex
from tests.engine.films import film
from tests.media import receiving
from tests.outside.packaged import PUBLISHED, play
from tests.outside.test_mpd_parser import check, node, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SCRIPT: Final = Path(__file__).parent / "js" / "read_boxes.mjs"
AT: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def asset(folder: Path, runner: jobs.MemoryRunner) -> Asset:
    """A film after both passes."""
    conf.load(
        data=folder, uploads={"reserve_bytes": 0},
        media={"max_height": 180, "segment_ms": 1000},
    )  # fmt: skip
    made = receiving.received(film("two_languages"), at=AT)
    runner.drain()
    assert fine.start(asset_id=made.public_id, asked_by="per_1", at=AT)
    runner.drain()
    return queries.find(made.public_id)


def boxes(paths: Sequence[Path]) -> dict[Path, dict[str, Any]]:
    done = subprocess.run(
        [node(), str(SCRIPT)], input="\n".join(map(str, paths)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {Path(path): told for path, told in json.loads(done.stdout).items()}


def folder_of(data: Path, asset: Asset) -> Path:
    """Where its plan's tracks lie; manifests are written beside them."""
    (place,) = data.rglob(f"{asset.public_id}/{asset.plan_id}")
    return place.parent


def kind_of(track: TrackIndex) -> str:
    if track.kind == "audio":
        return "sound"
    is_fine = len(track.name.split("-")) > 2
    return f"{track.name.split('-')[0]}{' fine' if is_fine else ''}"


def test_readers_find_what_the_database_says(asset: Asset, folder: Path) -> None:
    check_files(asset, folder)
    check_one_file(asset, folder)
    check_description(asset, folder)


def check_files(asset: Asset, folder: Path) -> None:
    tracks = queries.track_indexes(asset.public_id, asset.plan_id)
    assert {kind_of(one) for one in tracks} == {
        "original", "h264", "h264 fine", "av1 fine", "sound",
    }  # fmt: skip
    for track in tracks:
        place = folder_of(folder, asset) / track.base
        init = place / "init.mp4"
        segments = [place / f"{one.number}.m4s" for one in track.segments]
        told = boxes([init, *segments])
        assert not any(one["problems"] for one in told.values()), track.name
        delay = check_init(track, init, told[init], asset.duration_ms / 1000)
        for segment, file in zip(track.segments, segments, strict=True):
            check_segment(track, segment, delay, file, told[file])
        for one, after in pairwise(track.segments):
            assert one.start + one.duration == after.start


def check_init(
    track: TrackIndex, file: Path, told: dict[str, Any], seconds: float
) -> int:
    """Give the ticks that the edit list cuts away."""
    assert [one["type"] for one in told["places"]] == ["ftyp", "moov"]
    assert file.stat().st_size == track.init_bytes
    assert told["duration"] == pytest.approx(seconds * track.timescale, abs=1)
    (one,) = told["tracks"]
    ((length, delay),) = one["edits"]
    assert length == 0  # all that the fragments hold
    assert (one["codec"], one["timescale"]) == (track.codec, track.timescale)
    assert one["language"] == (track.language or "und")
    if track.kind == "audio":
        assert (one["id"], one["handler"], one["entry"]) == (2, "soun", "mp4a")
        assert (one["channels"], one["rate"]) == (track.channels, track.sample_rate_hz)
        return int(delay)
    assert (one["id"], one["handler"]) == (1, "vide")
    assert one["shown"] == one["size"] == [track.width, track.height]
    if one["entry"] == "avc1":
        profile, level = (int(track.codec[at : at + 2], 16) for at in (5, 9))
        assert one["avcC"] == {
            "profile": profile, "level": level, "lengthBytes": 4, "sps": 1, "pps": 1,
        }  # fmt: skip
    else:
        _, profile, level, depth = track.codec.split(".")
        assert one["av1C"] == {
            "version": 1, "profile": int(profile), "level": int(level[:-1]),
            "isHighBitDepth": int(int(depth) > 8), "chroma": [1, 1],
        }  # fmt: skip
    return int(delay)


def check_segment(
    track: TrackIndex, segment: Segment, delay: int, file: Path, told: dict[str, Any]
) -> None:
    assert [one["type"] for one in told["places"]] == ["moof", "mdat"]
    (run,) = told["fragments"]
    assert file.stat().st_size == segment.size_bytes == run["moof"] + run["mdat"]
    assert run["runs"] == 1
    assert sum(run["sizes"]) == run["mdat"] - 8
    assert run["begins"] == run["moof"] + 8
    if track.kind == "audio":
        assert (run["track"], segment.iframe_bytes) == (2, 0)
        assert all(run["isSync"])
        # Heard from then on: what the encoder primes itself with is cut away.
        assert segment.start == max(0, run["time"] - delay)
        assert segment.start + segment.duration == run["time"] - delay + sum(run["durations"])
        return
    assert (run["track"], run["time"]) == (1, segment.start)
    assert sum(run["durations"]) == segment.duration
    assert run["isSync"] == [True] + [False] * (len(run["isSync"]) - 1)
    assert segment.iframe_bytes == run["begins"] + run["sizes"][0]
    # Every picture of the segment once, in its place.
    (tick,) = set(run["durations"])
    decoded = accumulate(run["durations"], initial=run["time"])
    shown = sorted(
        at + late - delay for at, late in zip(decoded, run["compositions"], strict=False)
    )
    assert shown == list(range(segment.start, segment.start + segment.duration, tick))


def index_of(asset: Asset) -> FilmIndex:
    state = queries.play_state(asset.public_id)
    assert state is not None
    index = queries.film_index(state)
    assert index is not None
    return index


def check_one_file(asset: Asset, folder: Path) -> None:
    """The MP4 that is put together while it is sent, in either codec."""
    place, index = folder_of(folder, asset), index_of(asset)
    sound = index.audio[0]
    for track in index.video:
        layout = progressive.layout(
            index, track.name, sound.name,
            lambda name: (place / asset.plan_id / name / "init.mp4").read_bytes(),
        )  # fmt: skip
        parts = [place / part.base / f"{part.number}.m4s" for part in layout.parts]
        file = folder / "film.mp4"
        file.write_bytes(layout.head + b"".join(part.read_bytes() for part in parts))
        assert file.stat().st_size == layout.size
        told = boxes([file])[file]
        assert told["problems"] == []
        assert {one["codec"] for one in told["tracks"]} == {track.codec, sound.codec}
        ticks = [one["duration"] for one in told["sidx"]["parts"]]
        assert told["sidx"]["timescale"] == track.timescale
        assert ticks == [one.duration for one in track.segments]
        assert all(one["isKey"] for one in told["sidx"]["parts"])
        # Each part begins with the picture's fragment, the last one ends the file.
        sizes = [one["size"] for one in told["sidx"]["parts"]]
        ends = accumulate(sizes, initial=len(layout.head))
        videos = [
            where["start"]
            for where, run in zip(
                (one for one in told["places"] if one["type"] == "moof"),
                told["fragments"],
                strict=True,
            )
            if run["track"] == told["sidx"]["track"]
        ]
        assert list(ends) == [*videos, layout.size]


def check_description(asset: Asset, folder: Path) -> None:
    """mpegdash (PyPI), mpd-parser (npm) and FFmpeg's demuxer."""
    place, index = folder_of(folder, asset), index_of(asset)
    text = dash.mpd(index, published_at=PUBLISHED)
    manifest = place / "manifest.mpd"
    manifest.write_text(text)
    sets = MPEGDASHParser.parse(text).periods[0].adaptation_sets
    assert [one.id for each in sets for one in each.representations] == [
        track.name for track in (*index.video, *index.audio)
    ]
    codecs = [{one.codecs[:4] for one in each.representations} for each in sets]
    assert codecs == [{"avc1"}, {"av01"}, *({"mp4a"} for _ in index.audio)]
    assert [each.lang for each in sets[2:]] == ["fr", "en"]
    check(read(text), index)
    rows, complaints = play(manifest)
    assert complaints == ""
    tracks = {number: [row for row in rows if row[0] == number] for number, *_ in rows}
    assert len(tracks) == len(index.video) + len(index.audio)
    pictures = [track for track in tracks.values() if int(track[0][3]) == 1]
    assert len(pictures) == len(index.video)
    count = round(index.duration * index.video[0].frame_rate)
    for track in pictures:
        assert [int(row[2]) for row in track] == list(range(count))
