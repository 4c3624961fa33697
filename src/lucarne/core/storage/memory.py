"""A store for tests: bytes in a dictionary, files only when a path is asked for."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lucarne.core.storage.port import NotStored, checked, checked_prefix


class MemoryStore:
    """See ``port.Store``."""

    def __init__(self) -> None:
        self._content: dict[str, bytes] = {}
        self._shown: tempfile.TemporaryDirectory[str] | None = None

    def put_file(self, source: Path, key: str) -> None:
        self.put_bytes(source.read_bytes(), checked(key))
        source.unlink()

    def put_bytes(self, data: bytes, key: str) -> None:
        self._content[checked(key)] = bytes(data)

    def local_path(self, key: str) -> Path:
        data = self._read(key)
        if self._shown is None:
            self._shown = tempfile.TemporaryDirectory(prefix="lucarne-store-")
        path = Path(self._shown.name) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self._read(key))

    def size(self, key: str) -> int:
        return len(self._read(key))

    def exists(self, key: str) -> bool:
        return checked(key) in self._content

    def delete(self, key: str) -> bool:
        return self._content.pop(checked(key), None) is not None

    def delete_prefix(self, prefix: str) -> int:
        gone = [key for key, _ in self.keys(prefix)]
        for key in gone:
            del self._content[key]
        return len(gone)

    def keys(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        folder = checked_prefix(prefix)
        start = f"{folder}/" if folder else ""
        for key in sorted(self._content):
            if key.startswith(start):
                yield key, len(self._content[key])

    def _read(self, key: str) -> bytes:
        try:
            return self._content[checked(key)]
        except KeyError:
            raise NotStored(key) from None
