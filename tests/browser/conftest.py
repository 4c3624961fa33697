"""One browser for this folder, one portal for the process, one visit per test."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.browser.player import Player
from tests.browser.stage import LADDER, Film, GrowingFilm, Stage, the_stage
from tests.live_portal import Portal

Visitor = Callable[..., chromium.Visit]
Films = Callable[[str], Film]
Watcher = Callable[..., Player]
Owned = Callable[..., Portal]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker("browser")
            item.add_marker("slow")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium.launched() as running:
        yield running


@pytest.fixture(scope="package")
def stage(pytestconfig: pytest.Config) -> Stage:
    return the_stage(pytestconfig)


@pytest.fixture(scope="package")
def film(stage: Stage, browser: Browser) -> Films:
    """Give one of the six films by its name."""
    return lambda name: stage.film(name, browser)


@pytest.fixture
def own_portal(tmp_path: Path) -> Iterator[Owned]:
    """Set up a portal for one test alone, with these settings; nothing runs yet."""
    made: list[Portal] = []

    def set_up(**settings: str) -> Portal:
        portal = Portal(tmp_path / f"data-{len(made)}", **settings)
        portal.init()
        made.append(portal)
        return portal

    yield set_up
    for portal in made:
        portal.kill()


@pytest.fixture
def visit(
    browser: Browser,
    own_portal: Owned,  # noqa: ARG001 - it must be torn down after this
) -> Iterator[Visitor]:
    """Begin visits; each must end without any error that the test did not allow.

    A visit ends before the portal it was at: a page whose portal is gone complains.
    """
    with contextlib.ExitStack() as visits:

        def begin(**options: Any) -> chromium.Visit:
            return visits.enter_context(chromium.visit(browser, **options))

        yield begin


@pytest.fixture
def owner(stage: Stage, browser: Browser, visit: Visitor) -> Visitor:
    """Begin visits of the owner, who is signed in."""
    return functools.partial(visit, storage_state=stage.signed_in(browser))


@pytest.fixture
def watch(visit: Visitor, request: pytest.FixtureRequest) -> Watcher:
    """Open the page of a film, one of the six or by its address, in a fresh visit."""

    def opened(
        name: str = LADDER.name,
        query: str = "",
        *,
        before: Callable[[Page], None] | None = None,
        **options: Any,
    ) -> Player:
        is_address = name.startswith("http")
        # Who has a portal of her own needs no stage.
        url = name if is_address else request.getfixturevalue("film")(name).url
        page = visit(**options).page
        if before:
            before(page)
        page.goto(url + query)
        player = Player(page)
        if options.get("java_script_enabled", True):
            player.is_wired()
        return player

    return opened


@pytest.fixture(scope="package")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GrowingFilm]:
    film = GrowingFilm(tmp_path_factory.mktemp("growing"))
    yield film
    film.close()
