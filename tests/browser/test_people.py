"""The way in, an analyst's studio, and the owner's list of members, in English on a desktop.

Phones and French: test_members.py and test_team.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import FOR_AXE, violations
from tests.browser.chromium import PHONE
from tests.browser.conftest import Films, Visitor
from tests.browser.stage import Stage
from tests.live_portal import EMAIL, PASSWORD, PATIENCE_S

DESKTOP = {"width": 1280, "height": 800}
ENGLISH = {"locale": "en-GB", "viewport": DESKTOP, **FOR_AXE}
PATIENCE_MS = PATIENCE_S * 1000


def looked_at(page: Page) -> None:
    """Let axe look at the page as it stands, light and dark."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(page) == [], f"{page.url} {scheme}"


@pytest.mark.parametrize("has_script", [True, False])
def test_the_way_in_leads_back(
    stage: Stage, film: Films, visit: Visitor, *, has_script: bool
) -> None:
    url = film("video_only").url
    page = visit(java_script_enabled=has_script, viewport=PHONE, locale="fr-FR").page
    page.goto(url)
    page.get_by_role("banner").get_by_role("button", name="Se connecter").click()
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Se connecter").click()
    page.wait_for_url(url, timeout=PATIENCE_MS)
    assert stage.portal.url in page.url
    expect(page.get_by_role("banner").get_by_role("link", name="Studio")).to_be_visible()


def test_an_analyst_reads_and_changes_nothing(
    stage: Stage, film: Films, visit: Visitor
) -> None:
    video = film("video_only").video
    made = stage.portal.cli(
        "team", "--invite", "ada@example.org", "--role", "analyst", "--json"
    )
    page = visit(**ENGLISH).page
    page.goto(json.loads(made.stdout)["link"])
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account and join").click()
    page.wait_for_url("**/studio/", timeout=PATIENCE_MS)
    rows = page.locator("tbody")
    expect(rows.locator("tr").first).to_be_visible()
    expect(rows.get_by_role("checkbox")).to_have_count(0)  # as a reader hears it
    expect(page.get_by_role("button", name="chosen film")).to_have_count(0)
    expect(page.get_by_role("link", name="Publish a film")).to_have_count(0)
    looked_at(page)
    page.goto(f"{stage.portal.url}/studio/films/{video}")
    expect(page.get_by_role("textbox", name="Title")).to_have_count(0)
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    looked_at(page)
    page.goto(f"{stage.portal.url}/studio/films/{video}/statistics")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_list_of_members_is_taken_in_and_one_forgot_her_password(
    stage: Stage, owner: Visitor, visit: Visitor, tmp_path: Path
) -> None:
    page = owner(**ENGLISH).page
    page.goto(f"{stage.portal.url}/studio/members")
    page.get_by_role("link", name="Import a list").click()
    looked_at(page)
    file = tmp_path / "staff.csv"
    file.write_text("name,email\nEmma,emma@example.org\nNobody,none\n")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_text("Line 3: “Nobody, none” is not an email address.")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Import").click()
    row = page.get_by_role("listitem").filter(has_text="emma@example.org")
    row.get_by_role("button", name="New link").click()
    link = page.get_by_label("Link to choose a password").input_value()
    looked_at(page)

    emma = visit(**ENGLISH).page
    emma.goto(link)
    emma.get_by_label("Your name").fill("Emma")
    emma.get_by_label("Password").fill(PASSWORD)
    emma.get_by_role("button", name="Make the account").click()
    emma.wait_for_url(f"{stage.portal.url}/", timeout=PATIENCE_MS)
    looked_at(emma)
    emma.get_by_role("button", name="Sign out").click()

    page.goto(f"{stage.portal.url}/studio/members?q=emma")
    row.get_by_role("button", name="Forgotten password").click()
    link = page.get_by_label("Link to choose a new password").input_value()
    looked_at(page)
    emma.goto(link)
    emma.get_by_role("main").get_by_role("button", name="Sign in").click()
    emma.get_by_label("New password").fill("seven green doors")
    looked_at(emma)
    emma.get_by_role("button", name="Change the password").click()
    emma.wait_for_url(f"{stage.portal.url}/", timeout=PATIENCE_MS)
