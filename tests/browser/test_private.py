"""A private film is closed on every door, also on those that were open before."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import httpx
from playwright.sync_api import Page

from tests.browser.conftest import Films, Visitor
from tests.browser.player import Player
from tests.browser.stage import Film, Stage
from tests.live_portal import PATIENCE_S, get, until


def doors(film: Film) -> dict[str, str]:
    """Return every kind of address that a page gives away while a film is public."""
    # The small pictures come last; on a busy machine, after the film is ready.
    until(lambda: 'data-storyboard="/' in get(film.url).text, seconds=PATIENCE_S)
    page = get(film.url).text
    site = film.url.partition("/watch/")[0]

    def attribute(name: str) -> str:
        found = re.search(f'{name}="([^"]+)"', page)
        assert found, name
        return site + found[1]

    hls, storyboard = attribute("data-hls"), attribute("data-storyboard")
    rung = next(
        line for line in get(hls).text.splitlines() if line.endswith(".m3u8")
    )
    playlist = urljoin(hls, rung)
    lines = get(playlist).text.splitlines()
    poster = attribute(" poster")
    picture = next(
        line for line in get(storyboard).text.splitlines() if "#xywh" in line
    )
    init = re.search('URI="([^"]+)"', get(playlist).text)
    assert init
    return {
        "hls": hls,
        "dash": hls.replace("main.m3u8", "manifest.mpd"),
        "mp4": attribute("data-mp4"),
        "playlist": playlist,
        "init": urljoin(playlist, init[1]),
        "segment": urljoin(
            playlist, next(line for line in lines if line.endswith(".m4s"))
        ),
        "poster": poster,
        "thumbnail": poster.replace("poster.jpg", "thumb-320.jpg"),
        "storyboard": storyboard,
        "picture": urljoin(storyboard, picture.partition("#")[0]),
    }


# After a second at most; a busy machine takes longer to say so.
SOON_S = 20


def test_every_door_closes_soon(
    stage: Stage, film: Films, owner: Visitor, visit: Visitor
) -> None:
    surround = film("surround")
    addresses = doors(surround)
    for name, address in addresses.items():
        assert get(address).status_code == 200, name

    page = owner().page
    page.goto(f"{stage.portal.url}/studio/films/{surround.video}")
    _save(page, "Private")
    try:
        for name, address in addresses.items():
            until(lambda a=address: get(a).status_code in {403, 404}, seconds=SOON_S)
            assert not httpx.head(address).is_success, name
        until(lambda: surround.video not in get(stage.portal.url).text, seconds=SOON_S)
        stranger = visit(allow="403").page
        answer = stranger.goto(surround.url)
        assert answer is not None
        assert answer.status == 403
        heading = stranger.get_by_role("heading", level=1)
        assert heading.inner_text() == "This film is private"
        assert "/media/" not in stranger.content()
        assert get(f"{surround.url}/state").status_code == 404
        # The owner still watches it.
        page.goto(surround.url)
        Player(page).start()
    finally:
        page.goto(f"{stage.portal.url}/studio/films/{surround.video}")
        _save(page, "Public")
    until(lambda: get(surround.url).status_code == 200, seconds=SOON_S)
    for name, address in addresses.items():  # they were given away: they stay closed
        assert not get(address).is_success, name


def _save(page: Page, label: str) -> None:
    page.get_by_role("radio", name=re.compile(f"^{label}:")).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Apply").click()
