"""The whole way on a real PostgreSQL: set up, publish, watch, back up, restore."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.engine.films import film
from tests.live_portal import Portal, get, until
from tests.postgres import Server, postgres_server

__all__ = ["postgres_server"]
pytestmark = pytest.mark.postgres


def levels(portal: Portal) -> dict[str, str]:
    done = portal.cli("check", "--storage", "--json", check=False)
    return {one["id"]: one["level"] for one in json.loads(done.stdout)["findings"]}


def change_and_undo(owner: httpx.Client, title: str) -> None:
    """Find the film in the studio's table, in every order; change it, and undo it."""
    for order in ("created", "published", "title", "duration", "size"):
        for sort in (order, f"-{order}"):
            found = owner.get(
                f"/studio/?q=ete&visibility=public&state=ready&sort={sort}"
            )
            assert title in found.text, sort
    asked = {"scope": "all", "view": "q=ete", "visibility": "unlisted", "add_tags": "a, b"}
    page = owner.get("/studio/change", params={"preview": "1", **asked})
    sent = dict(
        re.findall(r'name="(csrfmiddlewaretoken|digest)" value="(\w+)"', page.text)
    )
    headers = {"Referer": str(page.url)}
    done = owner.post("/studio/change", data={**asked, **sent}, headers=headers)
    assert "1 film is changed" in done.text
    undone = owner.post(f"{done.url.path}/undo", data=sent, headers=headers)
    assert "1 film is as it was before." in undone.text


def test_from_the_first_visit_to_a_restored_portal(
    tmp_path: Path,
    postgres_server: Server,
) -> None:
    url = postgres_server.new_database()
    portal = Portal(tmp_path / "data", LUCARNE_DATABASE__URL=url)
    portal.init(name="Mémoire")
    again = portal.cli(
        "init", "--name", "Other", "--language", "fr", "--owner", "b@example.org",
        "--channel", "B", "--password-stdin", stdin="another pass phrase\n",
    )  # fmt: skip
    assert "nothing was changed" in again.stdout
    made = portal.publish(str(film("h264_short")), "--title", "Été")
    assert made["ready_after_ms"] > 0
    refused = portal.publish(str(film("text")), check=False)
    assert refused["error"]["code"] == "not_media"
    assert "not_media" in portal.cli("jobs").stdout
    assert not (portal.data / "lucarne.sqlite3").exists()
    found = levels(portal)
    assert found["database"] == found["storage"] == "ok"

    portal.start()
    try:
        assert "Été" in get(portal.url).text
        assert get(made["url"]).status_code == 200
        assert get(made["hls"]).status_code == 200
        owner = portal.session()
        assert "text.mp4" in owner.get(f"/studio/films/{refused['video']}").text
        change_and_undo(owner, "Été")
        owner.close()
        # The portal's own workers, over the same database.
        second = portal.publish(str(film("tiny")))
        until(lambda: get(second["hls"]).status_code == 200, seconds=60)
        shown = portal.cli("config", "show").stdout
        assert url not in shown
        backed_up = portal.cli("backup", str(tmp_path / "copy"), check=False)
    finally:
        portal.stop()
    if shutil.which("pg_dump") is None:
        assert "install PostgreSQL's client" in backed_up.stderr
        pytest.skip("pg_dump and pg_restore are not on this machine")
    assert backed_up.returncode == 0, backed_up.stderr

    other = Portal(
        tmp_path / "other", LUCARNE_DATABASE__URL=postgres_server.new_database()
    )
    other.cli("restore", str(tmp_path / "copy"))
    assert levels(other)["storage"] == "ok"
    other.start()
    try:
        page = get(f"{other.url}/watch/{made['video']}")
        assert page.status_code == 200
        assert "Mémoire" in page.text
        assert get(f"{other.url}{httpx.URL(made['hls']).path}").status_code == 200
    finally:
        other.stop()
    # A backup of one kind does not become a portal of the other.
    plain = Portal(tmp_path / "plain")
    wrong = plain.cli("restore", str(tmp_path / "copy"), check=False)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
    assert "database.url" in wrong.stderr


def test_a_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    url = "postgresql://lucarne@127.0.0.1:9/none"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    portal = Portal(tmp_path / "data", LUCARNE_DATABASE__URL=url)
    done = portal.cli("publish", str(film("tiny")), check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "The database does not answer" in done.stderr
    checked = portal.cli("check", check=False)
    assert checked.returncode == 1
    assert "Traceback" not in checked.stdout + checked.stderr
