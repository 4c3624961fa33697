"""One portal for the readers of this folder; each film is published once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.stage import source
from tests.engine.package.small_films import ffmpeg
from tests.live_portal import Portal, portal

Published = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="package")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with portal(tmp_path_factory.mktemp("readers") / "data") as running:
        yield running


@pytest.fixture(scope="package")
def published(living: Portal) -> Published:
    """Give what `publish --json` says of a film."""
    told: dict[Path, dict[str, Any]] = {}

    def publish(path: Path) -> dict[str, Any]:
        if path not in told:
            told[path] = living.publish(str(path))
        return told[path]

    return publish


@pytest.fixture(scope="package")
def film_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the file of a film: "ladder" has three rungs, the others are well known."""
    ladder = tmp_path_factory.mktemp("ladder") / "ladder.mp4"

    def file(name: str) -> Path:
        if name != "ladder":
            return source(name)
        if not ladder.exists():
            # Few pictures a second: what costs time here is encoding them.
            ffmpeg(
                *("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=8:d=32"),
                *("-f", "lavfi", "-i", "sine=660:r=48000:d=32", "-shortest"),
                *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
                *("-g", "16", "-c:a", "aac", ladder),
            )
        return ladder

    return file


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium.launched() as running:
        yield running
