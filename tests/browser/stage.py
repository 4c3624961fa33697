"""The portals and films that all browser tests of a process share.

A film is published the first time that a test asks for it, always through a door
that people use: the command line, or the studio's form in a browser.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import visit
from tests.engine import films
from tests.live_portal import EMAIL, PASSWORD, Portal, environment, get, until

READY_S: Final = 240
GROWING_S: Final = 240


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A film of the tests, and what must be seen of it."""

    name: str  # of tests.engine.films; "h264_aac" is this module's own
    size: tuple[int, int]  # of its best rung
    seconds: float
    has_sound: bool = True
    by_form: bool = False  # published in the studio, not by the command line


# Three rungs and six segments, long enough for every jump.
LADDER: Final = Kind(name="h264_aac", size=(1280, 720), seconds=24)
SIX: Final = (
    LADDER,
    Kind(name="vp9_opus", size=(320, 180), seconds=5),
    Kind(name="rotated", size=(360, 640), seconds=4, by_form=True),
    Kind(name="hevc", size=(320, 180), seconds=4),
    Kind(name="surround", size=(320, 180), seconds=5),
    Kind(name="video_only", size=(320, 180), seconds=4, has_sound=False, by_form=True),
)
LADDER_HEIGHTS: Final = (360, 480, 720)


@dataclass(frozen=True, kw_only=True)
class Film:
    """A published film; addresses are whole."""

    video: str
    url: str
    kind: Kind


class Stage:
    """One portal with its films. ``lucarne run``, as a person would start it."""

    def __init__(self, folder: Path) -> None:
        self.portal = Portal(folder / "data")
        self.portal.init(name="Belvédère")
        self.portal.start()
        self._films: dict[str, Film] = {}
        self._state: Any = None

    def film(self, name: str, browser: Browser) -> Film:
        """Return one of the six, published and ready."""
        if name not in self._films:
            kind = next(one for one in SIX if one.name == name)
            send = self._by_form if kind.by_form else self._by_command
            self._films[name] = send(kind, browser)
        return self._films[name]

    def in_order(self) -> list[str]:
        """Return the watch pages of what was published so far, oldest first."""
        return [film.url for film in self._films.values()]

    def signed_in(self, browser: Browser) -> Any:
        """Return the storage state of a browser that the owner signed in with."""
        if self._state is None:
            with visit(browser) as one:
                one.page.goto(f"{self.portal.url}/sign-in")
                one.page.get_by_label("Email").fill(EMAIL)
                one.page.get_by_label("Password").fill(PASSWORD)
                one.page.locator("main").get_by_role("button", name="Sign in").click()
                one.page.wait_for_url("**/studio/")
                self._state = one.context.storage_state()
        return self._state

    def _by_command(self, kind: Kind, _browser: Browser) -> Film:
        outcome = self.portal.publish(str(source(kind.name)), "--title", title(kind))
        return Film(video=outcome["video"], url=outcome["url"], kind=kind)

    def _by_form(self, kind: Kind, browser: Browser) -> Film:
        with visit(browser, storage_state=self.signed_in(browser)) as one:
            page = one.page
            page.goto(f"{self.portal.url}/studio/publish")
            page.locator("input[type=file]").set_input_files(source(kind.name))
            page.get_by_role("textbox", name="Title").fill(title(kind))
            page.get_by_role("button", name="Publish").click()
            page.wait_for_url("**/studio/films/vid_*")
            # The page follows the work by itself, to its end.
            page.locator("#work[data-state=ready]").wait_for(timeout=READY_S * 1000)
            page.get_by_role("link", name="Watch it").click()
            page.wait_for_url("**/watch/vid_*")
            url = page.url
        return Film(video=url.rpartition("/")[2], url=url, kind=kind)


class GrowingFilm:
    """A film of half a minute of which only the first segment is encoded, and a portal.

    Whoever published it left when it could be watched, and nobody goes on, so that a
    test has all the time it needs; ``go_on`` starts a worker.
    """

    def __init__(self, folder: Path) -> None:
        # One chunk at a time: the others must be still to come on any machine.
        self.portal = Portal(folder / "data", LUCARNE_JOBS__CONCURRENCY="1")
        self.portal.init()
        self.outcome = self.portal.publish(
            str(source("long_vp9")), "--wait", "playable"
        )
        self.portal.start("--no-jobs")
        self._worker: subprocess.Popen[str] | None = None
        state = get(f"{self.outcome['url']}/state").json()
        assert state["is_playable"]
        assert not state["is_ready"], "the film was finished before it was left"

    @property
    def seconds(self) -> float:
        return float(self.outcome["duration_ms"]) / 1000

    def go_on(self) -> None:
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "lucarne.cli", "work"],
            env=environment(self.portal.data, **self.portal.settings),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def until_ready(self) -> None:
        address = f"{self.outcome['url']}/state"
        until(lambda: get(address).json()["is_ready"], seconds=GROWING_S)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.terminate()
            try:
                self._worker.wait(15)
            except subprocess.TimeoutExpired:
                self._worker.kill()
                self._worker.wait()
        self.portal.kill()


LONG_S: Final = 36
_LONG: Final = (
    "-f lavfi -i testsrc2=size=640x360:rate=30:duration=12"
    " -f lavfi -i aevalsrc=sin(2764*t)/4|sin(4146*t)/4:c=stereo:s=48000:d=12"
    " -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 400k -g 60"
    " -pix_fmt yuv420p -c:a libopus -b:a 64k"
)
# With ten pictures a second, which cost less, WebKit did not jump back to the beginning.
_LADDER: Final = (
    "-f lavfi -i testsrc2=size=1280x720:rate=25:duration=24"
    " -f lavfi -i aevalsrc=sin(2764*t)/4|sin(4146*t)/4:c=stereo:s=48000:d=24"
    " -c:v libx264 -preset ultrafast -crf 30 -pix_fmt yuv420p -g 50 -bf 2"
    " -c:a aac -b:a 96k"
)


def source(name: str) -> Path:
    """Return a film's file, made on first use."""
    if name == "h264_aac":
        return _made("ladder.mp4", _LADDER)
    if name == "long_vp9":
        once = _made("long_part.webm", _LONG)
        again = LONG_S // 12 - 1
        return _made("long_vp9.webm", f"-stream_loop {again} -i {once} -c copy")
    return films.film(name)


def _made(name: str, line: str) -> Path:
    recipe = hashlib.sha256(line.encode()).hexdigest()[:8]
    path = films.shared_folder() / f"browser-{recipe}-{name}"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=films.shared_folder()) as own:
            made = Path(own) / name
            films._ffmpeg(line, made)
            shutil.move(made, path)
    return path


def title(kind: Kind) -> str:
    """Return the title under which a film is published."""
    return f"A film: {kind.name.replace('_', ' ')}"


@cache
def _folder(config: pytest.Config) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lucarne-browser-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


@cache
def the_stage(config: pytest.Config) -> Stage:
    """Return the portal of this test process; it lives as long as the process."""
    stage = Stage(_folder(config) / "stage")
    config.add_cleanup(stage.portal.kill)
    return stage
