"""The films table by keyboard: choosing, seeing what changes, changing, undoing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lucarne.studio.film_table import COLUMNS
from tests.browser.accessibility import FOR_AXE, violations
from tests.browser.chromium import PHONE
from tests.browser.conftest import Owned, Visitor
from tests.live_portal import EMAIL, PASSWORD, Portal, environment

ROOT = Path(__file__).parents[2]
FILMS = 28


@pytest.fixture
def portal(own_portal: Owned) -> Portal:
    """Give a portal with more films than a page holds; they are rows alone."""
    made = own_portal()
    variables = environment(made.data, **made.settings)
    variables["PYTHONPATH"] = f"{ROOT / 'src'}:{ROOT}"
    script = [sys.executable, "-m", "tests.browser.rows", str(FILMS)]
    subprocess.run(script, env=variables, check=True, cwd=ROOT)
    return made.start("--no-jobs")


def chosen(page: Page) -> list[int]:
    """Return the places of the chosen rows."""
    boxes = page.locator("tbody input[name=film]")
    return [n for n, box in enumerate(boxes.all()) if box.is_checked()]


def test_films_are_chosen_changed_and_given_back(
    portal: Portal, visit: Visitor
) -> None:
    page = visit(**FOR_AXE).page
    page.goto(f"{portal.url}/sign-in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/studio/")
    # In every look, and in both languages: see test_accessibility.
    assert violations(page) == []
    # Every column: the table is scrolled, its rows stay rows and the page is no wider.
    page.goto(f"{page.url}?{'&'.join(f'col={one.name}' for one in COLUMNS)}")
    heights = "rows => Math.max(...rows.map(row => row.offsetHeight))"
    assert page.locator("tbody tr").evaluate_all(heights) < 150
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{portal.url}/studio/")

    # By keyboard: a range up and down, all, nothing; every box has its film's name.
    boxes = page.locator("tbody input[name=film]")
    button = page.get_by_role("button", name="chosen film")
    expect(button).to_have_text("Change the chosen films…")
    page.get_by_role("checkbox", name="Film 02 : l’été", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    assert chosen(page) == [2, 3, 4]
    page.keyboard.press("Shift+ArrowUp")
    assert chosen(page) == [2, 3]
    expect(button).to_have_text("Change 2 chosen films…")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(boxes.nth(5)).to_be_focused()
    page.keyboard.press("Shift+Space")
    assert chosen(page) == [2, 3, 5]
    boxes.nth(8).click(modifiers=["Shift"])
    assert chosen(page) == [2, 3, 5, 6, 7, 8]
    page.keyboard.press("Control+a")
    assert len(chosen(page)) == 25
    expect(page.get_by_role("checkbox", name="Choose every film")).to_be_checked()
    page.keyboard.press("Escape")
    assert chosen(page) == []
    # With nothing chosen the button says so, and leads nowhere.
    button.press("Enter")
    expect(boxes.nth(0)).to_be_focused()

    boxes.nth(3).check()
    boxes.nth(4).check()
    button.click()
    page.get_by_label("Visibility").select_option("private")
    page.get_by_label("Add tags").fill("été, forêt")
    page.get_by_role("button", name="See what would change").click()
    seen = page.get_by_role("region", name="What would change")
    expect(seen.get_by_role("heading")).to_be_focused()
    expect(seen).to_contain_text("2 films change.")
    expect(seen).to_contain_text("1 film closes")
    assert violations(page) == []
    # The way back keeps the choice, as forms do; forward shows the preview again.
    page.go_back()
    page.go_back()
    expect(button).to_have_text("Change 2 chosen films…")
    page.go_forward()
    page.go_forward()
    page.get_by_role("button", name="Change 2 films").click()
    page.wait_for_url("**/studio/changes/blk_*")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 films are changed")
    assert violations(page) == []

    # In French, on a phone: the change is undone.
    page.get_by_role("button", name="Français").click()
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    page.get_by_role("button", name="Annuler la modification").click()
    expect(page.get_by_role("status").first).to_contain_text("2 films sont de nouveau")
    page.get_by_role("link", name="Revenir aux films").click()
    row = page.get_by_role("row").filter(has_text="Film 03")
    expect(row).to_contain_text("Brouillon")
    # A phone shows no heads: the filter has the order, and every film at once.
    expect(page.get_by_role("columnheader", name="Durée")).to_be_hidden()
    page.get_by_label("Choisir tous les films de cette page").check()
    assert len(chosen(page)) == 25
    page.get_by_text("Filtres, ordre, colonnes").click()
    page.get_by_role("combobox", name="Ordre").select_option("title")
    page.get_by_role("combobox", name="Visibilité").select_option("draft")
    page.get_by_role("button", name="Appliquer").click()
    expect(page.get_by_role("listitem").filter(has_text="Brouillon")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Film 00")).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
