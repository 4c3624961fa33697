"""What a page asks the database does not grow with what is in it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lucarne.accounts.models import Person
from lucarne.catalog.models import Channel, Video
from lucarne.core import clock, portal
from lucarne.media import queries, record
from lucarne.media.models import Asset, Run, Track
from lucarne_engine.manifest.outline import outline_of, segment_count
from tests.portal.films import channel, film

pytestmark = pytest.mark.django_db

# Anybody asks for the portal's name (within a transaction, as tests are; otherwise it
# is remembered for a second) and what the page is about (and a film its captions, where it has any), people
# who are signed in for their session and themselves too, and whether they work here; of
# an open film once more, since what its team watches is not counted.
PAGES = {
    "/": (3, 6),
    "/?page={last}": (3, 6),
    "/c/nature": (3, 6),
    "/watch/{video}": (3, 7),
    "/watch/{video}/state": (1, 1),
}
# Its table also asks for her channels and roles; and how many films there are beyond one page.
STUDIO = {10: 5, 60: 6}


@pytest.fixture(autouse=True)
def named_portal() -> None:
    portal.set_portal(name="Belvédère", language="en", actor="test", at=clock.now())


def fill(count: int) -> Video:
    """Publish films in as many channels as there are tens; return the last one."""
    for n in range(count):
        where = channel() if n % 10 else channel(f"Channel {n}", f"channel-{n}")
        made = film(f"Film {n}", age=dt.timedelta(hours=n), where=where)
    return made


def asked(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries_of_page:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return len(queries_of_page)


@pytest.mark.parametrize("count", [10, 60])
def test_pages_ask_as_often_whatever_there_is(count: int) -> None:
    video = fill(count).public_id
    last = (count + 23) // 24
    anyone, member = (Client(headers={"accept-language": "en"}) for _ in range(2))
    person = Person.objects.create(
        email="anne@example.org", name="Anne", created_at=clock.now()
    )
    member.force_login(person)
    for one in Channel.objects.all():
        one.team.create(person=person, role="editor", created_at=clock.now())
    for pattern, expected in PAGES.items():
        path = pattern.format(video=video, last=last)
        assert (asked(anyone, path), asked(member, path)) == expected, path
    assert asked(member, "/studio/") == STUDIO[count]


@pytest.mark.parametrize(("tracks", "chunks"), [(1, 1), (6, 40)])
def test_manifests_ask_as_often_however_long_the_film(tracks: int, chunks: int) -> None:
    asset = Asset.objects.get(id=film().asset_id)
    for n in range(tracks):
        track = Track.objects.create(
            asset=asset, plan_id=asset.plan_id, name=f"h264-{n}", kind="video",
            codec="avc1.64001f", timescale=90_000, init_bytes=700, is_complete=True,
        )  # fmt: skip
        for first in range(chunks):
            segments = [[first * 360_000, 360_000, 1000, 100]]
            Run.objects.create(track=track, first_number=first, segments=segments)
        record.note_outline(track)
    with CaptureQueriesContext(connection) as of_manifest:
        state = queries.play_state(asset.public_id)
        assert state is not None
        index = queries.film_outline(state)
    assert index is not None
    counts = [segment_count(outline_of(track).timeline) for track in index.video]
    assert counts == [chunks] * tracks
    assert len(of_manifest) == 2
