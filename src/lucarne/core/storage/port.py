"""What a store can do. Disk now; the same tests run on every store there is.

A key is a relative POSIX path such as ``films/ast_…/a1b2/h264-720/7.m4s``. What is
under a key appears whole or not at all, and is never changed afterwards by us:
content has names derived from what it was made of. No key is a folder of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

# One segment: no separator, no hidden file, nothing a shell or a URL would read.
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_LONGEST: Final = 1024


class BadKey(ValueError):
    """The key could leave the store, or is not one that every store can hold."""

    def __init__(self, key: str) -> None:
        super().__init__(f"not a key of the store: {key[:200]!r}")


class NotStored(LookupError):
    """Nothing is stored under the key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing is stored under {key}")
        self.key = key


class Store(Protocol):
    """Bytes under keys. Methods raise BadKey for a key that is none."""

    def put_file(self, source: Path, key: str) -> None:
        """Move the file in; it is gone from ``source`` afterwards."""

    def put_bytes(self, data: bytes, key: str) -> None:
        """Store the bytes, replacing what was there."""

    def local_path(self, key: str) -> Path:
        """Return a path on this machine that holds the content; NotStored if none."""

    def open(self, key: str) -> BinaryIO:
        """Open for reading; NotStored if there is nothing."""

    def size(self, key: str) -> int:
        """Return the length in bytes; NotStored if there is nothing."""

    def exists(self, key: str) -> bool:
        """Say whether something is stored under the key."""

    def delete(self, key: str) -> bool:
        """Forget the key; False if there was nothing."""

    def delete_prefix(self, prefix: str) -> int:
        """Forget everything below the folder ``prefix``; return how many keys."""

    def keys(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Yield (key, size in bytes) below the folder ``prefix``, in key order."""


def checked(key: str) -> str:
    """Return the key as it is, or raise BadKey."""
    parts = key.split("/")
    if len(key) > _LONGEST or not all(_SEGMENT.fullmatch(part) for part in parts):
        raise BadKey(key)
    return key


def checked_prefix(prefix: str) -> str:
    """Return a folder without its trailing slash; empty means the whole store."""
    trimmed = prefix.removesuffix("/")
    return checked(trimmed) if trimmed else ""
