"""A film made private in the studio is closed on every door, at once, to strangers."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.engine.films import film
from tests.live_portal import get, portal, until
from tests.studio.test_over_http import token_of


def set_visibility(
    owner: httpx.Client, made: dict[str, str], visibility: str
) -> httpx.Response:
    address = f"/studio/films/{made['video']}"
    page = owner.get(address).text
    return owner.post(
        f"{address}/visibility",
        data={"csrfmiddlewaretoken": token_of(page), "visibility": visibility},
        headers={"Referer": str(owner.base_url)},
    )


def doors(made: dict[str, str]) -> list[str]:
    """Every address of the film that a viewer's browser has ever seen."""
    base = made["hls"].removesuffix("/main.m3u8")
    lines = get(made["hls"]).text.splitlines()
    playlists = [f"{base}/{line}" for line in lines if line and line[0] != "#"]
    track = playlists[0].removesuffix("/index.m3u8")
    plan = track.rsplit("/", 1)[0]
    return [
        made["url"], f"{made['url']}/state", made["hls"], made["dash"],
        f"{base}/film.mp4", *playlists, f"{track}/iframes.m3u8", f"{track}/init.mp4",
        f"{track}/0.m4s", f"{plan}/poster.jpg", f"{plan}/thumb-320.jpg",
        f"{plan}/storyboard.vtt", f"{plan}/storyboard/0.jpg",
    ]  # fmt: skip


def test_every_door_closes(tmp_path: Path) -> None:
    with portal(tmp_path / "data") as running:
        made = running.publish(str(film("h264_short")), "--title", "Secret garden")
        until(lambda: get(f"{made['url']}/state").json()["is_ready"], seconds=120)
        addresses = doors(made)
        until(
            lambda: {get(address).status_code for address in addresses} == {200},
            seconds=120,
        )
        owner = running.session()
        for visibility in ("private", "draft"):
            assert set_visibility(owner, made, visibility).is_success
            # Anonymous pages and tokens are remembered for a second.
            until(
                lambda: {get(address).status_code for address in addresses}
                <= {403, 404},
                seconds=30,
            )
            page = get(made["url"])
            assert "Secret" not in page.text
            assert "/media/" not in page.text
            assert "Secret" not in get(running.url).text
            assert owner.get(f"/watch/{made['video']}").status_code == 200
        owner.close()
        for address in addresses:
            headers = get(address).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "/media/" not in address or headers["Cache-Control"] == "no-store"
