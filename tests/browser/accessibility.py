"""axe over a page, in every way that people look at it."""

from __future__ import annotations

from typing import Any, Final, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS: Final = (
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa",
    "best-practice", "RGAAv4",
)  # fmt: skip
OPTIONS: Final = {
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],
}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
WIDTHS: Final = (320, 1280)
# axe is an inline script, which the pages' policy rightly refuses.
FOR_AXE: Final = {"bypass_csp": True}


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands."""
    found: dict[str, Any] = Axe().run(page, options=OPTIONS).response
    assert found["passes"], "axe looked at nothing"
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def violations_in_every_look(page: Page) -> list[str]:
    """Look at the page light and dark, on a phone's and on a desktop's width."""
    seen = []
    if page.get_by_role("heading", level=1).count() != 1:
        seen.append(f"{page.url} has not one heading of level 1")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            where = f"{page.url} {scheme} {width}"
            seen += [f"{where} {one}" for one in violations(page)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                seen.append(f"{where} is {wide} pixels wide")
    page.emulate_media(color_scheme="light")
    return seen
