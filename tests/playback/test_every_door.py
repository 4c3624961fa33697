"""Every door of a film against every visitor, for each visibility: pages and pieces.

Whoever may watch gets addresses from a page, and they open the film with its captions;
from anybody else every page keeps them, and those that were given away end.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.catalog import bin as rubbish, publication, queries
from lucarne.catalog.models import Caption, Video
from lucarne.catalog.queries import Viewer
from lucarne.core import clock
from lucarne.core.storage import get_store
from lucarne.media import keys
from lucarne.membership import operations as members
from lucarne.playback import queries as playback, tokens
from lucarne.playback.media_server import MediaServer
from tests.portal.films import channel, film

pytestmark = pytest.mark.django_db(transaction=True)
SOON: Final = dt.datetime(2099, 7, 1, tzinfo=dt.UTC)
PLAN: Final = "0123456789ab"
KEY: Final = "k" * 24
TEXT: Final = "cap_x-0123456789ab"
# Below the film's address; of captions also what HLS asks for.
PIECES: Final = (
    f"captions/{TEXT}.vtt", f"captions/{TEXT}-timed.vtt", f"captions/{TEXT}.m3u8",
    f"{PLAN}/h264-720/init.mp4", f"{PLAN}/h264-720/1.m4s",
    f"{PLAN}/storyboard.vtt", f"{PLAN}/storyboard/1.jpg",
)  # fmt: skip
POSTER: Final = f"{PLAN}/poster.jpg"

VISITORS: Final = {
    "N": "nobody who signed in",
    "R": "somebody who signed in and is nothing",
    "M": "a member",
    "E": "somebody whose membership has ended",
    "A": "an analyst of its channel's team",
    "O": "an owner of another channel",
    "P": "the portal's owner",
    "L": "nobody who signed in, with the film's secret address",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """``watch``: who may; ``know``: who is shown its page, with or without the film."""

    visibility: str
    watch: str
    know: str
    details: dict[str, Any]


CASES: Final = (
    Case(visibility="public", watch="NRMEAOP", know="NRMEAOP", details={}),
    Case(visibility="unlisted", watch="NRMEAOP", know="NRMEAOP", details={}),
    Case(visibility="members", watch="MAP", know="NRMEAOP", details={}),
    Case(visibility="link", watch="APL", know="APL", details={"link_key": KEY}),
    Case(visibility="private", watch="AP", know="AP", details={}),
    Case(visibility="draft", watch="AP", know="AP", details={}),
    Case(visibility="scheduled", watch="AP", know="AP", details={"publish_at": SOON}),
    Case(visibility="scheduled", watch="AP", know="AP",
         details={"publish_at": SOON, "publish_as": "members"}),
    Case(visibility="in the bin", watch="", know="", details={}),
)  # fmt: skip


def visitor(letter: str, video: Video) -> tuple[Client, Viewer]:
    client = Client(headers={"accept-language": "en"})
    if letter in "NL":
        return client, AnonymousUser()
    email = f"{letter.lower()}@example.org"
    who = Person.objects.create(
        public_id=f"per_{letter}", email=email, name=letter, language="en",
        is_owner=letter == "P", created_at=clock.now(),
    )  # fmt: skip
    if letter in "ME":
        member = members.add(email=email, actor="cli", at=clock.now())
        if letter == "E":
            members.end(member_id=member.member_id, actor="cli", at=clock.now())
    team = {"A": (video.channel, "analyst"), "O": (channel("Other", "other"), "owner")}
    if letter in team:
        where, role = team[letter]
        where.team.create(person=who, role=role, created_at=clock.now())
    client.force_login(who)
    return client, who


def decided(person: Viewer, video: Video, key: str) -> tuple[bool, int]:
    """Whether the film opens to somebody, and how many captions with it."""
    view = queries.find(video.public_id)
    if view is None:
        return False, 0
    decision = playback.decide(person, view, clock.now(), link_key=key)
    return decision.may_play, len(playback.texts(view, decision))


@pytest.fixture
def video(data: Path) -> Video:  # noqa: ARG001  the store lies there
    """Give a public film of a few files, with captions that viewers may choose."""
    made = film("Secret garden")
    asset_id = made.asset.public_id
    Caption.objects.create(
        public_id="cap_x", video=made, language="fr", kind="captions", file_name=TEXT,
        cue_count=1, size_bytes=9, created_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    store = get_store()
    store.put_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHush\n", keys.text(asset_id, TEXT))
    for piece in (*PIECES[3:], POSTER):
        store.put_bytes(b"x", f"films/{asset_id}/{piece}")
    return made


def statuses(addresses: list[str]) -> list[int]:
    """Ask a media server that was just started for each, one after the other."""
    found: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if "status" in message:
            found.append(message["status"])

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> None:
        server = MediaServer()
        for path in addresses:
            scope = {
                "type": "http", "method": "GET", "path": path, "headers": [],
                "extensions": {},
            }  # fmt: skip
            await server(scope, receive, send)
        await server.close()

    asyncio.run(run())
    return found


def below(base: str, *pieces: str) -> list[str]:
    return [f"{base}/{piece}" for piece in pieces]


def show_as(case: Case, video: Video) -> str:
    """Make it what the case says; return an address that was given away before."""
    token = tokens.sign(video.asset.public_id, video.asset.epoch, clock.now())
    if case.visibility == "in the bin":
        rubbish.put_in(video_id=video.public_id, actor="cli", at=clock.now())
    elif case.visibility != "public":
        facts = {k: v for k, v in case.details.items() if k.startswith("publish_")}
        publication.set_visibility(
            video_id=video.public_id, visibility=case.visibility, actor="cli",
            at=clock.now(), **facts,
        )  # fmt: skip
        if "link_key" in case.details:
            Video.objects.filter(pk=video.pk).update(link_key=KEY)
    return f"/media/{token}/{video.asset.public_id}"


def knock(letter: str, case: Case, video: Video) -> tuple[str, list[str]]:
    """Let one visitor try the pages; return the film's address, and what is wrong."""
    client, person = visitor(letter, video)
    key = KEY if letter == "L" else ""
    page = f"/link/{key}" if key else f"/watch/{video.public_id}"
    answer, state = client.get(page), client.get(f"{page}/state")
    shown = unescape(answer.content.decode())
    found = re.search(r'data-hls="(/media/[^"]+)/main\.m3u8"', shown)
    base = found[1] if found else ""
    told = state.json()["addresses"].get("hls", "") if state.status_code == 200 else ""
    knows, watches = letter in case.know, letter in case.watch
    # Who has a secret address may come in without it too, where everybody may.
    opens = watches or (letter == "L" and "N" in case.watch)
    facts = {
        "page": (answer.status_code == 200, knows),
        "state": (state.status_code == 200, knows),
        "film": (bool(base), watches),
        "captions": (f"/captions/{TEXT}.vtt" in shown, watches),
        "storyboard": ("/storyboard" in shown, watches),
        "address in the state": (told, base and f"{base}/main.m3u8"),
        "decision": (decided(person, video, key), (opens, int(opens))),
    }
    wrong = [f"{letter} {name}: {one}" for name, one in facts.items() if one[0] != one[1]]
    return base, wrong


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case.visibility + "-members" * ("publish_as" in case.details)
)
def test_every_door_of_a_film_that_is(case: Case, video: Video) -> None:
    given_away = show_as(case, video)
    found = [knock(letter, case, video) for letter in VISITORS]
    assert [one for _, wrong in found for one in wrong] == []
    # Everybody who may watch has the same address, and all of it opens.
    bases = {base for base, _ in found if base}
    assert len(bases) <= 1
    for base in bases:
        assert statuses(below(base, *PIECES, POSTER)) == [200] * (len(PIECES) + 1)
    # What was given away while it was public ends where not everybody may watch.
    is_open = "N" in case.watch
    assert set(statuses(below(given_away, *PIECES))) == {200 if is_open else 403}


def test_a_posters_address_opens_none_of_it(video: Video) -> None:
    video.asset.refresh_from_db()
    token = tokens.sign_stills(video.asset.public_id, video.asset.epoch, clock.now())
    base = f"/media/{token}/{video.asset.public_id}"
    assert statuses(below(base, POSTER)) == [200]
    assert set(statuses(below(base, *PIECES))) == {403}


def test_what_not_everybody_may_watch_ends_within_hours(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A membership that ended leaves an address for 6 hours at most."""
    at = clock.now()
    publication.set_visibility(
        video_id=video.public_id, visibility="members", actor="cli", at=at
    )
    client, _ = visitor("M", video)
    page = client.get(f"/watch/{video.public_id}").content.decode()
    found = re.search(r'data-hls="(/media/[^"]+)/main\.m3u8"', page)
    assert found
    for hours, status in ((4, 200), (6, 403)):
        later = at + dt.timedelta(hours=hours)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        assert set(statuses(below(found[1], *PIECES))) == {status}, hours
