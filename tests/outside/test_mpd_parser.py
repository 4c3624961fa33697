"""mpd-parser (npm) finds the segments that the index has, where they are."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpx
import m3u8
import pytest

from lucarne_engine.manifest import dash
from lucarne_engine.package.index import FilmIndex, TrackIndex
from tests.outside.conftest import Published
from tests.outside.packaged import PUBLISHED, write_film

SCRIPT: Final = Path(__file__).parent / "js" / "read_mpd.mjs"
ADDRESS: Final = "http://media.example/token/film/manifest.mpd"


def node() -> str:
    """The system's, else the one that tools/bootstrap.py has put beside Python."""
    return shutil.which("node") or str(Path(sys.executable).with_name("node"))


def read(text: str, address: str = ADDRESS) -> dict[str, Any]:
    done = subprocess.run(
        [node(), str(SCRIPT), address],
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def promised(track: TrackIndex) -> list[tuple[int, str, float, float]]:
    scale = track.timescale
    return [
        (
            one.number,
            urljoin(ADDRESS, f"{track.base}/{one.number}.m4s"),
            pytest.approx(one.start / scale),
            pytest.approx(one.duration / scale),
        )
        for one in track.segments
    ]


def found(track: dict[str, Any]) -> list[tuple[int, str, float, float]]:
    return [
        (one["number"], one["url"], one["start"], one["seconds"])
        for one in track["segments"]
    ]


def check(told: dict[str, Any], film: FilmIndex) -> None:
    assert told["problems"] == []
    for tracks, those in ((film.video, told["video"]), (film.audio, told["audio"])):
        assert [one["name"] for one in those] == [track.name for track in tracks]
        for one, track in zip(those, tracks, strict=True):
            assert found(one) == promised(track)
            assert one["init"] == urljoin(ADDRESS, f"{track.base}/init.mp4")
            assert one["codecs"] == track.codec
            assert (one["width"], one["height"]) == (track.width, track.height)


def test_the_segments_are_those_of_the_index(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    told = read((tmp_path / "manifest.mpd").read_text())
    check(told, film)
    assert told["seconds"] >= film.duration
    assert [one["language"] for one in told["audio"]] == ["fr"]


def test_a_film_that_grows_has_what_every_rung_has(tmp_path: Path) -> None:
    film = write_film(tmp_path, is_complete=False)
    small, large = film.video
    young = replace(large, segments=large.segments[:2])
    text = dash.mpd(replace(film, video=(small, young)), published_at=PUBLISHED)
    told = read(text)
    common = replace(small, segments=small.segments[:2])
    check(told, replace(film, video=(common, young)))
    assert not told["video"][0]["isComplete"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ladder", "two_languages", "audio_only"])
def test_every_address_of_a_portal_answers(
    published: Published, film_file: Callable[[str], Path], name: str
) -> None:
    """And both manifests lead to the same segments, of the same durations."""
    film = published(film_file(name))
    with httpx.Client() as client:
        told = read(client.get(film["dash"]).text, film["dash"])
        by_dash = {
            one["init"]: [(part["url"], part["seconds"]) for part in one["segments"]]
            for one in (*told["video"], *told["audio"])
        }
        by_hls = hls_segments(client, film["hls"])
        assert list(by_dash) == sorted(by_dash, key=list(by_hls).index)
        for init, parts in by_dash.items():
            assert [url for url, _ in parts] == [url for url, _ in by_hls[init]]
            seconds = [one for _, one in parts]
            assert seconds == pytest.approx([one for _, one in by_hls[init]], abs=1e-6)
            for url in (init, *(url for url, _ in parts)):
                answer = client.get(url)
                assert (answer.status_code, len(answer.content) > 100) == (200, True)
    assert by_dash.keys() == by_hls.keys()
    rungs = {(one["width"], one["height"]) for one in told["video"]}
    assert rungs == {(one["width"], one["height"]) for one in film["renditions"]}


def hls_segments(
    client: httpx.Client, address: str
) -> dict[str, list[tuple[str, float]]]:
    """By the address of the track's beginning: (address, seconds) of each segment."""
    main = m3u8.loads(client.get(address).text, uri=address)
    places = [one.absolute_uri for one in (*main.playlists, *main.media)]
    tracks: dict[str, list[tuple[str, float]]] = {}
    for place in places:
        track = m3u8.loads(client.get(place).text, uri=place)
        parts = [(one.absolute_uri, one.duration) for one in track.segments]
        tracks[track.segment_map[0].absolute_uri] = parts
    return tracks
