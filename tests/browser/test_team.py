"""From an invitation to an approved film: two people, in French, on phones."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.accessibility import FOR_AXE, violations_in_every_look
from tests.browser.conftest import Visitor
from tests.browser.stage import READY_S, Stage, source
from tests.live_portal import PATIENCE_S, get, until

PHONE = {"width": 360, "height": 740}
PATIENCE_MS = PATIENCE_S * 1000


def looked_at(page: Page) -> None:
    """Let axe look at the page, and go on as a phone."""
    assert violations_in_every_look(page) == []
    page.set_viewport_size(PHONE)


def test_invited_joined_contributed_approved(
    stage: Stage, owner: Visitor, visit: Visitor, tmp_path: Path
) -> None:
    site = stage.portal.url
    options = {"locale": "fr-FR", "viewport": PHONE, **FOR_AXE}
    hers = owner(**options).page
    hers.goto(f"{site}/studio/channels")
    looked_at(hers)
    hers.get_by_role("link", name="Équipe – Nature").click()
    hers.get_by_label("Adresse électronique").fill("zoe@example.org")
    hers.get_by_role("radio", name=re.compile("^Contributeur")).check()
    hers.get_by_role("button", name="Créer le lien").click()
    link = hers.get_by_label("Lien de l’invitation").input_value()
    assert link.startswith(f"{site}/invitation/")
    looked_at(hers)

    zoe = visit(**options).page
    zoe.goto(link)
    expect(zoe.get_by_role("heading", level=1)).to_contain_text("Rejoindre l’équipe")
    looked_at(zoe)
    zoe.get_by_label("Votre nom").fill("Zoé")
    zoe.get_by_label("Mot de passe").fill("onze fenêtres bleues")
    zoe.get_by_role("button", name="Créer le compte").click()
    zoe.wait_for_url("**/studio/")

    # Not byte for byte what other tests have published.
    file = tmp_path / source("video_only").name
    file.write_bytes(source("video_only").read_bytes() + b"\0\0\0\x08free")
    film = contributed(zoe, site, file)
    watch = f"{site}/watch/{film}"
    assert get(watch).status_code == 403

    hers.goto(f"{site}/studio/approvals")
    looked_at(hers)
    hers.get_by_role("link", name="Le jardin de Zoé").click()
    looked_at(hers)
    hers.get_by_role("button", name="Approuver").click()
    expect(hers.get_by_text("C’est approuvé.")).to_be_visible(timeout=PATIENCE_MS)
    until(lambda: get(watch).status_code == 200, seconds=PATIENCE_S)

    # Her film is shown: from now on she proposes what shall change.
    zoe.goto(f"{site}/studio/films/{film}")
    expect(zoe.get_by_role("button", name="Soumettre")).to_be_visible()
    zoe.goto(f"{site}/studio/bin")
    hers.goto(f"{site}/studio/channels")
    hers.get_by_role("link", name="Journal des modifications – Nature").click()
    expect(hers.get_by_text("Zoé a rejoint l’équipe")).to_be_visible()
    looked_at(hers)


def contributed(page: Page, site: str, file: Path) -> str:
    """Send a film, and ask that whoever knows of it may watch; return its id."""
    page.goto(f"{site}/studio/publish")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("Titre").fill("Le jardin de Zoé")
    page.get_by_role("button", name="Publier").click()
    page.wait_for_url("**/studio/films/vid_*", timeout=PATIENCE_MS)
    page.locator("#work[data-state=ready]").wait_for(timeout=READY_S * 1000)
    # Unlisted: the tests beside this one know every film that the lists show.
    page.get_by_role("radio", name=re.compile("^Non répertorié")).check()
    page.get_by_role("button", name="soumettre").click()
    heading = page.get_by_role("heading", name="En attente d’approbation")
    expect(heading).to_be_visible(timeout=PATIENCE_MS)
    looked_at(page)
    return page.url.rpartition("/")[2].partition("#")[0]
