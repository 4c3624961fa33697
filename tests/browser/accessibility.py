"""axe over a page, in every way that people look at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS: Final = (
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa",
    "best-practice", "RGAAv4",
)  # fmt: skip
# All that a theme can change: it gives other colors (``color-scheme``), nothing else.
OF_COLOR: Final = ("color-contrast", "link-in-text-block")
WIDTHS: Final = (320, 1280)
Look = Callable[[Page], list[str]]
# axe is an inline script, which the pages' policy rightly refuses.
FOR_AXE: Final = {"bypass_csp": True}
# What was found; of the rules that were kept, their number alone. A color that is on its
# way to another one would be found wrong on the way (CSS Transitions, section 3).
LOOK: Final = """async (runOnly) => {
  const running = document.getAnimations();
  running.filter((one) => one instanceof CSSTransition).forEach((one) => one.finish());
  const { violations, passes } = await axe.run({ runOnly, resultTypes: ["violations"] });
  const told = ({ html, failureSummary }) => ({ html, failureSummary });
  return {
    violations: violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map(told) })),
    kept: passes.length,
  };
}"""


def violations(page: Page, rules: Sequence[str] = TAGS) -> list[str]:
    """Return what axe finds on the page as it stands, by rules or tags of rules."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    run_only = {"type": "tag" if rules == TAGS else "rule", "values": list(rules)}
    found: dict[str, Any] = page.evaluate(LOOK, run_only)
    assert found["kept"] or found["violations"], "axe looked at nothing"
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def violations_in_every_look(page: Page) -> list[str]:
    """Look at the page light and dark, on a phone's and on a desktop's width."""
    seen = _headings(page)
    for width in WIDTHS:
        seen += _looked(page, width, "light", TAGS)
        seen += _looked(page, width, "dark", OF_COLOR)
    page.emulate_media(color_scheme="light")
    return seen


def violations_in_other_words(page: Page) -> list[str]:
    """Look at a page that was looked at in every way, now in another language.

    Words may be missing or too long; colors and places do not change with them.
    """
    seen = _headings(page)
    seen += _looked(page, min(WIDTHS), "light", TAGS)
    seen += _looked(page, max(WIDTHS), "light", ())
    return seen


def _headings(page: Page) -> list[str]:
    count = page.get_by_role("heading", level=1).count()
    return [] if count == 1 else [f"{page.url} has {count} headings of level 1"]


def _looked(
    page: Page, width: int, scheme: Literal["light", "dark"], rules: Sequence[str]
) -> list[str]:
    """Look at the page in one way; without rules, see only whether it fits."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    where = f"{page.url} {scheme} {width}"
    found = violations(page, rules) if rules else []
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"is {wide} pixels wide")
    return [f"{where} {one}" for one in found]
