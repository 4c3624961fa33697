"""``lucarne encode``: a folder for any web server, whatever happened on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import m3u8
import pytest

from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.reader import probe
from lucarne_engine.whole import state as states
from tests.cli.terminal import CTRL_C, on_terminal
from tests.engine.films import film
from tests.engine.manifest.readers import mpd
from tests.live_portal import Portal, environment, until

# Many small units: a film of 30 s in eight chunks.
SETTINGS = {"LUCARNE_MEDIA__SEGMENT_MS": "2000", "LUCARNE_MEDIA__CHUNK_MS": "4000"}
FILM = "h264_aac_30s"


def planned() -> Plan:
    return make_plan(probe(film(FILM)), Policy(segment_ms=2000, chunk_ms=4000))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def decoded(folder: Path, playlist: str) -> int:
    """Count what can be decoded of a track, as its playlist names it."""
    path = folder / playlist
    listed = m3u8.loads(path.read_text())
    assert listed.is_endlist
    pieces = [listed.segment_map[0].uri, *(one.uri for one in listed.segments)]
    data = BytesIO(b"".join((path.parent / piece).read_bytes() for piece in pieces))
    with av.open(data) as container:
        if container.streams.audio:
            return sum(frame.samples for frame in container.decode(audio=0))
        return sum(1 for _ in container.decode(video=0))


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """Give the command line of somebody who has no portal."""
    return Portal(tmp_path_factory.mktemp("nobody") / "data", **SETTINGS)


@pytest.fixture(scope="module")
def made(
    nobody: Portal, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """Give a folder that nobody disturbed, and what was said of it."""
    folder = tmp_path_factory.mktemp("made") / "film"
    done = nobody.cli("encode", str(film(FILM)), "--out", str(folder), "--json")
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert not nobody.data.exists()
    return folder, json.loads(done.stdout)


def refused(nobody: Portal, *args: object, **variables: str) -> str:
    done = nobody.cli("encode", *map(str, args), check=False, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_what_is_made_can_be_played(made: tuple[Path, dict[str, Any]]) -> None:
    folder, told = made
    plan = planned()
    master = m3u8.loads((folder / "main.m3u8").read_text())
    assert [p.uri for p in master.playlists] == [f"{plan.id}/h264-240/index.m3u8"]
    # The film's own sound, a tone at -13 LUFS, is too loud to be copied.
    assert [p.uri for p in master.media] == [f"{plan.id}/sound-0/index.m3u8"]
    assert [p.uri for p in master.iframe_playlists] == [
        f"{plan.id}/h264-240/iframes.m3u8"
    ]
    assert decoded(folder, master.playlists[0].uri) == plan.frame_count == 450
    samples = decoded(folder, master.media[0].uri)
    assert abs(Fraction(samples, 48_000) - plan.duration) < Fraction(1, 10)
    _, sets = mpd((folder / "manifest.mpd").read_text())
    assert [one.id for each in sets for one in each.representations] == [
        "h264-240",
        "sound-0",
    ]
    assert told["out"] == str(folder)
    assert (told["hls"], told["dash"]) == (
        str(folder / "main.m3u8"),
        str(folder / "manifest.mpd"),
    )
    assert told["duration_ms"] == 30_000
    assert told["warnings"] == []
    (rendition,) = told["renditions"]
    assert rendition["codec"].startswith("avc1.")
    assert (rendition["width"], rendition["height"]) == (426, 240)
    on_disk = sum(p.stat().st_size for p in folder.rglob("h264-240/*.m*4*"))
    assert rendition["size_bytes"] == on_disk
    assert rendition["bitrate_kbps"] == round(on_disk * 8 / 30 / 1000)
    assert rendition["vmaf"] is None
    (sound,) = told["sound"]
    assert (sound["codec"], sound["channels"]) == ("mp4a.40.2", 2)
    assert not sound["is_copy"]
    files = {Path(name).relative_to(folder / plan.id).name for name in told["files"]}
    assert files >= {"poster.jpg", "thumb-320.jpg", "storyboard.vtt"}
    assert all(Path(name).is_file() for name in told["files"])
    assert {one.name for one in folder.iterdir()} == {
        plan.id, "main.m3u8", "manifest.mpd", "lucarne.json"
    }  # fmt: skip


def begin(nobody: Portal, folder: Path) -> subprocess.Popen[str]:
    """Start to encode; return when two units are noted, with the process halted."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lucarne.cli", "encode", str(film(FILM)), "--out",
         str(folder)],
        env=environment(nobody.data, **nobody.settings),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(
            lambda: (known := states.load(folder)) and len(known.units) > 1,
            seconds=60,
            every=0.02,
        )
    finally:
        process.send_signal(signal.SIGSTOP)
    return process


def ages(folder: Path) -> Mapping[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*.m4s")}


def test_kill_9_and_a_second_one_at_once(
    nobody: Portal, made: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    whole = contents(made[0])
    folder = tmp_path / "film"
    process = begin(nobody, folder)
    try:
        said = refused(nobody, film(FILM), "--out", folder)
        assert "Another `lucarne encode` works in" in said
        assert "“film”" in said
    finally:
        process.kill()
        process.communicate()
    assert not (folder / "main.m3u8").exists()
    noted = states.load(folder)
    assert noted is not None
    assert 1 < len(noted.units) < len(planned().chunks) + 2
    kept: set[str] = set()
    for unit in noted.units.values():
        for run in unit.runs:
            base = f"{noted.plan_id}/{run.name}"
            names = {f"{base}/{segment.number}.m4s" for segment in run.segments}
            kept |= names
            for name in (*names, f"{base}/init.mp4"):
                assert (folder / name).read_bytes() == whole[name]
    before = ages(folder)
    done = nobody.cli("encode", str(film(FILM)), "--out", str(folder))
    after = ages(folder)
    assert all(after[str(folder / n)] == before[str(folder / n)] for n in kept)
    assert contents(folder) == whole
    # Nobody looks at bars: a line for each stage, then what there is.
    stages = [line.split("  ")[0] for line in done.stderr.splitlines()]
    assert sorted(stages) == [
        "Looking into the file", "Picture", "Poster and preview", "Sound"
    ]  # fmt: skip
    assert done.stdout.splitlines()[-2:] == [
        str(folder / "main.m3u8"), str(folder / "manifest.mpd")
    ]  # fmt: skip


def test_control_c_and_on(
    nobody: Portal, made: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / "film"
    args = ("encode", str(film(FILM)), "--out", str(folder))
    french = {"LC_ALL": "fr_FR.UTF-8", **nobody.settings}
    status, text = on_terminal(nobody.data, *args, typed=[("240p", CTRL_C)], **french)
    assert status == 130, text
    assert "Stopped. The same command goes on from here." in text
    for words in ("Lecture du fichier", "Image", "Son", "Affiche et aperçu"):
        assert words in text
    assert "Picture" not in text
    assert "Traceback" not in text
    assert not (folder / "main.m3u8").exists()
    assert not (folder / ".lucarne").exists()
    status, text = on_terminal(nobody.data, *args, **nobody.settings)
    assert status == 0, text
    for words in (FILM, "Looking into the file", "Picture", "Sound",
                  "Poster and preview", "240p h264", "100%", "kb/s"):  # fmt: skip
        assert words in text
    assert contents(folder) == contents(made[0])


def test_what_is_there_is_not_made_again_and_what_is_lost_is(
    nobody: Portal, tmp_path: Path
) -> None:
    folder = tmp_path / "film"
    args = ("encode", str(film("two_languages")), "--out", str(folder))
    nobody.cli(*args)
    whole, before = contents(folder), ages(folder)
    nobody.cli(*args)
    assert ages(folder) == before
    lost = next(folder.rglob("h264-*/0.m4s"))
    lost.unlink()
    nobody.cli(*args)
    assert contents(folder) == whole
    master = m3u8.loads((folder / "main.m3u8").read_text())
    assert [(one.language, one.name) for one in master.media] == [
        ("fr", "fr"),
        ("en", "en"),
    ]


def test_a_folder_of_another_film_or_plan(nobody: Portal, tmp_path: Path) -> None:
    """The films here have the same plan: only their bytes tell them apart."""
    folder = tmp_path / "film"
    one, other = tmp_path / "one.mp4", tmp_path / "other.mp4"
    one.write_bytes(film("video_only").read_bytes())
    other.write_bytes(one.read_bytes() + b"\0\0\0\x08free")
    nobody.cli("encode", str(one), "--out", str(folder))
    whole = contents(folder)
    said = refused(nobody, other, "--out", folder)
    assert "holds another film" in said
    assert "--force" in said
    slow = {"LUCARNE_MEDIA__MAX_FRAME_RATE": "15"}
    assert "made in another way" in refused(nobody, one, "--out", folder, "--fine")
    assert contents(folder) == whole
    (folder / "mine.txt").write_text("mine")
    done = nobody.cli("encode", str(other), "--out", str(folder), "--force", **slow)
    assert done.returncode == 0
    anew = contents(folder)
    assert anew.pop("mine.txt") == b"mine"
    plan = json.loads(anew["lucarne.json"])["plan"]
    assert not any(name.startswith(json.loads(whole["lucarne.json"])["plan"])
                   for name in anew)  # fmt: skip
    assert f"{plan}/h264-180/0.m4s" in anew


def test_a_folder_that_is_not_ours(nobody: Portal, tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear all")
    said = refused(nobody, film("tiny"), "--out", folder, "--force")
    assert "“holiday” holds other files" in said
    assert contents(folder) == {"letter.txt": b"Dear all"}
    a_file = tmp_path / "file"
    a_file.write_text("x")
    assert "is a file" in refused(nobody, film("tiny"), "--out", a_file / "below")


def test_a_film_that_is_none_leaves_nothing(nobody: Portal, tmp_path: Path) -> None:
    folder = tmp_path / "film"
    said = refused(nobody, film("text"), "--out", folder, LC_ALL="fr_FR.UTF-8")
    assert "n’est ni un film" in said
    assert not folder.exists()


@pytest.mark.parametrize("args", [("x.mp4",), ("x.mp4", "--out", "d", "--fine", "vp9")])
def test_wrong_arguments(nobody: Portal, args: tuple[str, ...]) -> None:
    done = nobody.cli("encode", *args, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_sound_alone(nobody: Portal, tmp_path: Path) -> None:
    out = tmp_path / "sound"
    nobody.cli("encode", str(film("wav")), "--out", str(out))
    master = m3u8.loads((out / "main.m3u8").read_text())
    assert abs(decoded(out, master.playlists[0].uri) - 48_000) < 2048


def test_a_ladder_of_the_film_s_own(nobody: Portal, tmp_path: Path) -> None:
    out = tmp_path / "fine"
    path = film("vp9_opus")
    done = nobody.cli("encode", str(path), "--out", str(out), "--fine", "--json")
    told = json.loads(done.stdout)
    assert {one["codec"][:4] for one in told["renditions"]} == {"avc1", "av01"}
    assert all(20 < one["vmaf"] <= 100 for one in told["renditions"])
    assert len(told["sound"]) == 1
    assert any(name.endswith("poster.jpg") for name in told["files"])
    master = m3u8.loads((out / "main.m3u8").read_text())
    assert len(master.playlists) == len(told["renditions"]) > 1
    count = make_plan(probe(path), Policy(segment_ms=2000)).frame_count
    assert {decoded(out, one.uri) for one in master.playlists} == {count}
    _, sets = mpd((out / "manifest.mpd").read_text())
    assert len(sets) == 3
    # What is there is measured on request, and stays as it is.
    before = contents(out)
    again = nobody.cli("encode", str(path), "--out", str(out), "--fine", "--measure", "--json")
    measured = json.loads(again.stdout)["renditions"]
    assert contents(out) == before
    for codec in ("avc1", "av01"):
        found = [one["measured"] for one in measured if one["codec"].startswith(codec)]
        for name in ("vmaf", "vmaf_worst", "xpsnr_db"):
            values = [one[name] for one in found]
            assert values == sorted(values), name  # the larger, the better
            assert 20 < values[0] < 100
    assert all(one["measured"] is None for one in told["renditions"])
    # One codec alone, of a film whose single pixel tells a trial nothing.
    out = tmp_path / "ordinary"
    done = nobody.cli("encode", str(film("tiny")), "--out", str(out), "--fine", "h264")
    assert "The trial of this film told nothing" in done.stderr
    assert list(out.rglob("h264-*/index.m3u8"))
