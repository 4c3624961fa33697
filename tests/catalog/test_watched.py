"""The watched folder: what is complete is published once, and moved."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from lucarne.catalog import operations, watched
from lucarne.core import conf, jobs
from tests.catalog import everything
from tests.engine.films import film

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def drop(folder: Path, tmp_path: Path) -> Path:
    """Give the watched folder of a portal with two channels."""
    path = tmp_path / "drop"
    path.mkdir()
    conf.load(
        data=folder, uploads={"reserve_bytes": 0, "watched_folder": str(path)}
    )
    operations.create_channel(name="Nature", actor="test", at=AT)
    operations.create_channel(name="News", actor="test", at=AT)
    watched.forget_seen()
    return path


def put(path: Path, name: str = "tiny") -> Path:
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(film(name), path)
    return path


def published() -> list[tuple[str, str]]:
    return [(one.title, one.channel.name) for one in everything.films()]


def names(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(folder)) for path in files)


def look(runner: jobs.MemoryRunner) -> None:
    watched.look()
    runner.drain()


def test_a_film_is_published_once_it_stands_still(
    drop: Path, runner: jobs.MemoryRunner
) -> None:
    put(drop / "The lynx.mp4")
    put(drop / "news" / "Today.mp4")
    growing = drop / "growing.mp4"
    growing.write_bytes(b"half")
    look(runner)
    assert published() == []  # seen once: it may still grow
    put(growing)
    look(runner)
    assert sorted(published()) == [("The lynx", "Nature"), ("Today", "News")]
    assert names(drop) == ["done/The lynx.mp4", "done/Today.mp4", "growing.mp4"]
    look(runner)
    assert len(published()) == 3
    look(runner)
    assert len(published()) == 3
    assert list((conf.get().paths.incoming).iterdir()) == []


def test_what_is_still_being_copied_is_left_alone(
    drop: Path, runner: jobs.MemoryRunner
) -> None:
    for name in (".hidden.mp4", "a.mp4.part", "b.mp4.crdownload", "c.tmp"):
        put(drop / name)
    (drop / "link.mp4").symlink_to(film("tiny"))
    before = names(drop)
    for _ in range(3):
        look(runner)
    assert published() == []
    assert names(drop) == before


def test_what_is_no_film_is_put_aside_with_the_reason(
    drop: Path, runner: jobs.MemoryRunner
) -> None:
    (drop / "letter.mp4").write_text("Dear Sir or Madam")
    put(drop / "nowhere" / "a.mp4")
    for _ in range(2):
        look(runner)
    assert published() == []
    assert names(drop) == [
        "failed/a.mp4", "failed/a.mp4.txt", "failed/letter.mp4",
        "failed/letter.mp4.txt",
    ]  # fmt: skip
    assert "“letter.mp4” is not a film" in (drop / "failed/letter.mp4.txt").read_text()
    assert "no channel “nowhere”" in (drop / "failed/a.mp4.txt").read_text()
    # Put back where there is a channel now, it is taken.
    (drop / "failed" / "a.mp4").rename(drop / "a.mp4")
    (drop / "failed" / "letter.mp4").rename(drop / "letter.mp4")
    for _ in range(2):
        look(runner)
    assert published() == [("a", "Nature")]
    assert "failed/letter.mp4" in names(drop)


def test_names_that_are_taken_do_not_replace_each_other(
    drop: Path, runner: jobs.MemoryRunner
) -> None:
    for number in range(2):
        path = put(drop / "a.mp4")
        os.utime(path, (number, number))
        for _ in range(2):
            look(runner)
    assert names(drop) == ["done/a-2.mp4", "done/a.mp4"]
    assert len(published()) == 2


def test_a_process_that_died_before_it_moved_the_file(
    drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(drop / "a.mp4")
    how = {"name": "a.mp4", "cancel": Event(), "clock": lambda: AT}

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(watched, "_move", die)
    with pytest.raises(SystemExit):
        watched.publish(**how)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert path.exists()
    watched.publish(**how)  # type: ignore[arg-type]
    assert len(published()) == 1
    assert names(drop) == ["done/a.mp4"]


def test_no_folder_and_one_that_is_gone(
    drop: Path, folder: Path, runner: jobs.MemoryRunner
) -> None:
    shutil.rmtree(drop)
    look(runner)
    conf.load(data=folder)
    look(runner)
