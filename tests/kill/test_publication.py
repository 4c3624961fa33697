"""kill -9 at random moments of a publication: nothing lost, nothing twice."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from pathlib import Path

import httpx
import pytest

from tests.engine.films import film
from tests.live_portal import Portal, until

ROUNDS = 20
WORST_S = 6.0  # a publication of these films takes about as long


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{data}/lucarne.sqlite3?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def send(portal: Portal, path: Path, answered: list[bool]) -> None:
    """Upload by the studio's plain form; note whether an answer came."""
    try:
        client = portal.session()
        page = client.get("/studio/publish")
        with path.open("rb") as file:
            answer = client.post(
                "/studio/publish",
                data={
                    "title": path.stem, "visibility": "public", "anyway": "1",
                    "csrfmiddlewaretoken": client.cookies["csrftoken"],
                    "channel": channel_in(page.text),
                },
                files={"film": (path.name, file)},
                headers={"Referer": f"{portal.url}/studio/publish"},
            )  # fmt: skip
        answered.append(answer.is_success)
    except httpx.HTTPError:
        return


def channel_in(page: str) -> str:
    """Return the first channel's id, out of the form."""
    start = page.index("chn_")
    return page[start : start + 20]


@pytest.mark.slow
def test_twenty_kills(tmp_path: Path) -> None:
    chance = random.Random(20261124)
    films = [film("h264_aac"), film("vp9_opus")]
    portal = Portal(tmp_path / "data")
    portal.init()
    acknowledged = 0
    try:
        for round_number in range(ROUNDS):
            portal.start()
            answered: list[bool] = []
            sender = threading.Thread(
                target=send, args=(portal, films[round_number % 2], answered)
            )
            sender.start()
            sender.join(chance.uniform(0.0, WORST_S))
            portal.kill()
            sender.join()
            acknowledged += sum(answered)
        portal.start()

        def all_ended() -> bool:
            (left,) = rows(
                portal.data,
                "select count(*) from media_asset where state not in"
                " ('ready', 'failed')",
            )[0]
            return left == 0

        until(all_ended, seconds=240, every=0.5)
        check = json.loads(portal.cli("check", "--storage", "--json").stdout)
    finally:
        portal.kill()
    states = rows(portal.data, "select state, count(*) from media_asset group by 1")
    published = rows(
        portal.data,
        "select count(*), count(distinct asset_id) from catalog_video"
        " where published_at is not null",
    )[0]
    assert dict(states).keys() == {"ready"}, states
    assert published[0] == published[1] == dict(states)["ready"]
    assert published[0] >= acknowledged
    assert published[0] > 0
    assert [f for f in check["findings"] if f["level"] == "error"] == []
    assert list((portal.data / "incoming").iterdir()) == []
    # An empty lock file may stay for an hour: its lock died with the process.
    left = [p for p in (portal.data / "scratch").rglob("*") if p.is_file()]
    assert [p for p in left if p.suffix != ".lock" or p.stat().st_size] == []
