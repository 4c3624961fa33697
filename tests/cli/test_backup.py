"""Backup and restore of a portal that has a film in it and runs."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.engine.films import film
from tests.live_portal import Portal, get

# Several segments of a short film.
SHORT = {"LUCARNE_MEDIA__SEGMENT_MS": "1000"}


def _levels(portal: Portal) -> dict[str, str]:
    done = portal.cli("check", "--storage", "--json", check=False)
    return {one["id"]: one["level"] for one in json.loads(done.stdout)["findings"]}


def test_there_and_back(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data", **SHORT)
    portal.init(name="Mémoire")
    made = portal.publish(str(film("h264_short")))
    portal.start()
    try:
        portal.cli("backup", str(tmp_path / "copy"))
    finally:
        portal.stop()
    manifest = json.loads((tmp_path / "copy" / "backup.json").read_text())
    assert manifest["files"] > 10
    assert manifest["database"] == "sqlite"
    full = portal.cli("backup", str(tmp_path / "copy"), check=False)
    assert (full.returncode, "not empty" in full.stderr) == (1, True)
    (tmp_path / "way").symlink_to(portal.data)
    for folder in (portal.data / "x", tmp_path / "way" / "x"):
        inside = portal.cli("backup", str(folder), check=False)
        assert (inside.returncode, "inside" in inside.stderr) == (1, True)
    refused = portal.cli("restore", str(tmp_path / "copy"), check=False)
    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)

    other = Portal(tmp_path / "other")
    # Folders that nobody has put anything into: a new disk, and one that Finder showed.
    (other.data / "lost+found").mkdir(parents=True)
    (other.data / ".DS_Store").write_bytes(b"windows")
    (tmp_path / "copy" / ".DS_Store").write_bytes(b"other windows")
    other.cli("restore", str(tmp_path / "copy"))
    assert (other.data / ".DS_Store").read_bytes() == b"windows"
    levels = _levels(other)
    assert levels["storage"] == "ok"
    assert "error" not in levels.values()
    other.start()
    try:
        page = get(f"{other.url}/watch/{made['video']}")
        assert page.status_code == 200
        assert "Mémoire" in page.text
        # The key came along: addresses that were handed out before are still good.
        hls = httpx.URL(made["hls"]).path
        assert get(f"{other.url}{hls}").status_code == 200
    finally:
        other.stop()


def test_what_is_no_backup(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    none = portal.cli("backup", str(tmp_path / "copy"), check=False)
    assert (none.returncode, none.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "copy").exists()
    wrong = portal.cli("restore", str(tmp_path), check=False)
    assert (wrong.returncode, "not a complete backup" in wrong.stderr) == (1, True)


def test_check_storage_finds_what_does_not_fit(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data", **SHORT)
    portal.init()
    portal.publish(str(film("h264_short")))
    assert _levels(portal)["storage"] == "ok"
    films = portal.data / "store" / "films"
    segments = sorted(films.rglob("*.m4s"))
    segments[0].unlink()
    segments[1].write_bytes(b"short")
    (films / "ast_nobody").mkdir()
    (films / "ast_nobody" / "0.m4s").write_bytes(b"x")
    levels = _levels(portal)
    assert levels["storage-missing"] == "error"
    assert levels["storage-size"] == "error"
    assert levels["storage-orphans"] == "error"
    assert portal.cli("check", "--storage", check=False).returncode == 1
