"""The system's Chromium, and visits in which nothing may go wrong unseen."""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    expect,
    sync_playwright,
)

INSTALL: Final = (
    "brew install google-chrome"
    if sys.platform == "darwin"
    else "sudo apt install chromium"
)
PROGRAMS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# The first ones are Playwright's own, whose list this takes the place of. The others
# are for somebody before a window, of which each visit has one: the pages below its
# address bar and a process in reserve, which cost as much as a visit itself.
WITHOUT: Final = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter",
    "PaintHolding", "ThirdPartyStoragePartitioning", "OptimizationHints",
    "AvoidCorsURLLoaderRestartOnRedirect", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
    "PreloadTopChromeWebUI", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess",
    "AndroidWarmUpSpareRendererWithTimeout",
)  # fmt: skip
ARGUMENTS: Final = (
    f"--disable-features={','.join(WITHOUT)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# Long enough for a busy machine; nothing waits longer than it must.
PATIENCE_S: Final = 90
DESKTOP: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 844}


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """Give a headless browser; keep it no longer than one package of tests.

    While it runs, this thread has a running event loop, in which Django refuses
    to ask its database.
    """
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()


def launch(kind: BrowserType, *more: str) -> Browser:
    """Start the system's Chromium, with more arguments than the usual ones."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.fail(f"These tests need Chromium; install it with: {INSTALL}", False)
    return kind.launch(executable_path=program, args=[*ARGUMENTS, *more])


@dataclass
class Visit:
    """One person's visit: a context of its own, and what went wrong in it."""

    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)
    _allowed: list[str] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Let a problem that the test provokes itself pass (a regular expression)."""
        self._allowed.append(pattern)

    def watch(self) -> None:
        """Note console errors, errors of pages and requests that failed."""
        self.context.on("console", self._console)
        self.context.on("weberror", lambda e: self.problems.append(f"page: {e.error}"))
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            place = message.location.get("url", "")
            self.problems.append(f"console: {message.text} at {place}")

    def _failed(self, request: Request) -> None:
        # A player cancels what it no longer needs, a page that is left all it loads.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"request: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")

    def check(self) -> None:
        """Fail when something went wrong that nobody allowed."""
        wrong = [
            one
            for one in self.problems
            if not any(re.search(pattern, one) for pattern in self._allowed)
        ]
        assert not wrong, "\n".join(wrong)


@contextlib.contextmanager
def visit(
    browser: Browser, *, allow: str | None = None, **options: Any
) -> Iterator[Visit]:
    """Give a fresh visit (English, on a desktop); at its end nothing went wrong."""
    defaults = {"locale": "en-GB", "viewport": DESKTOP}
    context = browser.new_context(**(defaults | options))
    context.set_default_timeout(PATIENCE_S * 1000)
    try:
        one = Visit(context, context.new_page())
        one.watch()
        if allow is not None:
            one.allow(allow)
        yield one
        one.check()
    finally:
        context.close()


def hold_back(page: Page, address: str, *, but: str = "") -> list[Route]:
    """Give the requests for an address, to let go on later; none whose body has ``but``."""
    held: list[Route] = []

    def take(route: Route) -> None:
        sent = (route.request.post_data_buffer or b"").decode(errors="ignore")
        if but and but in sent:
            route.continue_()
        else:
            held.append(route)

    page.route(address, take)
    return held
