"""One browser for this folder, one portal for the process, one visit per test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.browser.player import Player
from tests.browser.stage import SIX, Film, GrowingFilm, Stage, source, the_stage
from tests.browser.watching import Watching
from tests.live_portal import Portal

Opener = Callable[..., Watching]
Visitor = Callable[..., chromium.Visit]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker("browser")
            # With --dist loadgroup one process, so one portal, does them all.
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium.launched() as running:
        yield running


@pytest.fixture(scope="package")
def stage(pytestconfig: pytest.Config) -> Stage:
    return the_stage(pytestconfig)


@pytest.fixture(scope="package")
def portal(stage: Stage) -> Portal:
    return stage.portal


@pytest.fixture(scope="package")
def film(stage: Stage, browser: Browser) -> Callable[[str], Film]:
    """Give one of the six films by its name."""
    return lambda name: stage.film(name, browser)


@pytest.fixture(scope="package")
def published(film: Callable[[str], Film]) -> dict[str, dict[str, Any]]:
    """Give what was said of each of the six films, and its file, by its name."""
    return {
        kind.name: {**film(kind.name).outcome, "file": str(source(kind.name))}
        for kind in SIX
    }


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Begin visits; each must end without any error that the test did not allow."""
    with contextlib.ExitStack() as visits:

        def begin(**options: Any) -> chromium.Visit:
            return visits.enter_context(chromium.visit(browser, **options))

        yield begin


@pytest.fixture
def open_page(visit: Visitor) -> Opener:
    """Open an address in a fresh visit; ``may_fail`` lets errors pass."""

    def opened(
        address: str,
        *,
        before: Callable[[Page], None] | None = None,
        may_fail: bool = False,
        **options: Any,
    ) -> Watching:
        one = visit(**options)
        if may_fail:
            one.allow("")
        if before:
            before(one.page)
        one.page.goto(address)
        return Watching(one.page)

    return opened


@pytest.fixture
def player(visit: Visitor) -> Player:
    """Give the player of a fresh visit by somebody who is not signed in."""
    return Player(visit().page)


@pytest.fixture(scope="package")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GrowingFilm]:
    film = GrowingFilm(tmp_path_factory.mktemp("growing"))
    yield film
    film.close()
