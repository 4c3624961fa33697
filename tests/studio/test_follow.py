"""Following work: who may, what is told, and when a stream ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lucarne.core import clock
from lucarne.media.models import Asset, Unit
from lucarne.studio.follow import address, door, figures, watch
from lucarne.studio.follow.address import Kind, Subject, follow_film, follow_films
from lucarne.studio.follow.door import FollowServer
from lucarne.studio.follow.figures import Figures
from tests.media.planned import planned

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
SUBJECT = Subject(kind=Kind.FILM, language="en", asset_ids=("ast_1",))


# -- addresses


def test_an_address_says_who_may_follow_what() -> None:
    made = follow_films(["ast_1", "ast_2"], language="fr", person_id="per_9", at=AT)
    ticket = address.read(made, AT + timedelta(minutes=14))
    assert ticket is not None
    assert ticket.person_id == "per_9"
    assert ticket.subject == Subject(
        kind=Kind.FILMS, language="fr", asset_ids=("ast_1", "ast_2")
    )
    assert follow_films([], language="fr", person_id="per_9", at=AT) == ""
    many = follow_films([f"ast_{n}" for n in range(99)], language="fr", person_id="p", at=AT)
    found = address.read(many, AT)
    assert found is not None
    assert len(found.subject.asset_ids) == address.MOST_FILMS


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.replace("ast_1", "ast_2"),
        lambda made: made.replace("per_9", "per_8"),
        lambda made: made[:-1] + ("A" if made[-1] != "A" else "B"),
        lambda made: made.replace("/follow/1", "/follow/2"),
        lambda made: made + "/more",
        lambda made: made.removeprefix("/follow/"),
        lambda _: "/follow/",
        lambda _: "/follow/\udcff" + "é" * 500,
    ],
    ids=map(str, range(8)),
)
def test_an_address_that_is_not_ours_is_none(change: Callable[[str], str]) -> None:
    made = follow_film("ast_1", language="en", person_id="per_9", at=AT)
    assert address.read(made, AT) is not None
    assert address.read(change(made), AT) is None


def test_an_address_runs_out() -> None:
    made = follow_film("ast_1", language="en", person_id="per_9", at=AT)
    later = AT + timedelta(seconds=address.LIFETIME_S)
    assert address.read(made, later - timedelta(seconds=1)) is not None
    assert address.read(made, later) is None


# -- what is told


def told(kind: Kind, *assets: Asset, language: str = "en") -> tuple[Figures, Any]:
    ids = tuple(asset.public_id for asset in assets)
    found = figures.look(Subject(kind=kind, language=language, asset_ids=ids))
    return found, json.loads(found.text)


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_one_film_is_told_step_by_step() -> None:
    asset = planned(at=AT)
    units = Unit.objects.filter(asset=asset)
    units.filter(name="video-00000").update(state="running", fraction=0.5, speed=1.25)
    found, data = told(Kind.FILM, asset)
    assert not found.is_over
    items = data["items"]
    assert set(items) == {
        "work-line", "stage-received", "stage-look", "stage-first", "stage-video",
        "stage-audio", "stage-pictures", "rendition-h264-360", "rendition-h264-480",
        "rendition-h264-720", "rendition-h264-1080",
    }  # fmt: skip
    assert items["stage-received"] == {"value": 1.0, "text": "Done"}
    assert items["rendition-h264-1080"] == {
        "value": 0.2, "text": "20% · 1.2× · 20 s left", "made": "1920 × 1080"
    }  # fmt: skip
    # A figure that changes does not make the page ask for more of itself.
    units.filter(name="video-00000").update(fraction=0.75)
    other, more = told(Kind.FILM, asset)
    assert other.id != found.id
    assert more["version"] == data["version"]
    units.filter(name="video-00000").update(state="done")
    units.filter(name="audio-sound-0").update(state="done")
    assert told(Kind.FILM, asset)[1]["version"] != data["version"]
    french = told(Kind.FILM, asset, language="fr")[1]["items"]
    assert french["stage-received"]["text"] == "Terminé"


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_several_films_are_told_in_a_line_each() -> None:
    first, second = planned(at=AT), planned(at=AT)
    Unit.objects.filter(asset=first, name="video-00000").update(
        state="running", fraction=0.5, speed=1
    )
    found, data = told(Kind.FILMS, first, second)
    assert data["items"] == {
        f"work-{first.public_id}": {"text": "15% · 25 s left"},
        f"work-{second.public_id}": {"text": "1 film before this one"},
    }
    assert not found.is_over
    Asset.objects.filter(pk=first.pk).update(state="ready", ready_at=AT)
    assert told(Kind.FILMS, first, second)[1]["version"] != data["version"]
    Asset.objects.filter(pk=second.pk).update(state="failed", error_code="stalled")
    assert told(Kind.FILMS, first, second)[0].is_over


@pytest.mark.django_db
def test_a_deleted_film_is_over() -> None:
    found = figures.look(SUBJECT)
    assert found.is_over
    assert json.loads(found.text)["items"] == {}


# -- the door


class Ear:
    """A client of the door: what it was sent, and the end of its patience."""

    def __init__(self, path: str, *, method: str = "GET", heard: str = "") -> None:
        named = [(b"last-event-id", heard.encode())] if heard else []
        self.scope = {"type": "http", "method": method, "path": path, "headers": named}
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.is_over = False
        self.more = asyncio.Event()
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            pairs = message["headers"]
            self.headers = {name.decode(): value.decode() for name, value in pairs}
        else:
            self.text += message["body"].decode()
            self.is_over = not message.get("more_body")
        self.more.set()

    async def hears(self, words: str) -> None:
        async with asyncio.timeout(60):
            while words not in self.text:
                await self.more.wait()
                self.more.clear()


class Scene:
    """A door, what it is told of the work, and who listens."""

    def __init__(self) -> None:
        self.now = Figures(id="one", text='{"items":{}}', is_over=False)
        self.looks = 0
        self.is_broken = False
        self.server = FollowServer(self.look)
        self.tasks: list[asyncio.Task[None]] = []

    def look(self, subject: Subject) -> Figures:
        assert subject == SUBJECT
        self.looks += 1
        if self.is_broken:
            raise OSError("the database is away")
        return self.now

    def ear(self, person: str = "per_1", **how: Any) -> Ear:
        path = address.address(SUBJECT, person_id=person, at=how.pop("at", clock.now()))
        return self.at(Ear(path, **how))

    def at(self, ear: Ear) -> Ear:
        call = self.server(ear.scope, ear.receive, ear.send)
        self.tasks.append(asyncio.ensure_future(call))  # type: ignore[arg-type]
        return ear

    async def ends(self) -> None:
        async with asyncio.timeout(60):
            await asyncio.gather(*self.tasks)


def play(scene: Callable[[Scene], Awaitable[None]]) -> None:
    async def whole() -> None:
        stage = Scene()
        try:
            await scene(stage)
        finally:
            stage.server.stop()
            await stage.ends()

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, db: None) -> None:  # noqa: ARG001
    """Look often. Its thread closes old connections, so there is a database."""
    monkeypatch.setattr(watch, "EVERY_S", 0.02)


def test_a_stream_tells_what_changes_and_ends_with_the_work() -> None:
    async def scene(stage: Scene) -> None:
        ear = stage.ear()
        await ear.hears("id: one\n")
        assert ear.status == 200
        assert ear.headers["content-type"] == "text/event-stream"
        assert ear.headers["cache-control"] == "no-store"
        assert ear.headers["x-accel-buffering"] == "no"
        assert ear.text.startswith("retry: 3000\n\n")
        stage.now = Figures(id="two", text='{"items":{"a":1}}', is_over=True)
        await ear.hears("event: end\n")
        await stage.ends()
        assert ear.is_over
        assert ear.text.endswith(
            'id: two\nevent: work\ndata: {"items":{"a":1}}\n\nevent: end\ndata:\n\n'
        )
        assert ear.text.count("event: work") == 2

    play(scene)


def test_who_comes_back_is_told_only_what_is_new() -> None:
    async def scene(stage: Scene) -> None:
        ear, odd = stage.ear(heard="one"), stage.ear(heard="nonsense\x00é")
        await odd.hears("id: one\n")
        stage.now = Figures(id="two", text="{}", is_over=False)
        await ear.hears("id: two\n")
        assert "id: one" not in ear.text

    play(scene)


def test_all_listeners_share_one_look() -> None:
    async def scene(stage: Scene) -> None:
        ears = [stage.ear(person=f"per_{n}") for n in range(20)]
        for ear in ears:
            await ear.hears("id: one\n")
        assert stage.looks < len(ears)
        for ear in ears:
            ear.left.set()
        await stage.ends()
        # Nobody listens, nobody looks: what looked has come to its end.
        looking = stage.server._watch._task
        assert looking is not None
        async with asyncio.timeout(60):
            await looking

    play(scene)


def test_a_quiet_stream_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEARTBEAT_S", 0.05)

    async def scene(stage: Scene) -> None:
        ear = stage.ear()
        await ear.hears(": still here\n\n: still here\n\n")
        assert ear.text.count("event: work") == 1

    play(scene)


def test_a_person_and_all_people_have_their_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST", door.MOST_OF_ONE + 2)

    async def scene(stage: Scene) -> None:
        mine = [stage.ear() for _ in range(door.MOST_OF_ONE)]
        for ear in mine:
            await ear.hears("id: one\n")
        refused = stage.ear()
        await refused.hears("too many places")
        assert refused.status == 429
        hers = [stage.ear("per_2"), stage.ear("per_3")]
        for ear in hers:
            await ear.hears("id: one\n")
        late = stage.ear("per_4")
        await late.hears("Too many")
        assert (late.status, late.headers["retry-after"]) == (503, "30")
        # Who leaves makes room.
        mine[0].left.set()
        await stage.tasks[0]
        assert not await stage.ear().hears("id: one\n")

    play(scene)


def test_no_stream_outlives_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)  # however long this machine takes

    async def scene(stage: Scene) -> None:
        ear = stage.ear(at=AT - timedelta(seconds=address.LIFETIME_S - 1))
        await ear.hears("event: renew\n")
        await stage.ends()
        assert ear.is_over
        old = stage.ear(at=AT - timedelta(seconds=address.LIFETIME_S))
        await old.hears("no longer valid")
        assert (old.status, old.headers["cache-control"]) == (403, "no-store")

    play(scene)


def test_a_server_that_stops_ends_its_streams_and_takes_no_more() -> None:
    async def scene(stage: Scene) -> None:
        ear = stage.ear()
        await ear.hears("id: one\n")
        await asyncio.to_thread(stage.server.stop)
        await stage.ends()
        assert ear.is_over
        assert "event: end" not in ear.text  # it comes back
        late = stage.ear()
        await late.hears("Too many")
        assert late.status == 503

    play(scene)


def test_a_look_that_fails_sends_away_and_the_next_is_told() -> None:
    async def scene(stage: Scene) -> None:
        stage.is_broken = True
        ear = stage.ear()
        await stage.ends()
        assert (ear.status, ear.text) == (200, "retry: 3000\n\n")
        stage.is_broken = False
        await stage.ear().hears("id: one\n")

    play(scene)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_get_works(method: str) -> None:
    async def scene(stage: Scene) -> None:
        ear = stage.ear(method=method)
        await ear.hears("Only GET")
        assert (ear.status, ear.headers["allow"]) == (405, "GET")

    play(scene)
