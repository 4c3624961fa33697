"""What cannot be published, given to ``lucarne publish`` as people give it."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lucarne.media.sentences import REFUSALS
from tests.engine.films import BAD, film
from tests.live_portal import Portal, environment

FRENCH = {"LC_ALL": "fr_FR.UTF-8"}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Give a portal that is set up in English; nothing of it runs, all of it is well."""
    portal = Portal(tmp_path_factory.mktemp("portal") / "data")
    portal.init(language="en")
    yield portal
    done = portal.cli("check", "--storage", "--json", check=False)
    findings = {one["id"]: one for one in json.loads(done.stdout)["findings"]}
    assert findings["storage"]["level"] == "ok", findings


@pytest.fixture(autouse=True)
def nothing_stays(portal: Portal) -> Iterator[None]:
    """Hold after every test: no half of a film is left."""
    yield
    for name in ("incoming", "scratch"):
        folder = portal.data / name
        assert not folder.exists() or list(folder.rglob("*")) == []
    assert list((portal.data / "store" / ".drafts").rglob("*")) == []


def publish(
    portal: Portal, *args: object, status: int = 1, **variables: str
) -> tuple[list[dict[str, Any]], str]:
    """Return the objects that ``--json`` printed, and standard error."""
    done = run(portal, "publish", "--json", *args, **variables)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def run(
    portal: Portal,
    *args: object,
    before: Callable[[], None] | None = None,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lucarne.cli", *map(os.fsencode, map(str, args))],
        env={**environment(portal.data, **portal.settings), **variables},
        capture_output=True, text=True, check=False, timeout=300,
        preexec_fn=before,
    )  # fmt: skip


def sentence_of(outcome: dict[str, Any], code: str) -> str:
    """Check what holds of every refusal and return its sentence."""
    assert outcome["error"]["code"] == code, outcome
    sentence: str = outcome["error"]["message"]
    assert sentence.endswith(".")
    joiners = "\u200c\u200d"  # emoji need them
    controls = {c for c in sentence if unicodedata.category(c) in {"Cc", "Cf"}}
    assert controls <= set(joiners)
    return sentence


def test_every_kind_in_one_go(portal: Portal) -> None:
    """One call of many films: each has its turn, its code and its sentence."""
    films = [film(name) for name in BAD]
    outcomes, said = publish(portal, *films)
    assert [Path(one["file"]) for one in outcomes] == films
    for path, code, outcome in zip(films, BAD.values(), outcomes, strict=True):
        assert sentence_of(outcome, code) == REFUSALS[code].format(name=path.name)
        # What was looked into is kept as a failed film, with a page in the studio.
        assert (outcome["video"] is None) == (code == "empty")
    assert said == ""
    # The same, in words, for somebody who reads French.
    done = run(portal, "publish", *films[:3], **FRENCH)
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert f"«\u202f{films[0].name}\u202f» est tronqué" in lines[0]


def test_jobs_say_what_failed_and_why(portal: Portal, tmp_path: Path) -> None:
    text = tmp_path / "letter.mp4"
    text.write_text("Dear Sir or Madam,\n" * 40)
    (outcome,), _ = publish(portal, text)
    listed = run(portal, "jobs").stdout.splitlines()
    (line,) = [line for line in listed if line.startswith(outcome["video"])]
    assert "failed" in line
    assert "not_media: “letter.mp4” is not a film or a sound" in line
    films = json.loads(run(portal, "jobs", "list", "--json").stdout)["films"]
    (found,) = [one for one in films if one["video"] == outcome["video"]]
    assert (found["state"], found["error_code"]) == ("failed", "not_media")
    # Tried once more for who asks here: the portal may have learned to read it.
    said = run(portal, "jobs", "retry", outcome["video"]).stdout
    assert said.startswith("not_media: most likely only another file helps.\n")
    assert "runs as soon as" in said


def test_what_is_no_file(portal: Portal, tmp_path: Path) -> None:
    folder = tmp_path / "folder.mp4"
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    cases = {
        folder: "is_folder",
        tmp_path / "nothing.mp4": "missing",
        tmp_path / ("x" * 300 + ".mp4"): "missing",
        tmp_path / "pipe.mp4": "not_media",
        tmp_path / "loop.mp4": "missing",
        Path("/dev/null"): "not_media",
        film("text") / "in_a_file.mp4": "missing",
        Path("/"): "is_folder",
    }
    outcomes, said = publish(portal, *cases)
    for path, code, outcome in zip(cases, cases.values(), outcomes, strict=True):
        assert f"“{path.name or '/'}”" in sentence_of(outcome, code)
        assert outcome["video"] is None
    assert said == ""


ODD_NAMES = [
    b"caf\xe9 \xff.mp4",
    "été 🎬 🏳️‍🌈.mp4".encode(),
    b"'quoted\" `x` $(x) {name} %s.mp4",
    "right \u202eto left.mp4".encode(),
    "\u200fعربي.mp4".encode(),
    b"line\nbreak\r.mp4",
    b"red \x1b[31m.mp4",
    b"back\\slash.mp4",
    b"-i",
    b"x" * 251 + b".mp4",
]


def test_odd_names(portal: Portal, tmp_path: Path) -> None:
    """Refused or published, every name is one line, and every film has its turn."""
    bad, good = tmp_path / "bad", tmp_path / "good"
    for folder, source in ((bad, film("text")), (good, film("tiny"))):
        folder.mkdir()
        for name in ODD_NAMES:
            shutil.copyfile(source, os.fsencode(folder) + b"/" + name)
    names = [bad / os.fsdecode(name) for name in ODD_NAMES]
    outcomes, _ = publish(portal, *names)
    assert [one["file"] for one in outcomes] == list(map(str, names))
    for outcome in outcomes:
        sentence_of(outcome, "not_media")
    assert "“caf� �.mp4”" in outcomes[0]["error"]["message"]
    assert "{name} %s.mp4”" in outcomes[2]["error"]["message"]
    # In an encoding that has none of these signs, the words still come.
    said = run(portal, "publish", *names, PYTHONIOENCODING="ascii:strict")
    assert said.returncode == 1
    assert said.stderr.count("\n") == len(names)
    assert "Traceback" not in said.stderr
    published, _ = publish(
        portal, *(good / path.name for path in names), status=0, **FRENCH
    )
    assert all(one["title"] and one["hls"] for one in published)
    assert published[-1]["title"] == "x" * 200


def test_nothing_that_a_film_names_is_opened(portal: Portal, tmp_path: Path) -> None:
    """Playlists and scripts with a film's suffix: nobody is called, nothing is read."""
    secret = film("video_only")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret"
        texts = {
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{address}.ts\n",
            "hls_file": f"#EXTM3U\n#EXTINF:4,\nfile://{secret}\n#EXT-X-ENDLIST\n",
            "master": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{address}.m3u8\n",
            "mpd": f'<?xml version="1.0"?><MPD><BaseURL>{address}</BaseURL></MPD>',
            "concat": f"ffconcat version 1.0\nfile '{secret}'\n",
            "bare": address,
            "smil": f'<smil><body><video src="{address}"/></body></smil>',
            "asx": f'<asx version="3.0"><entry><ref href="{address}"/></entry></asx>',
        }
        paths = []
        for name, text in texts.items():
            paths.append(tmp_path / f"{name}.mp4")
            paths[-1].write_text(text)
        outcomes, _ = publish(portal, *paths)
        for path, outcome in zip(paths, outcomes, strict=True):
            assert f"“{path.name}”" in sentence_of(outcome, "is_playlist")
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_what_begins_well_is_published_with_a_warning(portal: Portal) -> None:
    """Cut or lying films whose beginning decodes; the length is the one that is there."""
    warned = {
        "truncated": ("cut short", 5000),
        "truncated_mkv": ("cut short", 2400),
        "lying_duration": ("claims another length", 4000),
        "bit_flips": ("are damaged", 10000),
    }
    outcomes, said = publish(portal, *map(film, warned), status=0)
    for outcome, (words, length_ms) in zip(outcomes, warned.values(), strict=True):
        assert words in " ".join(outcome["warnings"])
        assert abs(outcome["duration_ms"] - length_ms) < 150
        assert all(one["state"] == "done" for one in outcome["renditions"])
    assert said == ""
    done = run(portal, "publish", film("lying_duration"), **FRENCH)
    assert done.returncode == 0
    assert "« lying_duration.mkv » : " in done.stderr
    assert "une autre durée" in done.stderr
    assert done.stdout.startswith(portal.url)


def _without_right_to_everything() -> None:
    """Take from root what opens files that their mode closes (capabilities(7))."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_what_may_not_be_read(portal: Portal, tmp_path: Path) -> None:
    closed, hidden = tmp_path / "closed.mp4", tmp_path / "hidden"
    shutil.copyfile(film("tiny"), closed)
    closed.chmod(0)
    hidden.mkdir(mode=0)
    try:
        done = run(
            portal, "publish", "--json", closed, hidden / "film.mp4", film("tiny"),
            before=_without_right_to_everything,
        )  # fmt: skip
    finally:
        hidden.chmod(0o700)
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert "“closed.mp4” cannot be read" in sentence_of(outcomes[0], "unreadable")
    assert "“film.mp4” cannot be read" in sentence_of(outcomes[1], "unreadable")
    assert outcomes[2]["hls"]
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
@pytest.mark.parametrize("word", ["run", "publish", "init"])
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, word: str) -> None:
    closed = Portal(tmp_path / "data")
    closed.data.mkdir(mode=0o500)
    more = {"publish": [film("tiny")], "run": [], "init": [
        "--name", "N", "--language", "fr", "--owner", "a@example.org",
        "--channel", "C", "--password-stdin",
    ]}  # fmt: skip
    done = run(closed, word, *more[word], before=_without_right_to_everything)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert str(closed.data) in done.stderr
    assert "--data" in done.stderr
    assert list(closed.data.iterdir()) == []


def test_no_room(portal: Portal) -> None:
    """Refused by the reserve, by the limit, and by a file system that says no."""
    tiny, large = film("tiny"), film("h264_aac")
    (outcome,), _ = publish(portal, tiny, LUCARNE_UPLOADS__RESERVE_BYTES=str(10**16))
    assert "not enough disk space for “tiny.mov”" in sentence_of(outcome, "disk_full")
    (outcome,), _ = publish(portal, tiny, LUCARNE_UPLOADS__MAX_BYTES="100")
    assert "“tiny.mov” is larger" in sentence_of(outcome, "too_large")

    def small_files() -> None:
        # As much as can be: the database's files have to stay below it.
        limit = large.stat().st_size - 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = run(portal, "publish", "--json", large, before=small_files)
    assert (done.returncode, done.stderr) == (1, "")
    sentence_of(json.loads(done.stdout), "disk_full")


@contextlib.contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[Path]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk takes root and mount(8)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """No byte is left on a real, small disk; afterwards the portal works as before."""
    with small_disk(tmp_path / "small", size="4m") as disk:
        portal = Portal(disk / "data")
        portal.init()
        publish(portal, film("tiny"), status=0)
        filler = disk / "filler"
        free = shutil.disk_usage(disk).free
        filler.write_bytes(bytes(free - 400_000))
        (outcome,), _ = publish(portal, film("h264_aac"))
        sentence_of(outcome, "disk_full")
        assert list((portal.data / "incoming").iterdir()) == []
        # Whatever gives way first, files or rows, it is the disk that is named.
        filler.write_bytes(bytes(shutil.disk_usage(disk).free + filler.stat().st_size))
        said = run(portal, "publish", film("tiny"))
        assert said.returncode == 1
        assert "disk" in said.stderr
        assert "Traceback" not in said.stderr
        filler.unlink()
        (outcome,), _ = publish(portal, film("tiny"), status=0)
        assert outcome["hls"]
        check = portal.cli("check", "--storage", "--json", check=False)
        levels = {f["id"]: f["level"] for f in json.loads(check.stdout)["findings"]}
        assert levels["storage"] == "ok"
