"""How much a child has added to its folders, which no rlimit counts."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_EVERY_S: Final = 0.5
_SHARE: Final = 20  # looking may take a twentieth of the time
_BLOCK: Final = 512  # unit of st_blocks, whatever the file system's own


class Written:
    """Bytes and files in some folders beyond what was there at the beginning.

    Files that are deleted and still open count too (Linux). What is deleted, closed
    and still mapped does not.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._before = self._count()
        self._next = time.monotonic() + _EVERY_S
        self.bytes = self.files = 0

    def look(self, pid: int, *, is_last: bool = False) -> None:
        """Count again when it is time, or when the process has ended."""
        began = time.monotonic()
        if not self._folders or (began < self._next and not is_last):
            return
        size, files = self._count()
        size += sum(found.st_blocks * _BLOCK for found in _deleted(pid))
        self.bytes, self.files = size - self._before[0], files - self._before[1]
        now = time.monotonic()
        self._next = now + max(_EVERY_S, _SHARE * (now - began))

    def _count(self) -> tuple[int, int]:
        size = files = 0
        todo = [str(folder) for folder in self._folders]
        while todo:
            with suppress(OSError), os.scandir(todo.pop()) as entries:
                for entry in entries:
                    with suppress(OSError):  # it has just been renamed
                        if entry.is_dir(follow_symlinks=False):
                            todo.append(entry.path)
                        size += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                        files += 1
        return size, files


def _deleted(pid: int) -> Iterator[os.stat_result]:
    """Plain files that a process has open and that are in no folder any more."""
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with suppress(OSError):
                found = entry.stat()
                if found.st_nlink == 0 and stat.S_ISREG(found.st_mode):
                    yield found
