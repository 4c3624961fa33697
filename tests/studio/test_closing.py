"""A film that the studio closes is closed on every door, at once, to strangers."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import httpx

from tests.engine.films import film
from tests.live_portal import PASSWORD, Portal, get, portal, until
from tests.studio.test_over_http import token_of

READER = "reader@example.org"
STILL = re.compile(r"/(poster|thumb-\d+)\.jpg$")


def press(
    owner: httpx.Client, made: dict[str, str], button: str, **fields: str
) -> httpx.Response:
    address = f"/studio/films/{made['video']}"
    page = owner.get(address).text
    return owner.post(
        f"{address}/{button}",
        data={"csrfmiddlewaretoken": token_of(page), **fields},
        headers={"Referer": str(owner.base_url)},
    )


def doors(made: dict[str, str], page: str = "") -> list[str]:
    """Every address of the film that a viewer's browser has ever seen."""
    base = made["hls"].removesuffix("/main.m3u8")
    lines = get(made["hls"]).text.splitlines()
    playlists = [f"{base}/{line}" for line in lines if line and line[0] != "#"]
    track = playlists[0].removesuffix("/index.m3u8")
    plan = track.rsplit("/", 1)[0]
    page = page or get(made["url"]).text
    poster = re.search(r'poster="(/media/[^"]+)/poster\.jpg"', page)
    assert poster is not None
    pictures = f"{base.partition('/media/')[0]}{poster[1]}"
    return [
        made["url"], f"{made['url']}/state", made["hls"], made["dash"],
        f"{base}/film.mp4", *playlists, f"{track}/iframes.m3u8", f"{track}/init.mp4",
        f"{track}/0.m4s", f"{pictures}/poster.jpg", f"{pictures}/thumb-320.jpg",
        f"{plan}/storyboard.vtt", f"{plan}/storyboard/0.jpg",
    ]  # fmt: skip


def until_all_are(addresses: list[str], statuses: set[int]) -> None:
    # Anonymous pages and tokens are remembered for a second.
    until(lambda: {get(one).status_code for one in addresses} <= statuses, seconds=120)


def doors_of(
    page: str, running: Portal, who: httpx.Client | None = None
) -> list[str]:
    """Every address of the film, as whoever opens this page of it now has them."""
    shown = (who.get(page) if who else get(page)).text
    (hls,) = re.findall(r'data-hls="([^"]+)"', shown)
    hls = running.url + hls
    dash = hls.replace("main.m3u8", "manifest.mpd")
    return doors({"url": page, "hls": hls, "dash": dash}, shown)


def poster_of(page: str, running: Portal) -> str:
    """Return the address of the picture in place of a film that may not be watched."""
    (path,) = re.findall(r'class="wall-poster" src="([^"]+)"', page)
    return running.url + str(path)


def member_of(running: Portal) -> httpx.Client:
    """Return the browser of a member, who made her account by the link."""
    link = running.cli("members", "add", READER).stdout.strip()
    client = httpx.Client(base_url=running.url, follow_redirects=True, timeout=60)
    token = token_of(client.get(link).text)
    fields = {"name": "Reader", "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = client.post(link, data=fields, headers={"Referer": link})
    assert answer.is_success, answer.text
    return client


def check_members(
    running: Portal, owner: httpx.Client, made: dict[str, str]
) -> None:
    """For members, strangers keep what says that the film is here, and nothing else."""
    page = made["url"]
    assert press(owner, made, "visibility", visibility="public").is_success
    until(lambda: "data-hls" in get(page).text, seconds=120)
    given_away = [one for one in doors_of(page, running) if "/media/" in one]
    until_all_are(given_away, {200})
    assert press(owner, made, "visibility", visibility="members").is_success
    until_all_are(given_away, {403, 404})
    until(lambda: "This film is for members" in get(page).text, seconds=120)
    until(lambda: "Secret garden" in get(running.url).text, seconds=120)
    poster = poster_of(get(page).text, running)
    for name in ("poster.jpg", "thumb-320.jpg", "thumb-640.jpg"):
        assert get(poster.replace("poster.jpg", name)).status_code == 200

    with contextlib.closing(member_of(running)) as reader:
        hers = doors_of(page, running, reader)
        until_all_are(hers, {200})
        # With the token of a poster none of the others opens.
        token = poster.split("/media/")[1].partition("/")[0]
        others = [one for one in hers if "/media/" in one and not STILL.search(one)]
        assert len(others) > 8
        for address in others:
            forged = re.sub("/media/[^/]+/", f"/media/{token}/", address)
            assert get(forged).status_code == 403, address
        running.cli("members", "end", READER)
        wall = reader.get(page).text
        assert "Your membership ended" in wall
        assert "/main.m3u8" not in wall
        assert press(owner, made, "visibility", visibility="private").is_success
        until_all_are(hers, {403, 404})
        assert reader.get(page).status_code == 403


def test_every_door_closes(tmp_path: Path) -> None:
    with portal(tmp_path / "data") as running:
        made = running.publish(str(film("h264_short")), "--title", "Secret garden")
        until(lambda: get(f"{made['url']}/state").json()["is_ready"], seconds=120)
        addresses = doors(made)
        until_all_are(addresses, {200})
        owner = running.session()
        for visibility in ("private", "draft"):
            answer = press(owner, made, "visibility", visibility=visibility)
            assert answer.is_success
            until_all_are(addresses, {403, 404})
            page = get(made["url"])
            assert "Secret" not in page.text
            assert "/media/" not in page.text
            assert "Secret" not in get(running.url).text
            assert owner.get(f"/watch/{made['video']}").status_code == 200

        # By a secret address it can be watched, and every door closes with it.
        shown = press(owner, made, "visibility", visibility="link")
        (page_url,) = re.findall(r'id="link" value="([^"]+)"', shown.text)
        secret = doors_of(page_url, running)
        until_all_are(secret, {200})
        assert {get(address).status_code for address in addresses} <= {403, 404}
        assert press(owner, made, "link").is_success
        until_all_are(secret, {403, 404})
        check_members(running, owner, made)
        # What is public goes into the bin, whoever holds an address of it.
        assert press(owner, made, "visibility", visibility="public").is_success
        until_all_are([made["url"]], {200})
        public = doors_of(made["url"], running)
        until_all_are(public, {200})
        assert press(owner, made, "delete").is_success
        until_all_are(public, {403, 404})
        assert owner.get(f"/watch/{made['video']}").status_code == 404
        owner.close()
        for address in addresses:
            headers = get(address).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "/media/" not in address or headers["Cache-Control"] == "no-store"
