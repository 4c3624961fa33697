"""Folders for work that goes on, beside the store, and locks that say that it does."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from lucarne.core import conf

LOCKS_KEPT_FOR: Final = timedelta(hours=1)


def folder(asset_id: str, name: str) -> Path:
    """Return an empty folder for one unit's files, on the store's disk."""
    path = conf.get().paths.scratch / asset_id / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


@contextlib.contextmanager
def alone(asset_id: str, name: str) -> Iterator[bool]:
    """Say whether nobody else is at it; the lock dies with the process.

    An upload is prepared where it arrives while the chores of a process that has
    just started may want to take the same film up.
    """
    place = conf.get().paths.scratch / asset_id
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                place.rmdir()


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
