"""Folders for work that goes on, beside the store, and locks that say that it does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from lucarne.core import conf

LOCKS_KEPT_FOR: Final = timedelta(hours=1)


def folder(asset_id: str, name: str) -> Path:
    """Return an empty folder for one unit's files, on the store's disk."""
    path = conf.get().paths.scratch / asset_id / name
    shutil.rmtree(path, ignore_errors=True)
    while True:
        _make_parent(path)
        with contextlib.suppress(FileNotFoundError):
            path.mkdir()
            return path


@contextlib.contextmanager
def alone(asset_id: str, name: str) -> Iterator[bool]:
    """Say whether nobody else is at it; the lock dies with the process.

    An upload is prepared where it arrives while the chores of a process that has
    just started may want to take the same film up.
    """
    with _lock(asset_id, name, waits=False) as is_alone:
        yield is_alone


@contextlib.contextmanager
def in_turn(asset_id: str, name: str) -> Iterator[None]:
    """Wait until nobody else is at it; the lock dies with the process."""
    with _lock(asset_id, name, waits=True):
        yield


@contextlib.contextmanager
def _lock(asset_id: str, name: str, *, waits: bool) -> Iterator[bool]:
    path = conf.get().paths.scratch / asset_id / f"{name}.lock"
    file = _locked(path, waits=waits)
    if file is None:
        yield False
        return
    with file:
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()


def _locked(path: Path, *, waits: bool) -> IO[str] | None:
    """Open a lock file and lock it; None when somebody else has."""
    while True:
        file = _opened(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        except BlockingIOError:
            file.close()
            return None
        if _is_there(path, file):
            return file
        file.close()  # whoever had it has removed it: the next ones lock another


def _opened(path: Path) -> IO[str]:
    while True:
        _make_parent(path)
        with contextlib.suppress(FileNotFoundError):
            return path.open("w")


def _make_parent(path: Path) -> None:
    """Make a film's folder, which may be gone a moment later.

    Whoever ends the film's last other work removes it under our hands: then pathlib
    finds that it exists, and that it does not.
    """
    with contextlib.suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True)


def _is_there(path: Path, file: IO[str]) -> bool:
    """Whether an open file still has its name."""
    try:
        named = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(file.fileno()))


def sweep_locks(*, at: datetime) -> None:
    """Remove the lock files of processes that were killed at the very end of their work.

    Only old ones: a young one may be opened by somebody who has not locked it yet.
    """
    for path in conf.get().paths.scratch.glob("*/*.lock"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime > (at - LOCKS_KEPT_FOR).timestamp():
                continue
            with path.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            path.parent.rmdir()


def clean(path: Path) -> None:
    """Remove a unit's folder, and the film's when it was the last."""
    shutil.rmtree(path, ignore_errors=True)
    try:
        path.parent.rmdir()
    except OSError:
        return  # another unit of the film works there
