"""Films on their way in: one file each in ``<data>/incoming``, locked while written.

The lock says that somebody still writes: a file without a lock and without an
asset is a leftover of a process that died, and is swept away.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from lucarne.core import conf, ids
from lucarne.core.errors import is_disk_full
from lucarne.core.locks import is_locked
from lucarne.media.errors import NoSpace, TooLarge, Unreadable

COPY_BYTES: Final = 4 * 1024 * 1024
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


class IncomingFile:
    """A file that grows in ``incoming``; what is not moved away does not stay."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.path = folder() / ids.new("in")
        self.size_bytes = 0
        try:
            self._file: BinaryIO = self.path.open("xb")
        except OSError as error:
            if is_disk_full(error):
                raise NoSpace(name) from error
            raise
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def write(self, data: bytes) -> None:
        """Append; raises TooLarge, or NoSpace when the disk is full."""
        self.size_bytes += len(data)
        if self.size_bytes > conf.get().uploads.max_bytes:
            raise TooLarge(self.name)
        try:
            self._file.write(data)
        except OSError as error:
            raise NoSpace(self.name) from error

    def finish(self) -> None:
        """Hand every byte to the operating system; the lock stays."""
        try:
            self._file.flush()
        except OSError as error:
            raise NoSpace(self.name) from error

    def __enter__(self) -> IncomingFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        # An accepted film has been moved into the store by now.
        self.path.unlink(missing_ok=True)


def copy_in(
    source: Path, target: IncomingFile, *, on_bytes: Callable[[int], None]
) -> None:
    """Copy a local file; ``on_bytes`` hears how many bytes have arrived.

    Raises Unreadable, TooLarge or NoSpace.
    """
    with _reading(source, target.name) as read:
        while data := read():
            target.write(data)
            on_bytes(target.size_bytes)
    target.finish()


@contextlib.contextmanager
def _reading(source: Path, name: str) -> Iterator[Callable[[], bytes]]:
    try:
        file = source.open("rb")
    except OSError as error:
        raise Unreadable(name) from error

    def read() -> bytes:
        try:
            return file.read(COPY_BYTES)
        except OSError as error:  # a disk or a network that gives up
            raise Unreadable(name) from error

    with file:
        yield read


def unlocked() -> list[Path]:
    """Files that nobody writes now. What no row names, read after this, is left over."""
    return [
        path for path in folder().iterdir() if path.is_file() and not is_locked(path)
    ]
