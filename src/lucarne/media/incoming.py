"""``<data>/incoming``, where films arrive, and the limits that hold for all of them.

Files are locked while somebody writes to them (``parts``): one without a lock that no
row names is a leftover of a process that died, and is swept away.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from lucarne.core import conf
from lucarne.core.locks import is_locked
from lucarne.media.errors import NoSpace, TooLarge

# How often the reserve is looked at while bytes arrive.
LOOK_EVERY_BYTES: Final = 64 * 1024 * 1024


def folder() -> Path:
    """``<data>/incoming``, made when missing."""
    path = conf.get().paths.incoming
    path.mkdir(parents=True, exist_ok=True)
    return path


def check_room(*, name: str, size_bytes: int, promised_bytes: int = 0) -> None:
    """Refuse a film before its first byte is read.

    ``promised_bytes`` are still to come of others. Raises TooLarge or NoSpace.
    """
    uploads = conf.get().uploads
    if size_bytes > uploads.max_bytes:
        raise TooLarge(name)
    free = shutil.disk_usage(folder()).free
    if size_bytes + promised_bytes + uploads.reserve_bytes > free:
        raise NoSpace(name)


def check_reserve(*, name: str) -> None:
    """Stop while bytes arrive, since others write too. Raises NoSpace."""
    if shutil.disk_usage(folder()).free < conf.get().uploads.reserve_bytes:
        raise NoSpace(name)


def unlocked() -> list[Path]:
    """Files that nobody writes now. What no row names, read after this, is left over."""
    return [
        path for path in folder().iterdir() if path.is_file() and not is_locked(path)
    ]
