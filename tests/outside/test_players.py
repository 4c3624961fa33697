"""hls.js, Shaka and dash.js play what a portal serves, each film by both manifests.

They run in Chromium, on a page of another origin, with the media door of a real
portal. What they must do is in js/readers.js: every sound, every rung switched to by
their own means, two jumps, the end; without an error, a gap or a stall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.engine.films import corpus_folder
from tests.outside.conftest import Published
from tests.outside.served import served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("players"),
]

READERS: Final = (
    ("hls.js", "hls"), ("shaka", "hls"), ("shaka", "dash"), ("dash.js", "dash"),
)  # fmt: skip
# By film: its sounds by language and layout; the first plays unasked.
FILMS: Final = {
    "ladder": [""],
    "vp9_opus": [""],
    "surround": ["", "5.1"],
    "two_languages": ["fr", "en"],
    "video_only": [],
    "audio_only": [""],
}
REAL: Final = {
    "r_2video_2audio_2subs.mp4": ["en", "en"],
    "r_rot90_iphone_gps.mov": [""],
    "r_hevc_ts_aac51.ts": ["en", "en 5.1"],
    "r_sar_2x1.mp4": [],
}
CORPUS: Final = corpus_folder()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """Give a page with all readers; loading them costs as much as a film."""
    with served() as address, chromium.visit(browser) as one:
        one.page.goto(f"{address}/readers.html")
        yield one.page


def _watch(page: Page, film: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Let all readers watch a film at once; give what each saw."""
    asked = [[name, film[manifest]] for name, manifest in READERS]
    seen = page.evaluate("(asked) => watchAll(asked)", asked)
    names = [f"{name} by {manifest}" for name, manifest in READERS]
    return dict(zip(names, seen, strict=True))


def _check(
    film: dict[str, Any], seen: dict[str, Any], sounds: list[str], reader: str
) -> None:
    sizes = [(one["width"], one["height"]) for one in film["renditions"]]
    seconds = film["duration_ms"] / 1000
    assert seen["problems"] == [], reader
    assert [(one["width"], one["height"]) for one in seen["rungs"]] == sorted(sizes)
    shown = sorted((one["width"], one["height"]) for one in seen["shown"])
    assert shown == sorted(sizes)
    assert 0 <= seen["begins"] < 0.1
    assert abs(seen["duration"] - seconds) < 0.1
    assert abs(seen["ends"] - seconds) < 0.1
    # A film of one sound without picture has no list of sounds in HLS.
    assert seen["sounds"] == sounds or (not sizes and seen["sounds"] == [])
    assert seen["heard"] == (sounds or [""])
    # What is on the screen is not one picture.
    assert (len(set(seen["pictures"])) > 1) == bool(sizes)


@pytest.mark.parametrize("name", FILMS)
def test_every_reader_plays_every_kind_of_film(
    published: Published, film_file: Callable[[str], Path], page: Page, name: str
) -> None:
    film = published(film_file(name))
    for reader, seen in _watch(page, film).items():
        _check(film, seen, FILMS[name], reader)


@pytest.mark.corpus
@pytest.mark.skipif(CORPUS is None, reason="no real films here: LUCARNE_TEST_MEDIA names a folder")
@pytest.mark.parametrize("name", REAL)
def test_every_reader_plays_real_films(
    published: Published, page: Page, name: str
) -> None:
    assert CORPUS is not None
    film = published(CORPUS / name)
    for reader, seen in _watch(page, film).items():
        _check(film, seen, REAL[name], reader)
