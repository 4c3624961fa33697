"""Captions at the media door: those that are shown, for as long as the film is open."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.captions_page import CaptionsPage
from tests.engine.films import film
from tests.live_portal import until
from tests.playback.conftest import Shown

SRT = "1\n00:00:00,500 --> 00:00:01,750\n<i>Là-bas</i> & ici\n"


def lines(address: str, kind: str) -> list[str]:
    text = httpx.get(address, timeout=60).text
    return [line for line in text.splitlines() if kind in line]


@pytest.mark.slow
def test_captions_are_served_while_they_are_shown(shown: Shown) -> None:
    portal = shown.portal
    made = portal.publish(str(film("extras_mp4")), "--title", "Words")
    owner = CaptionsPage(portal, made["video"])
    hls, base = made["hls"], made["hls"].rpartition("/")[0]
    # The film's own tracks are there without anybody's doing.
    own = until(lambda: lines(hls, "TYPE=SUBTITLES"), seconds=120)
    assert [line.split('"')[3:6:2] for line in own] == [["en", "English (CC)"], ["fr", "Français"]]
    deaf, plain = (
        owner.add(SRT, language="fr", kind="captions"),
        owner.add(SRT, language="pt-br"),
    )
    told = until(
        lambda: len(lines(hls, "TYPE=SUBTITLES")) == 4 and lines(hls, "TYPE=SUBTITLES"),
        seconds=60,
    )
    assert any(
        'LANGUAGE="fr",NAME="Français (CC)"' in line
        and "public.accessibility.describes-music-and-sound" in line
        for line in told
    )
    assert any('LANGUAGE="pt-br",NAME="Português Brasileiro"' in line for line in told)
    variants = lines(hls, "#EXT-X-STREAM-INF")
    assert all('SUBTITLES="text",CLOSED-CAPTIONS=NONE' in line for line in variants)
    playlist = next(line for line in told if "Français (CC)" in line).split('URI="')[1][:-1]
    address = f"{base}/{playlist}"
    listed = httpx.get(address)
    assert listed.headers["content-type"] == "application/vnd.apple.mpegurl"
    segment = listed.text.splitlines()[-2]
    assert listed.text.splitlines()[-1] == "#EXT-X-ENDLIST"
    timed = httpx.get(f"{base}/captions/{segment}", headers={"Origin": "https://a.example"})
    assert timed.headers["content-type"] == "text/vtt; charset=utf-8"
    assert timed.headers["access-control-allow-origin"] == "*"
    assert "s-maxage=60" in timed.headers["cache-control"]
    head = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n"
    body = "00:00:00.500 --> 00:00:01.750\n<i>Là-bas</i> &amp; ici\n"
    assert timed.text == head + body
    whole = address.replace(".m3u8", ".vtt")
    assert httpx.get(whole).text == f"WEBVTT\n\n{body}"
    assert f"<BaseURL>captions/{whole.rpartition('/')[2]}</BaseURL>" in httpx.get(
        made["dash"]
    ).text
    watched = httpx.get(made["url"], headers={"Accept-Language": "en"}).text
    assert '<track kind="captions" srclang="fr" label="Français, for the deaf"' in watched
    for odd in ("captions/cap_none.vtt", "captions/..%2fmaster.vtt", "captions/.vtt"):
        assert httpx.get(f"{base}/{odd}").status_code == 404

    owner.send(f"/{deaf}/visible", data={"is_visible": "no"})
    until(lambda: httpx.get(whole).status_code == 404, seconds=60)
    assert httpx.get(address).status_code == 404
    assert not any("Français (CC)" in line for line in lines(hls, "TYPE=SUBTITLES"))
    owner.send(f"/{plain}/delete")
    until(lambda: len(lines(hls, "TYPE=SUBTITLES")) == 2, seconds=60)
    owner.send(f"/{deaf}/visible", data={"is_visible": "yes"})
    until(lambda: httpx.get(whole).status_code == 200, seconds=60)
    # Closed with the film, like every other part of it.
    close = portal.session()
    page = close.get(f"/studio/films/{made['video']}").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    close.post(
        f"/studio/films/{made['video']}/visibility",
        data={"csrfmiddlewaretoken": token[1], "visibility": "private"},
        headers={"Referer": f"{portal.url}/studio/films/{made['video']}"},
    )
    until(lambda: httpx.get(whole).status_code == 403, seconds=60)
    assert portal.cli("check", "--storage").returncode == 0
