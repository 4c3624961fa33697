"""Which of HDR and SDR other players take, when both are there, on a plain screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.test_fine import FINE_S
from tests.engine.films import film
from tests.live_portal import Portal, until
from tests.outside.served import served
from tests.outside.test_players import READERS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("players"),
]


def test_readers_take_sdr_on_a_plain_screen(tmp_path: Path, browser: Browser) -> None:
    portal = Portal(tmp_path / "data", LUCARNE_MEDIA__SEGMENT_MS="1000")
    portal.init()
    portal.start()
    try:
        made = portal.publish(str(film("hdr10")))
        portal.make_smaller(made["video"])
        until(lambda: "VIDEO-RANGE=PQ" in httpx.get(made["hls"]).text, seconds=FINE_S)
        assert "mpegB:cicp:TransferCharacteristics" in httpx.get(made["dash"]).text
        found = {f"{name} by {kind}": _tracks(browser, name, made[kind]) for name, kind in READERS}
    finally:
        portal.stop()
    assert found == {f"{name} by {kind}": {"h264"} for name, kind in READERS}


def _tracks(browser: Browser, reader: str, url: str) -> set[str]:
    """Let one reader watch the film; give the codecs of the segments it asked for."""
    asked: set[str] = set()
    with served() as address, chromium.visit(browser) as one:
        one.page.on("request", lambda request: asked.add(request.url))
        one.page.goto(f"{address}/readers.html")
        (seen,) = one.page.evaluate("(asked) => watchAll(asked)", [[reader, url]])
    told: dict[str, Any] = seen
    assert told["problems"] == [], reader
    folders = {each.split("/")[-2] for each in asked if each.endswith(".m4s")}
    return {name.partition("-")[0] for name in folders if not name.startswith("aac")}
