"""``lucarne publish``: alone, beside a portal, twice at once, and stopped halfway."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import CTRL_C, on_terminal
from tests.engine.films import film
from tests.live_portal import (
    PASSWORD,
    PATIENCE_S,
    Portal,
    environment,
    get,
    until,
)

KEYS = {
    "video", "url", "hls", "dash", "playable_after_ms", "ready_after_ms",
    "duration_ms", "renditions",
}  # fmt: skip
UNFINISHED = "select count(*) from media_asset where state not in ('ready', 'failed')"


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    """Give a portal that is set up; nothing of it runs."""
    portal = Portal(tmp_path / "data")
    portal.init()
    return portal


def levels(portal: Portal) -> dict[str, str]:
    done = portal.cli("check", "--storage", "--json", check=False)
    return {one["id"]: one["level"] for one in json.loads(done.stdout)["findings"]}


def jobs(portal: Portal) -> dict[str, Any]:
    return dict(json.loads(portal.cli("jobs", "list", "--json").stdout))


def until_all_is_done(portal: Portal) -> None:
    """Wait by asking the database: each command costs a second of CPU to start."""
    until(lambda: portal.ask_rows(UNFINISHED) == [(0,)], seconds=PATIENCE_S)
    assert jobs(portal)["films"] == []


def test_what_json_says_of_a_film(portal: Portal) -> None:
    made = portal.publish(
        str(film("h264_short")), "--title", "Été", "--channel", "nature"
    )
    assert made.keys() >= KEYS
    assert made["title"] == "Été"
    assert made["url"] == f"{portal.url}/watch/{made['video']}"
    assert abs(made["duration_ms"] - 4000) < 100
    assert 0 < made["playable_after_ms"] <= made["ready_after_ms"]
    (rendition,) = made["renditions"]
    assert rendition["codec"].startswith("avc1.")
    assert (rendition["width"], rendition["height"]) == (640, 360)
    assert rendition["bitrate_kbps"] > 0
    assert rendition["size_bytes"] > 10_000
    # Nobody else would make the storyboard: it is there, and nothing waits.
    assert jobs(portal) == {"workers": 0, "films": [], "jobs": []}
    portal.start()
    try:
        page = get(made["url"])
        assert page.status_code == 200
        assert "storyboard.vtt" in page.text
        for address in (made["hls"], made["dash"]):
            assert get(address).status_code == 200
    finally:
        portal.stop()


def test_beside_a_running_portal(portal: Portal) -> None:
    portal.start()
    try:
        made = portal.publish(str(film("vp9_opus")), "--wait", "playable")
        assert made["playable_after_ms"] > 0
        assert get(made["hls"]).status_code == 200
        private = portal.publish(str(film("tiny")), "--private")
        assert get(private["url"]).status_code == 403
        until_all_is_done(portal)
    finally:
        portal.stop()
    assert levels(portal)["storage"] == "ok"


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (("--channel", "Sport"), 1, "There is no channel “Sport”"),
        (("--title", "Two"), 2, "--title goes with one file"),
        (("--wait", "soon"), 2, "--wait"),
        (("--nonsense",), 2, "--nonsense"),
    ],
)
def test_wrong_arguments_keep_nothing(
    portal: Portal, args: tuple[str, ...], status: int, words: str
) -> None:
    path = str(film("tiny"))
    done = portal.cli("publish", path, path, *args, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (status, 1)
    assert words in done.stderr
    assert not (portal.data / "store" / "masters").exists()


def test_before_the_first_visit(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.prepare()
    done = portal.cli("publish", str(film("tiny")), check=False)
    assert done.returncode == 1
    assert "`lucarne init`" in done.stderr.splitlines()[-1]


def test_two_at_once(portal: Portal) -> None:
    """The one that ends first takes its workers with it: the other goes on."""
    begun = subprocess.Popen(
        [sys.executable, "-m", "lucarne.cli", "publish", "--json",
         str(film("h264_short"))],
        env=environment(portal.data, **portal.settings),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(lambda: any(portal.data.glob("alive/*")), seconds=60)
        second = portal.publish(str(film("h264_aac")))
        assert second["ready_after_ms"] > 0
        said, errors = begun.communicate(timeout=120)
    finally:
        begun.kill()
    assert begun.returncode == 0, errors
    assert json.loads(said)["ready_after_ms"] > 0
    assert levels(portal)["storage"] == "ok"
    assert jobs(portal)["films"] == []


def test_the_same_film_at_the_same_moment_twice(portal: Portal) -> None:
    path = str(film("h264_short"))
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: portal.publish(path), range(2)))
    assert made[0]["video"] != made[1]["video"]
    assert all(one["ready_after_ms"] > 0 for one in made)
    assert levels(portal)["storage"] == "ok"


def test_a_terminal_sees_every_stage(portal: Portal) -> None:
    status, text = on_terminal(portal.data, "publish", str(film("vp9_opus")))
    assert status == 0
    for label in ("vp9_opus.webm", "Looking into the file", "Picture", "Sound",
                  "Poster and preview", "180p", "100%", "kb/s"):  # fmt: skip
        assert label in text
    assert "/watch/vid_" in text.splitlines()[-1]
    # Who sends the output elsewhere reads the address and nothing else.
    done = portal.cli("publish", str(film("tiny")), LC_ALL="fr_FR.UTF-8")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_stopped_halfway_and_taken_up_again(portal: Portal) -> None:
    path = str(film("h264_aac_30s"))
    status, text = on_terminal(
        portal.data, "publish", path, typed=[("240p", CTRL_C)], LC_ALL="fr_FR.UTF-8"
    )
    assert status == 130, text
    assert "Stopped. What was received goes on" in text
    assert "Lecture du fichier" in text
    assert "Traceback" not in text
    assert "ERROR" not in text
    assert list((portal.data / "incoming").iterdir()) == []
    (left,) = jobs(portal)["films"]
    assert left["state"] == "working"
    # The next command that encodes, whatever it was called for, takes the film up.
    portal.publish(str(film("tiny")))
    portal.start()
    try:
        until_all_is_done(portal)
    finally:
        portal.stop()
    assert levels(portal)["storage"] == "ok"
    page = portal.cli("jobs", "list", "--all")
    assert "failed" not in page.stdout


def test_jobs_cancels_and_retries_a_film(portal: Portal) -> None:
    on_terminal(
        portal.data, "publish", str(film("h264_aac_30s")), typed=[("240p", CTRL_C)]
    )
    (left,) = jobs(portal)["films"]
    video = left["video"]
    assert "Nobody does this work now" in portal.cli("jobs").stdout
    assert f"{video} is stopped." in portal.cli("jobs", "cancel", video).stdout
    assert f"{video} was over already." in portal.cli("jobs", "cancel", video).stdout
    (canceled,) = jobs(portal)["films"]
    assert (canceled["state"], canceled["error_code"]) == ("failed", "cancelled")
    assert jobs(portal)["jobs"] == []
    assert "runs as soon as" in portal.cli("jobs", "retry", video).stdout
    assert "nothing to retry" in portal.cli("jobs", "retry", video).stdout
    portal.start()
    try:
        until_all_is_done(portal)
    finally:
        portal.stop()
    assert levels(portal)["storage"] == "ok"
    for action in ("retry", "cancel"):
        done = portal.cli("jobs", action, "vid_nobody", check=False)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_init_asks_for_the_password_on_a_terminal(tmp_path: Path) -> None:
    data = tmp_path / "data"
    init = ("init", "--name", "N", "--language", "fr", "--owner", "a@example.org",
            "--channel", "C")  # fmt: skip
    first, again = "Password of the owner", "Once more"
    known, other = f"{PASSWORD}\n".encode(), b"another one\n"
    status, text = on_terminal(data, *init, typed=[(first, known), (again, other)])
    assert status == 1
    assert "The two passwords differ" in text
    status, text = on_terminal(data, *init, typed=[(first, known), (again, known)])
    assert status == 0, text
    assert "is set up in" in text
    assert PASSWORD not in text


def test_the_ffmpeg_of_the_settings_is_used(portal: Portal, tmp_path: Path) -> None:
    portal.settings["LUCARNE_MEDIA__FFMPEG"] = str(tmp_path / "no-ffmpeg-here")
    done = portal.cli("publish", "--json", str(film("vp9_opus")), check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "ffmpeg_missing"
