"""hls.js, Shaka, dash.js and m3u8 find a film's captions where the manifests say.

They are those that were inside the film, so the whole way is walked: extracted,
stored, listed, served to a page of another origin.
"""

from __future__ import annotations

import httpx
import m3u8
import pytest
from mpegdash.parser import MPEGDASHParser
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.engine.films import film
from tests.live_portal import until
from tests.outside.conftest import Published
from tests.outside.served import served

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("players")]

READERS = (
    ("hls.js", "hls"), ("shaka", "hls"), ("shaka", "dash"), ("dash.js", "dash"),
)  # fmt: skip
LISTED = [
    {"language": "en", "name": "English (CC)", "isForDeaf": True},
    {"language": "fr", "name": "Français", "isForDeaf": False},
]
CUES = [[500, 2000, "Hello?"]]


def test_every_reader_shows_the_captions(published: Published, browser: Browser) -> None:
    made = published(film("extras_mp4"))
    until(lambda: "TYPE=SUBTITLES" in httpx.get(made["hls"]).text, seconds=120)
    with served() as address, chromium.visit(browser) as one:
        one.page.goto(f"{address}/captions.html")
        asked = [[name, made[manifest], "fr"] for name, manifest in READERS]
        told = one.page.evaluate("(asked) => lookAll(asked)", asked)
    for (name, manifest), seen in zip(READERS, told, strict=True):
        seen["listed"].sort(key=lambda one: one["language"])
        expected = {"problems": [], "listed": LISTED, "cues": CUES}
        assert seen == expected, f"{name} by {manifest}"

    text = httpx.get(made["hls"]).text
    texts = [one for one in m3u8.loads(text).media if one.type == "SUBTITLES"]
    assert [(one.language, one.name, one.default) for one in texts] == [
        ("en", "English (CC)", "NO"), ("fr", "Français", "NO"),
    ]  # fmt: skip
    period = MPEGDASHParser.parse(httpx.get(made["dash"]).text).periods[0]
    sets = [one for one in period.adaptation_sets if one.content_type == "text"]
    assert [(one.lang, one.mime_type) for one in sets] == [
        ("en", "text/vtt"), ("fr", "text/vtt"),
    ]  # fmt: skip
