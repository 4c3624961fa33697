"""One contract, two stores. S3 will be the third."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from lucarne.core import conf, storage
from lucarne.core.storage import BadKey, DiskStore, MemoryStore, NotStored, Store
from lucarne.core.storage.port import checked


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else DiskStore(tmp_path / "store")


def test_what_is_put_is_there(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "made"
    source.write_bytes(b"segment")
    store.put_file(source, "films/a/1.m4s")
    assert not source.exists()
    store.put_bytes(b"init", "films/a/init.mp4")
    assert store.exists("films/a/1.m4s")
    assert store.size("films/a/1.m4s") == 7
    assert store.local_path("films/a/1.m4s").read_bytes() == b"segment"
    with store.open("films/a/init.mp4") as stream:
        assert stream.read() == b"init"


def test_putting_again_replaces(store: Store) -> None:
    store.put_bytes(b"old and longer", "a/b")
    store.put_bytes(b"new", "a/b")
    assert store.local_path("a/b").read_bytes() == b"new"


def test_keys_come_in_order_with_their_sizes(store: Store) -> None:
    for key in ("f/a-b/1", "f/a/2", "f/a/10", "f/a.x", "g/1", "f/ab"):
        store.put_bytes(key.encode(), key)
    wanted = sorted(["f/a-b/1", "f/a/2", "f/a/10", "f/a.x", "f/ab"])
    assert list(store.keys("f")) == [(key, len(key)) for key in wanted]
    assert list(store.keys("f/")) == list(store.keys("f"))
    assert [key for key, _ in store.keys("")] == [*wanted, "g/1"]
    assert list(store.keys("nothing/here")) == []
    assert list(store.keys("f/a")) == [("f/a/10", 6), ("f/a/2", 5)]


def test_delete_prefix_takes_a_folder_not_its_namesakes(store: Store) -> None:
    for key in ("f/ast_1/a", "f/ast_1/b/c", "f/ast_10/a"):
        store.put_bytes(b"x", key)
    assert store.delete_prefix("f/ast_1") == 2
    assert [key for key, _ in store.keys("")] == ["f/ast_10/a"]
    assert store.delete_prefix("f/ast_1") == 0
    assert store.delete_prefix("") == 1


def test_delete(store: Store) -> None:
    store.put_bytes(b"x", "a/b/c")
    assert store.delete("a/b/c")
    assert not store.delete("a/b/c")
    assert not store.exists("a/b/c")


def test_what_is_not_there_is_said(store: Store) -> None:
    store.put_bytes(b"x", "folder/file")
    for key in ("folder", "folder/other", "folder/file/below"):
        assert not store.exists(key)
        with pytest.raises(NotStored):
            store.open(key)
        with pytest.raises(NotStored):
            store.local_path(key)
        with pytest.raises(NotStored):
            store.size(key)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".drafts/x", "a/.hidden",
     "a\\b", "a\0b", "a\nb", "é", "-rf", "a/" * 600 + "b"],
)  # fmt: skip
def test_a_key_cannot_leave_the_store(store: Store, key: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    for attempt in (
        lambda: store.put_bytes(b"x", key),
        lambda: store.put_file(source, key),
        lambda: store.local_path(key),
        lambda: store.open(key),
        lambda: store.exists(key),
        lambda: store.delete(key),
    ):
        with pytest.raises(BadKey):
            attempt()
    assert source.exists()
    assert list(store.keys()) == []


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_an_accepted_key_stays_below_the_root(key: str) -> None:
    try:
        checked(key)
    except BadKey:
        return
    assert os.path.normpath(f"/root/{key}").startswith("/root/")


def test_a_missing_source_is_an_error_and_leaves_nothing(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        store.put_file(tmp_path / "never", "a/b")
    assert not store.exists("a/b")


def test_emptied_folders_go(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    store.put_bytes(b"x", "films/a/plan/1.m4s")
    store.put_bytes(b"x", "films/b/1.m4s")
    store.delete("films/a/plan/1.m4s")
    assert not (tmp_path / "store/films/a").exists()
    store.delete_prefix("films/b")
    assert not (tmp_path / "store/films").exists()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system")
def test_put_file_from_another_file_system(tmp_path: Path) -> None:
    source = Path(f"/dev/shm/lucarne-test-{os.getpid()}")
    source.write_bytes(b"far away")
    if source.stat().st_dev == tmp_path.stat().st_dev:
        source.unlink()
        pytest.skip("one file system only")
    store = DiskStore(tmp_path / "store")
    store.put_file(source, "a/b")
    assert store.local_path("a/b").read_bytes() == b"far away"
    assert not source.exists()
    assert store.drop_drafts() == 0


def test_half_written_content_is_never_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DiskStore(tmp_path / "store")

    def full_disk(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        store.put_bytes(b"segment", "a/b")
    assert list(store.keys()) == []
    assert store.drop_drafts() == 0
    (tmp_path / "store/.drafts/left-by-a-kill").touch()
    assert list(store.keys()) == []
    assert store.drop_drafts() == 1


def test_putting_and_pruning_at_once(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    problems: list[BaseException] = []

    def churn(name: str) -> None:
        try:
            for _ in range(200):
                store.put_bytes(b"x", f"a/b/{name}")
                store.delete(f"a/b/{name}")
        except BaseException as error:  # noqa: BLE001  whatever it is, the test says it
            problems.append(error)

    threads = [threading.Thread(target=churn, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_the_settings_name_the_store(data: Path) -> None:
    store = storage.get_store()
    assert isinstance(store, DiskStore)
    assert store.root == conf.get().paths.store == data / "store"
    double = MemoryStore()
    storage.set_store(double)
    assert storage.get_store() is double
    storage.set_store(None)
