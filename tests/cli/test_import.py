"""``lucarne import``, ``publish https://…``, ``quota``: from a server on the loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucarne.catalog import operations
from lucarne.cli import import_feed, quota
from lucarne.cli.crew import Crew
from lucarne.cli.film_file import Refused
from lucarne.cli.main import build_parser
from lucarne.cli.meter import Meter
from lucarne.cli.taking import Order, publish_one
from lucarne.core import clock, conf
from lucarne.core.errors import LucarneError
from tests.engine.films import film
from tests.live_portal import Portal
from tests.media.film_server import FilmServer, serving

COMMANDS = {"import": import_feed, "quota": quota}
FEED = """<?xml version="1.0"?><rss version="2.0"><channel>
<item><title>The newer</title><guid>ep-2</guid><pubDate>Tue, 03 Mar 2026 08:00:00 GMT</pubDate>
<enclosure url="/two.mp4" type="video/mp4" length="1"/></item>
<item><title>The older</title><guid>ep-1</guid><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate>
<enclosure url="/one.mp4" type="video/mp4" length="1"/></item>
<item><title>Only sound</title><guid>ep-0</guid>
<enclosure url="/one.mp3" type="audio/mpeg" length="1"/></item>
</channel></rss>"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """Give a portal that may fetch from this machine; nothing of it runs."""
    one = Portal(
        tmp_path_factory.mktemp("import") / "data",
        LUCARNE_UPLOADS__FETCH_PRIVATE_NETWORKS="1",
    )
    one.init()
    return one


@pytest.fixture(scope="module")
def server() -> Iterator[FilmServer]:
    with serving() as one:
        whole = film("tiny").read_bytes()
        one.pages = {"/feed.xml": FEED.encode(), "/one.mp4": whole}
        one.pages["/two.mp4"] = whole + b"\0\0\0\x08free"
        yield one


def test_a_feed_is_imported_once(portal: Portal, server: FilmServer) -> None:
    feed = f"{server.url}/feed.xml"
    done = portal.cli("import", feed, "--json")
    first, second = map(json.loads, done.stdout.splitlines())
    assert [first["title"], second["title"]] == ["The older", "The newer"]
    assert portal.cli("import", feed).stdout == "Nothing new.\n"
    # By its bytes it is known too, whatever its address is.
    again = portal.publish(f"{server.url}/one.mp4", "--once", "--title", "No third")
    assert again["video"] == first["video"]
    assert list((portal.data / "incoming").iterdir()) == []


# -- in this process: each command takes seconds to start


def run(*words: str) -> int:
    parser, _ = build_parser([words[0]])
    return int(COMMANDS[words[0]].run(parser.parse_args(words)))


@pytest.fixture
def channel(db: None, folder: Path) -> str:  # noqa: ARG001
    conf.load(
        data=folder, uploads={"reserve_bytes": 0, "fetch_private_networks": True}
    )
    return operations.create_channel(
        name="Nature", actor="test", at=clock.now()
    ).channel_id


@pytest.mark.usefixtures("channel")
def test_a_dry_run_prints_a_table(
    server: FilmServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", f"{server.url}/feed.xml", "--dry-run") == 0
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table] == ["STATE", "new", "new", "no", "2"]
    assert table[1].split()[1] == "2026-03-03"
    assert table[-1] == "2 of 3 would be imported."
    assert run("import", f"{server.url}/feed.xml", "--dry-run", "--limit", "1") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 2 would be imported."
    assert run("import", f"{server.url}/feed.xml", "--limit", "0") == 2
    assert list(conf.get().paths.incoming.glob("*")) == []


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        ("nowhere.xml", "cannot be read"),
        ("http://me:secret@127.0.0.1/feed", "is no address"),
        ("page", "is no feed of films"),
    ],
)
@pytest.mark.usefixtures("channel")
def test_what_is_no_feed(tmp_path: Path, feed: str, words: str) -> None:
    page = tmp_path / "page"
    page.write_text("<html>Not found</html>")
    with pytest.raises(LucarneError, match=words) as refused:
        run("import", str(page) if feed == "page" else feed)
    assert "secret" not in str(refused.value)


def test_an_address_that_is_refused(
    channel: str, server: FilmServer, folder: Path
) -> None:
    def code() -> str:
        with pytest.raises(Refused) as refused:
            publish_one(
                Order(channel_id=channel), f"{server.url}/one.mp4",
                Meter(is_quiet=True), Crew(), "ready",
            )  # fmt: skip
        assert list(conf.get().paths.incoming.iterdir()) == []
        return refused.value.code

    server.statuses = [404]
    assert code() == "fetch_refused"
    conf.load(data=folder, uploads={"reserve_bytes": 0})
    assert code() == "private_address"


def test_quotas(channel: str, capsys: pytest.CaptureFixture[str]) -> None:
    def shown(*args: str) -> dict[str, int]:
        assert run("quota", *args, "--json") == 0
        return dict(json.loads(capsys.readouterr().out))

    told = shown("--channel", "nature", "--bytes", "1000", "--films", "3")
    assert (told["max_bytes"], told["max_films"]) == (1000, 3)
    with pytest.raises(Refused, match="does not fit in the channel"):
        publish_one(
            Order(channel_id=channel), str(film("h264_short")), Meter(is_quiet=True),
            Crew(), "ready",
        )  # fmt: skip
    assert shown("--channel", "nature", "--default")["max_bytes"] == 0
    assert shown()["films"] == 0
    for wrong in (["--bytes", "1"], ["--channel", "nature", "--films", "-1"]):
        assert run("quota", *wrong) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(LucarneError, match="Nobody here"):
        run("quota", "--email", "x@y.z")
