"""A film for members: the wall, the link, the film; in French, on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.accessibility import FOR_AXE, violations_in_every_look
from tests.browser.conftest import Films, Visitor
from tests.browser.player import Player
from tests.browser.stage import Film, Stage
from tests.live_portal import PATIENCE_S

PHONE = {"width": 360, "height": 740}
PATIENCE_MS = PATIENCE_S * 1000


def looked_at(page: Page) -> None:
    """Let axe look at the page, and go on as a phone."""
    assert violations_in_every_look(page) == []
    page.set_viewport_size(PHONE)


def show_to(page: Page, film: Film, choice: str) -> None:
    page.goto(f"{film.url.partition('/watch/')[0]}/studio/films/{film.video}")
    page.get_by_role("radio", name=re.compile(rf"^{choice}\s*:")).check()
    page.get_by_role("button", name="Appliquer").click()
    told = page.get_by_text("Le public du film est modifié.")
    expect(told).to_be_visible(timeout=PATIENCE_MS)


def test_from_the_wall_to_the_film(
    stage: Stage, film: Films, owner: Visitor, visit: Visitor
) -> None:
    secret = film("surround")
    options = {"locale": "fr-FR", "viewport": PHONE, **FOR_AXE}
    hers = owner(**options).page
    show_to(hers, secret, "Pour les membres")
    try:
        anne = visit(**options).page
        anne.goto(secret.url)
        expect(anne.get_by_text("Ce film est réservé aux membres")).to_be_visible()
        expect(anne.locator("video")).to_have_count(0)
        looked_at(anne)
        anne.goto(stage.portal.url)
        card = anne.locator(".card").filter(
            has=anne.locator(f'a[href="/watch/{secret.video}"]')
        )
        expect(card.locator(".card-badge")).to_have_text("Membres")
        looked_at(anne)

        hers.goto(f"{stage.portal.url}/studio/")
        hers.get_by_role("link", name="Membres").click()
        hers.get_by_label("Adresse électronique").fill("anne@example.org")
        hers.get_by_role("button", name="Ajouter").click()
        link = hers.get_by_label("Lien pour choisir un mot de passe").input_value()
        looked_at(hers)
        hers.get_by_role("link", name="Mettre fin… – anne@example.org").click()
        looked_at(hers)

        anne.goto(link)
        looked_at(anne)
        anne.get_by_label("Votre nom").fill("Anne-Sophie de La Rochefoucauld")
        anne.get_by_label("Mot de passe").fill("onze fenêtres bleues")
        anne.get_by_role("button", name="Créer le compte").click()
        expect(anne.get_by_role("button", name="Se déconnecter")).to_be_visible(
            timeout=PATIENCE_MS
        )
        expect(anne.get_by_role("link", name="Studio")).to_have_count(0)
        looked_at(anne)
        anne.goto(secret.url)
        Player(anne).is_wired()
        anne.get_by_role("button", name="Se déconnecter").click()
        anne.wait_for_url(f"{stage.portal.url}/")
        anne.goto(secret.url)
        expect(anne.get_by_text("Ce film est réservé aux membres")).to_be_visible()
    finally:
        show_to(hers, secret, "Public")
