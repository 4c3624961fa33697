"""kill -9 at random moments of a publication: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.engine.films import film
from tests.live_portal import Portal, until

# KILLS=100 for a proof.
ROUNDS = int(os.environ.get("KILLS", "20"))
PATIENCE_S = 240
UNFINISHED = "select count(*) from media_asset where state not in ('ready', 'failed')"


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{data}/lucarne.sqlite3?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def send(
    portal: Portal, owner: httpx.Cookies, path: Path, answered: list[bool]
) -> None:
    """Upload by the studio's plain form; note whether an answer came."""
    form = f"{portal.url}/studio/publish"
    try:
        with (
            httpx.Client(cookies=owner, follow_redirects=True, timeout=60) as client,
            path.open("rb") as file,
        ):
            page = client.get(form)
            answer = client.post(
                form,
                data={
                    "title": path.stem, "visibility": "public", "anyway": "1",
                    "csrfmiddlewaretoken": owner["csrftoken"],
                    "channel": channel_in(page.text),
                },
                files={"film": (path.name, file)},
                headers={"Referer": form},
            )  # fmt: skip
        answered.append(answer.is_success)
    except httpx.HTTPError:
        return


def channel_in(page: str) -> str:
    """Return the first channel's id, out of the form."""
    start = page.index("chn_")
    return page[start : start + 20]


def kill_again_and_again(portal: Portal, answered: list[bool]) -> None:
    """Send a film, kill the portal meanwhile, start it again, and again."""
    chance = random.Random(20261124)
    # Short and small, yet with every kind of work: one is encoded, one shown as it is.
    films = [film("theora"), film("cover_art")]
    with contextlib.closing(portal.session()) as owner:
        cookies = owner.cookies
    # One that nobody disturbs: how long a publication takes, here and now.
    begun = time.monotonic()
    send(portal, cookies, films[0], answered)
    until(lambda: rows(portal.data, UNFINISHED) == [(0,)], seconds=PATIENCE_S)
    whole_s = time.monotonic() - begun
    assert answered == [True]
    for number in range(1, ROUNDS + 1):
        sender = threading.Thread(
            target=send, args=(portal, cookies, films[number % 2], answered)
        )
        sender.start()
        threading.Event().wait(chance.uniform(0.0, whole_s))
        portal.kill()
        sender.join()
        portal.start()


@pytest.mark.slow
def test_many_kills(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    portal.start()
    answered: list[bool] = []
    try:
        kill_again_and_again(portal, answered)
        until(lambda: rows(portal.data, UNFINISHED) == [(0,)], seconds=PATIENCE_S)
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
    assert published[0] >= sum(answered) > 0
    assert [f for f in check["findings"] if f["level"] == "error"] == []
    # Whole, and the kill came before it was published: it waits for its sender.
    waiting = rows(portal.data, "select public_id from media_upload where digest != ''")
    left = [path.name for path in (portal.data / "incoming").iterdir()]
    assert sorted(left) == sorted(upload_id for (upload_id,) in waiting)
    # An empty lock file may stay for an hour: its lock died with the process.
    files = [p for p in (portal.data / "scratch").rglob("*") if p.is_file()]
    assert [p for p in files if p.suffix != ".lock" or p.stat().st_size] == []
