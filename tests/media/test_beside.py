"""A file on this machine is looked into while it is copied, and only then."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lucarne.core import jobs
from lucarne.media import beside, preparing
from lucarne.media.models import Asset
from lucarne_engine.reader import FilmReader
from tests.engine.films import film
from tests.media import receiving

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Look beside films of any size; name the files that are opened from now on."""
    opened: list[str] = []

    class Noted(FilmReader):
        def __init__(self, source: Path, **how: object) -> None:
            opened.append(source.name)
            super().__init__(source, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(beside, "LEAST_BYTES", 1)
    for module in (beside, preparing):
        monkeypatch.setattr(module, "FilmReader", Noted)
    return opened


def received(path: Path) -> Asset:
    return receiving.received(path, name=path.name, at=AT)


@pytest.mark.usefixtures("folder", "runner")
def test_the_copy_is_not_looked_into_again(
    looked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = received(film("vp9_opus"))
    assert looked == [film("vp9_opus").name]
    monkeypatch.setattr(beside, "LEAST_BYTES", 1 << 40)
    looked.clear()
    plain = received(film("vp9_opus"))
    assert looked != [film("vp9_opus").name]
    assert (made.state, made.report, made.plan) == (
        Asset.State.ENCODING, plain.report, plain.plan,
    )  # fmt: skip


@pytest.mark.usefixtures("folder")
def test_a_film_that_plays_as_it_is_is_there_at_once(
    looked: list[str], runner: jobs.MemoryRunner
) -> None:
    made = received(film("h264_short"))
    assert made.playable_at == AT
    runner.drain()
    made.refresh_from_db()
    assert (made.state, made.error_code) == (Asset.State.READY, "")
    assert len(looked) >= 2


@pytest.mark.usefixtures("folder", "runner")
def test_a_file_that_changes_meanwhile_is_looked_into_as_it_was_copied(
    looked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "film.webm"
    path.write_bytes(film("vp9_opus").read_bytes())
    found = beside.conclude

    def touched(upload_id: str) -> object:
        os.utime(path, ns=(1, 1))
        return found(upload_id)

    monkeypatch.setattr(beside, "conclude", touched)
    made = received(path)
    assert made.state == Asset.State.ENCODING
    assert [name == path.name for name in looked] == [True, False]


@pytest.mark.parametrize(("name", "code"), [("moov_lost", "truncated"), ("text", "not_media")])
@pytest.mark.usefixtures("folder", "runner", "looked")
def test_what_is_no_film_is_refused_as_ever(name: str, code: str) -> None:
    made = received(film(name))
    assert (made.state, made.error_code) == (Asset.State.FAILED, code)
    assert not beside._looks
