"""Uploads in parts, below the protocol: rooms, expiry, sweeping, handing over."""

from __future__ import annotations

import contextlib
import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import transaction

from lucarne.core import clock, conf
from lucarne.media import incoming, operations, parts, streams, uploads
from lucarne.media.errors import (
    NoSpace,
    TooLarge,
    UnknownUpload,
    UploadBusy,
    UploadUnfinished,
    WrongDigest,
    WrongOffset,
)
from lucarne.media.models import Asset, Upload
from lucarne.media.uploads import UploadView

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
WHO = "per_0000000000000000"


def begin(size: int = 10, **how: object) -> UploadView:
    return uploads.begin(
        person_id=WHO,
        name="a.mp4",
        size_bytes=size,
        at=clock.now(),
        **how,  # type: ignore[arg-type]
    )


def append(view: UploadView, data: bytes, offset: int, **how: object) -> int:
    writer = uploads.writer(view, offset=offset, **how)  # type: ignore[arg-type]
    try:
        writer.write(data)
        return writer.commit()
    finally:
        writer.close()


def find(view: UploadView, *, at: datetime | None = None) -> UploadView:
    return uploads.find(upload_id=view.upload_id, person_id=WHO, at=at or clock.now())


def names() -> list[str]:
    return sorted(path.name for path in incoming.folder().iterdir())


def untouched_for(view: UploadView, days: int) -> datetime:
    """Return a time at which nothing has come for so many days."""
    moment = clock.now().timestamp()
    os.utime(parts.path_of(view.upload_id), (moment, moment))
    return clock.now() + timedelta(days=days)


def test_an_upload_is_its_senders_alone() -> None:
    view = begin()
    with pytest.raises(UnknownUpload):
        uploads.find(upload_id=view.upload_id, person_id="per_x", at=clock.now())
    with pytest.raises(UnknownUpload):
        uploads.give_up(upload_id=view.upload_id, person_id="per_x")
    assert [
        one.upload_id for one in uploads.unfinished(person_id=WHO, at=clock.now())
    ] == [view.upload_id]
    assert uploads.unfinished(person_id="per_x", at=clock.now()) == []


def test_a_process_that_is_being_started_holds_no_part_up() -> None:
    """It has our descriptors until it runs its own program, which may take a while."""
    copies = []

    def as_a_fork_does() -> None:
        files = {path.stat().st_ino for path in incoming.folder().iterdir()}
        for number in range(256):
            with contextlib.suppress(OSError):
                if os.fstat(number).st_ino in files:
                    copies.append(os.dup(number))

    view = begin()
    stream, streaming = uploads.begin_stream(
        person_id=WHO, name="b.mp4", most_bytes=9, at=clock.now()
    )
    writer = uploads.writer(view, offset=0, digest=("sha1", hashlib.sha1(b"01").digest()))
    as_a_fork_does()
    assert len(copies) >= 3  # with what waits for its digest
    writer.write(b"01")
    assert writer.commit() == 2
    writer.close()
    streaming.close()
    try:
        assert append(view, b"2", 2) == 3
        parts.PartWriter(stream.upload_id, name="b", offset=0, size_bytes=9).close()
    finally:
        for copy in copies:
            os.close(copy)


def test_two_writers_at_once() -> None:
    view = begin()
    first = uploads.writer(view, offset=0)
    with pytest.raises(UploadBusy):
        uploads.writer(view, offset=0)
    first.write(b"123")
    first.close()
    with pytest.raises(WrongOffset) as wrong:
        uploads.writer(view, offset=0)
    assert wrong.value.offset == 3
    assert append(view, b"4567890", 3) == 10
    assert find(view).is_complete


def test_a_part_with_a_digest_counts_only_when_it_is_right() -> None:
    view = begin()
    writer = uploads.writer(view, offset=0, digest=("sha1", b"x" * 20))
    writer.write(b"12345")
    # Whatever happens now, not one byte of it was received.
    assert find(view).received_bytes == 0
    with pytest.raises(WrongDigest):
        writer.commit()
    writer.close()
    assert find(view).received_bytes == 0
    assert names() == [view.upload_id]


def test_what_others_may_still_send_is_kept_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = conf.get().uploads.reserve_bytes + 1_000_000
    usage = SimpleNamespace(free=free)
    monkeypatch.setattr("lucarne.media.incoming.shutil.disk_usage", lambda _: usage)
    view = begin(600_000)
    with pytest.raises(NoSpace):
        begin(600_000)
    append(view, b"x" * 600_000, 0)
    begin(600_000)


def test_what_nobody_goes_on_with_expires_and_is_swept() -> None:
    old, young = begin(), begin()
    append(old, b"123", 0)
    late = untouched_for(old, conf.get().uploads.keep_days)
    soon = late - timedelta(hours=1)
    operations.sweep(at=soon)
    assert find(old, at=soon).received_bytes == 3
    # A part that comes meanwhile keeps it for as long again.
    later = (late + timedelta(hours=1)).timestamp()
    os.utime(parts.path_of(young.upload_id), (later, later))
    after = late + timedelta(minutes=1)
    with pytest.raises(UnknownUpload):
        find(old, at=after)
    operations.sweep(at=after)
    assert names() == [young.upload_id]
    assert Upload.objects.count() == 1


def test_a_sweep_takes_what_nobody_names() -> None:
    view = begin()
    left = incoming.folder() / "upl_left"
    left.write_bytes(b"x")
    with parts.making("upl_being", name="a"):
        operations.sweep(at=clock.now())
        assert names() == sorted([view.upload_id, "upl_being"])
    # A row whose file somebody deleted does not stay either.
    parts.path_of(view.upload_id).unlink()
    operations.sweep(at=clock.now())
    assert not Upload.objects.exists()


def test_a_whole_upload_becomes_an_asset_once() -> None:
    view = begin()
    append(view, b"12345", 0)
    how = {"upload_id": view.upload_id, "person_id": WHO, "at": clock.now()}
    with pytest.raises(UploadUnfinished):
        uploads.hand_over(**how)  # type: ignore[arg-type]
    append(view, b"67890", 5)
    with transaction.atomic():
        taken = uploads.hand_over(**how)  # type: ignore[arg-type]
        asset = operations.receive(
            path=taken.path, source_name=taken.name, at=clock.now()
        )
    operations.sweep(at=clock.now())
    assert taken.path.read_bytes() == b"1234567890"
    assert Asset.objects.get() == asset
    with pytest.raises(UnknownUpload):
        uploads.hand_over(**how)  # type: ignore[arg-type]


def test_a_part_alone_is_no_film() -> None:
    view = begin(0, is_partial=True)
    with pytest.raises(UploadUnfinished):
        uploads.hand_over(upload_id=view.upload_id, person_id=WHO, at=clock.now())


@pytest.mark.parametrize("arrived", [b"", b"12345"])
def test_what_comes_in_one_go_is_never_listed_half(
    folder: Path, arrived: bytes
) -> None:
    """Nor kept, when whoever took it is gone."""
    how = {"person_id": WHO, "name": "a.mp4", "most_bytes": 100, "at": clock.now()}
    stream = streams.Stream(**how)  # type: ignore[arg-type]
    stream.write(arrived)
    late = clock.now()
    operations.sweep(at=late)
    assert names() == [stream.upload_id]  # it still comes
    assert uploads.unfinished(person_id=WHO, at=clock.now()) == []
    with pytest.raises(UploadUnfinished):
        uploads.hand_over(upload_id=stream.upload_id, person_id=WHO, at=clock.now())
    stream._writer.close()  # as the end of its process does
    operations.sweep(at=late)
    assert names() == []
    assert not Upload.objects.exists()
    with streams.Stream(**how) as whole:  # type: ignore[arg-type]
        whole.write(b"12345")
        whole.finish()
        whole.keep()
    (view,) = uploads.unfinished(person_id=WHO, at=clock.now())
    assert (view.is_complete, view.size_bytes) == (True, 5)
    assert view.digest == hashlib.sha256(b"12345").hexdigest()
    assert folder


def test_a_file_that_is_too_large_is_not_begun(folder: Path, tmp_path: Path) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 0, "max_bytes": 4})
    path = tmp_path / "a.mp4"
    path.write_bytes(b"12345")
    said: list[int] = []
    how = {"person_id": WHO, "name": "a.mp4", "at": clock.now()}
    with (
        pytest.raises(TooLarge),
        streams.taken(path, **how, on_bytes=said.append),  # type: ignore[arg-type]
    ):
        pass
    assert said == []
    assert names() == []


def test_a_sweep_spares_a_stream_that_ends_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sweep has read its row before it became whole, and looks at its lock after."""
    with streams.Stream(
        person_id="per_a", name="a.mp4", most_bytes=3, at=clock.now()
    ) as stream:
        stream.write(b"abc")
        is_locked = uploads.is_locked

        def looks_late(path: Path) -> bool:
            stream.finish()
            return is_locked(path)

        monkeypatch.setattr(uploads, "is_locked", looks_late)
        operations.sweep(at=clock.now())
        found = uploads.find(
            upload_id=stream.upload_id, person_id="per_a", at=clock.now()
        )
        assert found.is_complete


def test_a_sweep_spares_what_is_just_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """It saw the file a moment before its lock, and the rows a moment before its row."""
    made = begin(3)
    path = parts.path_of(made.upload_id)
    known = uploads.paths
    stale: list[set[str]] = [set()]
    monkeypatch.setattr(incoming, "unlocked", lambda: [path])
    monkeypatch.setattr(uploads, "paths", lambda: stale.pop() if stale else known())
    operations.sweep(at=clock.now())
    assert path.exists()
