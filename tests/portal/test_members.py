"""Films for members: who sees that they are here, and who may watch them."""

from __future__ import annotations

import asyncio
import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lucarne.accounts.models import Person
from lucarne.catalog import publication, queries
from lucarne.catalog.models import Video
from lucarne.core import clock
from lucarne.membership import operations as members
from lucarne.playback.queries import decide
from lucarne.site.page_cache import PageCache
from tests.portal.films import channel, film

pytestmark = pytest.mark.django_db
WALL = "This film is for members"


def somebody(name: str, *, is_member: bool = False) -> Client:
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    who = Person.objects.create(
        public_id=f"per_{name}", email=email, name=name, language="en",
        created_at=clock.now(),
    )  # fmt: skip
    if is_member:
        members.add(email=email, actor="cli", at=clock.now())
    client = Client(headers={"accept-language": "en"})
    client.force_login(who)
    return client


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return unescape(answer.content.decode())


@pytest.fixture
def secret() -> Video:
    details = {"chapters": [[0, "In the shed"], [61_000, "Out"]]}
    return film(
        "Secret garden", visibility="members", description="Behind the wall.",
        details=details,
    )  # fmt: skip


@pytest.fixture
def path(secret: Video) -> str:
    publication.publish_playable(at=clock.now())
    return f"/watch/{secret.public_id}"


def test_everybody_sees_that_it_is_here_and_why_it_does_not_play(
    viewer: Client, path: str
) -> None:
    open_film = film("Open garden")
    for listing in ("/", "/c/nature"):
        page = text(viewer, listing)
        assert "Secret garden" in page
        assert page.count('class="card-badge"') == 1
    assert "4 to 6 hours" not in text(viewer, f"/watch/{open_film.public_id}")
    page = text(viewer, path)
    assert WALL in page
    assert "4 to 6 hours" not in page
    assert f'/sign-in?next={path}"' in page
    assert "Behind the wall." in page
    assert "Chapters" not in page
    assert 'content="noindex"' not in page
    assert 'rel="canonical"' in page
    found = re.search(r'ld\+json">(.+?)</script>', page)
    assert found
    facts = json.loads(found[1])
    assert facts["isAccessibleForFree"] is False
    assert "contentUrl" not in facts
    # The poster is all that the page has an address of.
    for address in re.findall(r'/media/[^"\s]+', page):
        assert re.fullmatch(r"/media/s[^/]+/ast_\w+/\w+/(poster|thumb-\d+)\.jpg", address)
    assert "/poster.jpg" in page
    assert viewer.get(f"{path}/state").status_code == 200


def test_members_the_team_and_the_owner_watch_it(
    secret: Video, path: str, member: Client
) -> None:
    editor = somebody("Ed")
    secret.channel.team.create(
        person=Person.objects.get(name="Ed"), role="analyst", created_at=clock.now()
    )
    for client in (somebody("Zoe", is_member=True), editor, member):
        page = text(client, path)
        assert WALL not in page
        assert "/main.m3u8" in page
        assert "In the shed" in page
        assert "For members</span>" in page
        assert "this page plays the film for 4 to 6 hours" in page


def test_who_is_no_member_learns_why(path: str) -> None:
    page = text(somebody("Eve"), path)
    assert WALL in page
    assert "You are signed in as eve@example.org, who is not a member." in page
    assert "/main.m3u8" not in page
    anne = somebody("Anne", is_member=True)
    row = members.find_member("anne@example.org")
    members.end(member_id=row.member_id, actor="cli", at=clock.now())
    page = text(anne, path)
    assert "Your membership ended on " in page
    assert "/main.m3u8" not in page
    # Somebody of another channel's team is as everybody else.
    other = somebody("Olga")
    channel("Other", "other").team.create(
        person=Person.objects.get(name="Olga"), role="owner", created_at=clock.now()
    )
    assert WALL in text(other, path)


def test_the_decision_costs_strangers_nothing(secret: Video, viewer: Client) -> None:
    publication.publish_playable(at=clock.now())
    view = queries.find(secret.public_id)
    assert view is not None
    with CaptureQueriesContext(connection) as asked:
        decision = decide(AnonymousUser(), view, clock.now())
    assert len(asked) == 0
    assert (decision.may_play, decision.reason) == (False, "members")
    assert (decision.hls, decision.dash, decision.mp4, decision.storyboard) == ("",) * 4
    public = film("Open").public_id
    counts = []
    for address in (f"/watch/{secret.public_id}", f"/watch/{public}"):
        with CaptureQueriesContext(connection) as asked:
            viewer.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_preview_is_the_wall_that_visitors_see(path: str, member: Client) -> None:
    page = text(member, f"{path}/preview")
    assert "This is what visitors see." in page
    assert WALL in page
    assert "/main.m3u8" not in page


def test_a_member_has_her_name_and_a_way_out_and_no_studio(viewer: Client) -> None:
    anne = somebody("Anne <i>", is_member=True)
    raw = anne.get("/").content.decode()
    assert "Anne &lt;i&gt;" in raw
    assert "/studio/" not in raw
    assert 'form="sign-out" name="csrfmiddlewaretoken"' in raw
    assert "Nothing is published here yet." in raw
    assert "publish a film" not in raw.lower()
    # Where a sign-in leads to.
    answer = anne.get("/studio/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    refused = text(anne, "/studio/publish", 403)
    assert "you are on the team of none" in refused
    assert 'href="/studio/' not in refused
    assert anne.post("/sign-out")["Location"] == "/"
    assert "Anne" not in text(anne, "/")
    for page in (text(viewer, "/"), text(somebody("Bea"), "/account/password")):
        assert "/studio/" not in page


@pytest.mark.django_db(transaction=True)
def test_the_cache_of_anonymous_pages_never_holds_a_members_page() -> None:
    secret = film("Secret garden", visibility="members")
    publication.publish_playable(at=clock.now())
    anne = somebody("Anne", is_member=True)
    cookie = f"lucarne_session={anne.cookies['lucarne_session'].value}"
    cache = PageCache(ASGIHandler(), language_cookie="lucarne_language")

    async def ask(**headers: str) -> str:
        named = {"host": "testserver", "accept-language": "en", **headers}
        body = b""

        said = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not said:
                await asyncio.Event().wait()  # nobody leaves
            return said.pop()

        async def send(message: dict[str, Any]) -> None:
            nonlocal body
            body += message.get("body", b"")

        scope = {
            "type": "http", "method": "GET", "scheme": "http", "query_string": b"",
            "path": f"/watch/{secret.public_id}", "http_version": "1.1",
            "headers": [(k.encode(), v.encode()) for k, v in named.items()],
        }  # fmt: skip
        await cache(scope, receive, send)
        return body.decode()

    async def visit() -> list[str]:
        # Members before and after strangers, all within the second of the cache.
        hers = {"cookie": cookie}
        return [await ask(**hers), await ask(), await ask(), await ask(**hers)]

    pages = asyncio.run(visit())
    assert ["/main.m3u8" in page for page in pages] == [True, False, False, True]
    assert [WALL in page for page in pages] == [False, True, True, False]
