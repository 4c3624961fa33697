"""The command line, asked as a person asks it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest

from lucarne.cli.main import COMMANDS, sentence
from tests.live_portal import EMAIL, PASSWORD, Portal

_INIT = (
    "init",
    "--name",
    "Télé",
    "--language",
    "fr",
    "--owner",
    EMAIL,
    "--channel",
    "A",
)


def _one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and "Traceback" not in text


def test_init_twice_changes_nothing_and_says_so(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    first = portal.cli(*_INIT, "--password-stdin", stdin=PASSWORD + "\n")
    assert "is set up" in first.stdout
    log = portal.data / "lucarne.sqlite3-wal"
    assert not log.exists()  # who copies the database's file has all of it
    before = (portal.data / "lucarne.sqlite3").read_bytes()
    second = portal.cli(*_INIT, "--password-stdin", stdin="another password\n")
    assert "nothing was changed" in second.stdout
    assert (portal.data / "lucarne.sqlite3").read_bytes() == before
    assert not (portal.data / "backups").exists()


@pytest.mark.parametrize(
    ("args", "stdin", "word"),
    [
        ((*_INIT, "--password-stdin"), "short\n", "10"),
        (_INIT, "", "--password-stdin"),
        ((*_INIT[:6], "nobody", *_INIT[7:], "--password-stdin"), PASSWORD, "email"),
    ],
)
def test_init_refuses_in_a_sentence(
    tmp_path: Path, args: tuple[str, ...], stdin: str, word: str
) -> None:
    portal = Portal(tmp_path / "data")
    portal.prepare()
    done = portal.cli(*args, stdin=stdin, check=False)
    assert done.returncode == 1
    assert word in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("bogus",), ("run", "--port"), ("init",), ("jobs", "retry"), ("config",),
        ("run", "--port", "99999"),
    ],
)  # fmt: skip
def test_wrong_arguments(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = Portal(tmp_path / "data").cli(*args, check=False)
    assert done.returncode == 2
    assert _one_sentence(done.stderr), done.stderr


def test_data_before_or_after_the_command(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "wrong")
    folder = str(tmp_path / "right")
    for args in (("--data", folder, "config", "show", "--json"),
                 ("config", "--data", folder, "show", "--json"),
                 ("config", "show", "--json", "--data", folder)):  # fmt: skip
        rows = {row["key"]: row for row in json.loads(portal.cli(*args).stdout)}
        assert rows["data"]["value"] == folder
    portal.cli("--data", folder, *_INIT, "--password-stdin", stdin=PASSWORD + "\n")
    assert (tmp_path / "right" / "lucarne.sqlite3").exists()
    assert not (tmp_path / "wrong").exists()


def test_looking_makes_nothing(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    for args in (("version",), ("config", "show"), ("check",), ("--help",)):
        portal.cli(*args, check=False)
    assert not portal.data.exists()


@pytest.mark.parametrize("word", list(COMMANDS))
def test_every_command_explains_itself(tmp_path: Path, word: str) -> None:
    done = Portal(tmp_path / "data").cli(word, "--help")
    assert done.stdout.startswith(f"usage: lucarne {word}")
    assert "--data DIR" in done.stdout


def test_a_setting_that_does_not_exist(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data", LUCARNE_SERVER__PROT="1")
    done = portal.cli("config", "show", check=False)
    assert done.returncode == 1
    assert "LUCARNE_SERVER__PROT" in done.stderr
    assert _one_sentence(done.stderr)


def test_a_data_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = Portal(tmp_path / "file" / "data").cli("sign-in-link", check=False)
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert _one_sentence(done.stderr), done.stderr


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    import sqlite3

    portal = Portal(tmp_path / "data")
    portal.init()
    with sqlite3.connect(portal.data / "lucarne.sqlite3") as database:
        database.execute(
            "insert into django_migrations (app, name, applied)"
            " values ('media', '9999_future', '2030-01-01')"
        )
    done = portal.cli("sign-in-link", check=False)
    assert done.returncode == 1
    assert "newer Lucarne" in done.stderr
    check = portal.cli("check", "--json", check=False)
    findings = {one["id"]: one for one in json.loads(check.stdout)["findings"]}
    assert findings["database"]["level"] == "error"


def test_a_damaged_database(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.data.mkdir()
    (portal.data / "lucarne.sqlite3").write_bytes(b"no database at all" * 100)
    done = portal.cli("sign-in-link", check=False)
    assert done.returncode == 1
    assert _one_sentence(done.stderr), done.stderr
    assert "lucarne check" in done.stderr
    checked = portal.cli("check", check=False)
    assert checked.returncode == 1
    assert "Traceback" not in checked.stdout + checked.stderr


def test_sign_in_link(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    link = portal.cli("sign-in-link").stdout.strip()
    assert re.fullmatch(rf"{portal.url}/sign-in/\S{{20,}}", link)
    nobody = portal.cli("sign-in-link", "--email", "x@example.org", check=False)
    assert (nobody.returncode, _one_sentence(nobody.stderr)) == (1, True)


def test_jobs(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    assert "No background work" in portal.cli("jobs").stdout
    listed = json.loads(portal.cli("jobs", "list", "--json", "--all").stdout)
    assert listed == {"workers": 0, "films": [], "jobs": []}
    for words in (("--json",), ("--json", "list"), ("--all", "--json")):
        assert json.loads(portal.cli("jobs", *words).stdout) == listed
    for action in ("retry", "cancel"):
        done = portal.cli("jobs", action, "media.encode:none", check=False)
        assert done.returncode == 1
        assert "There is no job media.encode:none" in done.stderr


def test_a_migration_copies_the_database_first(tmp_path: Path) -> None:
    import sqlite3

    portal = Portal(tmp_path / "data")
    portal.init()
    with sqlite3.connect(portal.data / "lucarne.sqlite3") as database:
        # As if the last migration had come with an update; it does nothing twice.
        database.execute("drop table django_session")
        database.execute("delete from django_migrations where app = 'sessions'")
    done = portal.cli("sign-in-link")
    (copy,) = (portal.data / "backups").iterdir()
    assert str(copy) in done.stderr
    with sqlite3.connect(copy) as old, pytest.raises(sqlite3.OperationalError):
        old.execute("select * from django_session")


def test_unexpected_errors_are_one_sentence() -> None:
    try:
        _ = {}["x"]
    except KeyError as error:
        said = sentence(error)
    assert "KeyError: 'x' at" in said
    assert "\n" not in said


def test_the_port_is_taken(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    with socket.socket() as other:
        other.bind(("127.0.0.1", portal.port))
        other.listen()
        done = portal.cli("run", check=False)
    assert done.returncode == 1
    assert f"Port {portal.port} is taken" in done.stderr
    assert _one_sentence(done.stderr)
