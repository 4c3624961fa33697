from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.engine.films import film
from tests.live_portal import Portal


@dataclass(frozen=True)
class Shown:
    """A running portal with one film in it."""

    portal: Portal
    film: dict[str, Any]
    client: httpx.Client

    @property
    def base(self) -> str:
        """Path of the film's media, without a slash at its end."""
        return httpx.URL(self.film["hls"]).path.removesuffix("/main.m3u8")

    @property
    def track(self) -> str:
        """Path of the first video track."""
        lines = self.client.get(f"{self.base}/main.m3u8").text.splitlines()
        playlist = next(line for line in lines if line and not line.startswith("#"))
        return f"{self.base}/{playlist.removesuffix('/index.m3u8')}"

    @property
    def poster(self) -> str:
        """Path of the folder with its poster."""
        page = self.client.get(f"/watch/{self.film['video']}").text
        found = re.search(r'poster="(/media/[^"]+)/poster\.jpg"', page)
        assert found is not None
        return found[1]


@pytest.fixture(scope="package")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    running = Portal(tmp_path_factory.mktemp("playback") / "data")
    running.init()
    made = running.publish(str(film("h264_aac")))
    running.start()
    try:
        with httpx.Client(base_url=running.url, timeout=30) as client:
            yield Shown(running, made, client)
    finally:
        running.stop()
