"""What may be done with a film, on real files and a real database."""

from __future__ import annotations

import errno
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, transaction

from lucarne.core import clock, conf, events, jobs
from lucarne.core.storage import get_store
from lucarne.media import (
    keys,
    operations,
    parts,
    queries,
    record,
    scratch,
    streams,
    units,
)
from lucarne.media.errors import UnknownAsset
from lucarne.media.events import AssetFailed, AssetPlayable, AssetReady
from lucarne.media.models import Asset, Run, Track, Unit
from lucarne_engine.errors import EncoderError
from tests.core.waiting import until
from tests.engine.films import film
from tests.media import receiving
from tests.media.outlined import assert_outlined

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
KINDS = (AssetPlayable, AssetReady, AssetFailed)


def now() -> datetime:
    return AT


@pytest.fixture
def heard() -> Iterator[list[object]]:
    """Collect what media announces."""
    said: list[object] = []
    for kind in KINDS:
        events.subscribe(kind)(said.append)
    yield said
    for kind in KINDS:
        events.unsubscribe(kind, said.append)


def received(name: str) -> Asset:
    return receiving.received(film(name), name=name, at=AT)


def again(asset: Asset) -> Asset:
    return queries.find(asset.public_id)


def files(folder: Path, asset: Asset) -> set[str]:
    root = folder / "store"
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and asset.public_id in str(path)
    }


def test_a_film_becomes_ready_and_says_each_thing_once(
    folder: Path, runner: jobs.MemoryRunner, heard: list[object]
) -> None:
    asset = received("h264_short")
    # A copy of the original plays before anything is encoded.
    assert (asset.state, asset.has_original) == (Asset.State.ENCODING, True)
    assert Counter(map(type, heard)) == {AssetPlayable: 1}
    assert runner.drain() > 0
    asset = again(asset)
    assert (asset.state, asset.error_code) == ("ready", "")
    assert asset.ready_at is not None
    assert Counter(map(type, heard)) == {AssetPlayable: 1, AssetReady: 1}
    assert (asset.has_poster, asset.has_storyboard) == (True, True)
    assert not list((folder / "scratch").rglob("*"))
    assert not list((folder / "incoming").iterdir())


def test_what_a_viewer_waits_for_has_the_machine(
    folder: Path, runner: jobs.MemoryRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 0}, media={"segment_ms": 1000})
    nices: dict[str, list[int]] = {"encode_chunk": [], "encode_audio": []}
    for function, seen in nices.items():
        real = getattr(units.encode, function)

        def noted(
            *args: Any, real: Any = real, seen: list[int] = seen, **how: Any
        ) -> Any:
            seen.append(how["limits"].nice)
            return real(*args, **how)

        monkeypatch.setattr(units.encode, function, noted)
    received("vp9_opus")
    runner.drain()
    first, *others = nices["encode_chunk"]
    (sound,) = nices["encode_audio"]
    assert others
    assert 0 == first < sound < min(others)


def test_everything_may_run_twice(
    folder: Path, runner: jobs.MemoryRunner, heard: list[object]
) -> None:
    asset = received("tiny")
    runner.drain()
    before = files(folder, asset)
    rows = Run.objects.count(), Track.objects.count(), Unit.objects.count()
    for _ in range(2):
        operations.prepare(asset_id=asset.public_id, clock=now)
        operations.resume(at=AT + timedelta(hours=1), is_start=True)
        for unit in asset.units.all():
            # As if the process had died between its files and its row.
            Unit.objects.filter(pk=unit.pk).update(state=Unit.State.RUNNING)
            jobs.enqueue(
                "media.encode", key=f"{asset.public_id}:{unit.name}", again=True,
                asset_id=asset.public_id, name=unit.name,
            )  # fmt: skip
        runner.drain()
    assert files(folder, asset) == before
    assert (Run.objects.count(), Track.objects.count(), Unit.objects.count()) == rows
    assert Counter(map(type, heard)) == {AssetPlayable: 1, AssetReady: 1}
    assert {unit.state for unit in asset.units.all()} == {"done"}


def test_a_refused_film_is_failed_once_and_makes_no_work(
    folder: Path, runner: jobs.MemoryRunner, heard: list[object]
) -> None:
    asset = received("text")
    assert (asset.state, asset.error_code) == (Asset.State.FAILED, "not_media")
    operations.prepare(asset_id=asset.public_id, clock=now)
    operations.resume(at=AT + timedelta(days=1), is_start=True)
    assert runner.drain() == 0
    assert [(type(e), getattr(e, "code", "")) for e in heard] == [
        (AssetFailed, "not_media")
    ]
    assert files(folder, asset) == {f"masters/{asset.public_id}"}


@pytest.mark.usefixtures("folder")
def test_events_wait_for_the_commit(heard: list[object]) -> None:
    asset = received("text")
    heard.clear()
    Asset.objects.filter(pk=asset.pk).update(state=Asset.State.ENCODING)
    with transaction.atomic():
        operations.cancel(asset_id=asset.public_id, at=AT)
        assert heard == []
        transaction.set_rollback(True)
    assert heard == []
    assert again(asset).state == Asset.State.ENCODING
    operations.cancel(asset_id=asset.public_id, at=AT)
    assert [type(event) for event in heard] == [AssetFailed]


def test_cancel_stops_the_work_and_retry_goes_on(
    runner: jobs.MemoryRunner, heard: list[object]
) -> None:
    asset = received("h264_short")
    operations.cancel(asset_id=asset.public_id, at=AT)
    assert (again(asset).state, again(asset).error_code) == ("failed", "cancelled")
    assert runner.drain() == 0
    # What could be watched can still be watched.
    state = queries.play_state(asset.public_id)
    assert state is not None
    assert queries.film_index(state) is not None
    operations.retry(asset_id=asset.public_id, at=AT + timedelta(minutes=1))
    operations.retry(asset_id=asset.public_id, at=AT + timedelta(minutes=2))
    assert (again(asset).state, again(asset).error_code) == ("encoding", "")
    runner.drain()
    assert again(asset).state == Asset.State.READY
    assert Counter(map(type, heard))[AssetReady] == 1
    revision = again(asset).revision
    operations.retry(asset_id=asset.public_id, at=AT)
    assert again(asset).revision == revision


def test_manifests_know_the_segments_at_every_moment(folder: Path) -> None:
    """While the film grows, in whatever order; when a try has failed; in the end."""
    media = {"max_height": 180, "segment_ms": 1000, "chunk_ms": 4000}
    conf.load(data=folder, uploads={"reserve_bytes": 0}, media=media)
    asset = received("vp9_opus")
    first, *later = [unit.name for unit in asset.units.filter(kind="video")]
    sounds = [unit.name for unit in asset.units.filter(kind="audio")]
    assert later

    def run(name: str) -> dict[str, int]:
        units.run_unit(asset_id=asset.public_id, name=name, clock=now, cancel=Event())
        return assert_outlined(asset)

    assert run(later[-1]) == {"h264-180": 0}  # not shown: nothing is before it
    failing = Unit.objects.get(asset=asset, name=first)
    units.fail_unit(failing, EncoderError("out_of_time", "x"), at=AT)
    assert assert_outlined(asset) == {"h264-180": 0}
    operations.retry(asset_id=asset.public_id, at=AT)
    counts = [run(name) for name in (first, *sounds, *later, first)]
    assert counts[0] == {"h264-180": 5}
    assert counts[-1] == {"h264-180": 5, "aac-0": 5, "sound-0": 5}
    assert again(asset).state == Asset.State.READY


def test_a_film_can_be_watched_while_anothers_chunk_is_encoded(
    runner: jobs.MemoryRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = received("h264_aac")
    is_at_it, may_end = Event(), Event()
    encode_chunk = units.encode.encode_chunk

    def stuck(source: Path, *args: Any, **facts: Any) -> Any:
        if other.public_id in str(source):
            is_at_it.set()
            assert may_end.wait(180)
        return encode_chunk(source, *args, **facts)

    monkeypatch.setattr(units.encode, "encode_chunk", stuck)
    runner.start_workers(1)
    try:
        assert is_at_it.wait(60)
        film = received("vp9_opus")
        until(lambda: again(film).playable_at, within=60)
        assert not again(other).ready_at
    finally:
        may_end.set()
        runner.stop_workers(60)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "kind"), [("h264_short", "media.aside"), ("hevc", "media.encode")]
)
def test_a_storyboard_has_one_job_and_is_not_in_the_way(name: str, kind: str) -> None:
    asset = received(name)
    operations.resume(at=AT, is_start=True)
    found = [job.kind for job in jobs.list_jobs() if job.key.endswith(":pictures")]
    assert found == [kind]
    assert asset.has_original == (kind == "media.aside")


def test_a_job_canceled_before_the_retry_does_not_fail_the_film_again(
    runner: jobs.MemoryRunner,
) -> None:
    """Whoever starts while a film is looked into asks for that once more."""
    asset = received("h264_short")
    jobs.enqueue(
        "media.prepare", key=asset.public_id, asset_id=asset.public_id, again=True
    )
    operations.cancel(asset_id=asset.public_id, at=AT)
    operations.retry(asset_id=asset.public_id, at=AT)
    operations.resume(at=AT, is_start=True)
    assert (again(asset).state, again(asset).error_code) == ("encoding", "")
    runner.drain()
    assert again(asset).state == Asset.State.READY


def test_retry_looks_into_a_film_that_was_never_planned(
    runner: jobs.MemoryRunner,
) -> None:
    asset = received("text")
    master = get_store().local_path(keys.master(asset.public_id))
    master.unlink()
    master.write_bytes(film("tiny").read_bytes())  # somebody has mended it
    operations.retry(asset_id=asset.public_id, at=AT)
    assert again(asset).state == Asset.State.RECEIVED
    runner.drain()
    assert again(asset).state == Asset.State.READY


def test_remove_takes_everything_once_it_is_certain(
    folder: Path, runner: jobs.MemoryRunner
) -> None:
    asset, other = received("h264_short"), received("tiny")
    kept = files(folder, asset)
    assert len(kept) > 3
    with transaction.atomic():
        operations.remove(asset_id=asset.public_id)
        transaction.set_rollback(True)
    assert files(folder, asset) == kept
    operations.remove(asset_id=asset.public_id)
    assert files(folder, asset) == set()
    runner.drain()  # jobs of a film that is gone do nothing
    assert files(folder, asset) == set()
    assert again(other).state == Asset.State.READY
    assert not list((folder / "scratch").rglob("*"))


@pytest.mark.parametrize("name", ["retry", "cancel", "remove"])
def test_an_unknown_film_is_named(name: str) -> None:
    more = {} if name == "remove" else {"at": AT}
    with pytest.raises(UnknownAsset) as caught:
        getattr(operations, name)(asset_id="ast_nobody", **more)
    assert "ast_nobody" in str(caught.value)


@pytest.mark.usefixtures("folder")
def test_closing_the_doors_makes_every_address_old() -> None:
    asset = received("text")
    operations.close_doors(asset_id=asset.public_id)
    assert again(asset).epoch == asset.epoch + 1
    assert again(asset).revision == asset.revision + 1


def test_sweep_waits_a_day_for_who_still_watches(
    folder: Path, runner: jobs.MemoryRunner
) -> None:
    asset = received("h264_short")
    runner.drain()
    before = files(folder, asset)
    # The copied sound leaves with it: a tone at -13 LUFS is made quieter.
    copies = {name for name in before if "/original/" in name or "/aac-0/" in name}
    assert copies
    ready_at = again(asset).ready_at
    assert ready_at is not None
    operations.sweep(at=ready_at + timedelta(hours=23))
    assert files(folder, asset) == before
    operations.sweep(at=ready_at + timedelta(hours=25))
    assert files(folder, asset) == before - copies
    assert {known.key for known in queries.known_keys()} <= files(folder, asset)


def test_sweep_takes_leftovers_but_nothing_that_is_being_written(folder: Path) -> None:
    how = {"name": "growing", "most_bytes": 9, "at": AT}
    with streams.Stream(person_id="cli", **how) as growing:  # type: ignore[arg-type]
        growing.write(b"x")
        left = folder / "incoming" / "in_left"
        left.write_bytes(b"half a film")
        operations.sweep(at=AT + timedelta(hours=1))
        assert not left.exists()
        assert parts.path_of(growing.upload_id).exists()
    assert list((folder / "incoming").iterdir()) == []


@pytest.mark.usefixtures("folder")
def test_a_disk_that_is_full_is_named_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(get_store()), "put_file", full)
    asset = received("tiny")
    assert (asset.state, asset.error_code) == (Asset.State.FAILED, "disk_full")
    monkeypatch.undo()


@pytest.mark.usefixtures("folder")
def test_a_disk_too_full_to_say_so_is_named_later(
    monkeypatch: pytest.MonkeyPatch, runner: jobs.MemoryRunner
) -> None:
    """The row that would say why takes room, too."""

    def full(**_: object) -> None:
        cause = sqlite3.OperationalError("database or disk is full")
        cause.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError("database or disk is full") from cause

    monkeypatch.setattr(units, "run_unit", full)
    asset = received("tiny")
    runner.drain()
    assert again(asset).state == Asset.State.ENCODING
    operations.resume(at=AT, is_start=False)
    assert (again(asset).state, again(asset).error_code) == (Asset.State.FAILED, "disk_full")


def test_only_one_is_at_a_film(folder: Path) -> None:
    with (
        scratch.alone("ast_x", "prepare") as first,
        scratch.alone("ast_x", "prepare") as second,
    ):
        assert (first, second) == (True, False)
    with pytest.raises(RuntimeError), scratch.alone("ast_x", "prepare"):
        raise RuntimeError
    assert list((folder / "scratch").iterdir()) == []


def test_the_lock_of_a_killed_process_is_swept_an_hour_later(folder: Path) -> None:
    left = folder / "scratch" / "ast_x" / "prepare.lock"
    left.parent.mkdir(parents=True)
    left.touch()
    operations.sweep(at=clock.now())
    assert left.exists()
    later = clock.now() + timedelta(hours=2)
    with scratch.alone("ast_y", "prepare"):
        operations.sweep(at=later)
        assert not left.parent.exists()
        assert (folder / "scratch" / "ast_y" / "prepare.lock").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("where", ["add_warnings", "finish_unit"])
def test_a_database_that_is_too_busy_once_fails_no_film(
    monkeypatch: pytest.MonkeyPatch, runner: jobs.MemoryRunner, where: str
) -> None:
    """``add_warnings`` while it is looked into, ``finish_unit`` after a unit."""
    done = getattr(record, where)
    left = [OperationalError("database is locked")]

    def busy(*args: object, **how: object) -> None:
        if left:
            raise left.pop()
        done(*args, **how)

    monkeypatch.setattr(record, where, busy)
    asset = received("tiny")
    runner.drain()
    assert left == []
    assert (again(asset).state, again(asset).error_code) == (Asset.State.READY, "")


@pytest.mark.usefixtures("folder")
def test_a_fault_that_stays_fails_the_film(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(record, "add_warnings", broken)
    with pytest.raises(RuntimeError):
        received("tiny")
    asset = Asset.objects.get()
    assert (asset.state, asset.error_code) == (Asset.State.FAILED, "encoder_failed")
