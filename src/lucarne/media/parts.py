"""The bytes of uploads: one growing file each in ``incoming``, appended part by part.

The length of the file is the number of bytes that are here. A part without a digest
is appended as it comes, and what came of it stays when it breaks off; one with a
digest waits in a file beside it until the digest is right. Both files are locked
while they are written (see ``incoming``), against other processes too.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Final, Protocol

from lucarne.core.errors import is_disk_full
from lucarne.media import incoming
from lucarne.media.errors import (
    NoSpace,
    TooMuch,
    UnknownUpload,
    UploadBusy,
    WrongDigest,
    WrongOffset,
)

_COPY_BYTES: Final = 4 * 1024 * 1024
DIGESTS: Final = ("sha1", "sha256", "sha512", "md5")


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


def path_of(upload_id: str) -> Path:
    """Where the bytes of an upload are; the file exists as long as the upload."""
    return incoming.folder() / upload_id


def files_of(upload_id: str) -> tuple[Path, ...]:
    """Name the files of an upload: its bytes, a part that is checked, its index."""
    path = path_of(upload_id)
    return path, _beside(path), index_of(upload_id)


def index_of(upload_id: str) -> Path:
    """Where the index of a film is that was sent before the film (``ahead``)."""
    return incoming.folder() / f"{upload_id}.index"


def state_of(upload_id: str) -> tuple[int, datetime]:
    """Count the bytes that are here, and say since when. Raises UnknownUpload."""
    try:
        found = path_of(upload_id).stat()
    except FileNotFoundError:
        raise UnknownUpload(upload_id) from None
    return found.st_size, datetime.fromtimestamp(found.st_mtime, tz=UTC)


def read(upload_id: str) -> FileIO:
    """Open what is here, from its beginning. Raises UnknownUpload."""
    try:
        return FileIO(path_of(upload_id))
    except FileNotFoundError:
        raise UnknownUpload(upload_id) from None


class LockedFile(FileIO):
    """A file that nobody else may write to."""

    is_handed_over = False


@contextlib.contextmanager
def making(upload_id: str, *, name: str) -> Iterator[LockedFile]:
    """Begin with no bytes; locked until whoever names the upload has written it down.

    A ``PartWriter`` takes the lock over. Raises NoSpace. When what is inside fails,
    nothing stays.
    """
    path = path_of(upload_id)
    with contextlib.ExitStack() as opened:
        with _as_no_space(name):
            file = opened.enter_context(_locked(path, name=name, is_new=True))
        try:
            yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def remove(upload_id: str) -> None:
    """Delete the bytes; twice is harmless. Whoever writes to them goes on in vain."""
    for path in files_of(upload_id):
        path.unlink(missing_ok=True)


def empty(upload_id: str, *, name: str) -> int:
    """Throw away what has arrived, to begin again; return 0, what is here now."""
    with _locked(path_of(upload_id), name=name) as file:
        file.truncate(0)
    return 0


def join(parts: list[str], into: str, *, name: str) -> None:
    """Append whole uploads, in order, to an empty one.

    Raises NoSpace; what was joined until then is the caller's to remove.
    """
    with _locked(path_of(into), name=name) as target, _as_no_space(name):
        for part in parts:
            with path_of(part).open("rb", buffering=0) as source:
                _copy(source, target)
        _settle(target)


class PartWriter:
    """One part on its way to its upload: ``write``, then ``commit``, always ``close``."""

    def __init__(
        self,
        upload_id: str,
        *,
        name: str,
        offset: int,
        size_bytes: int,
        digest: tuple[str, bytes] | None = None,
        on_length: Callable[[int], object] = lambda _: None,
        made: LockedFile | None = None,
    ) -> None:
        """Lock the upload, which shall have ``size_bytes`` in the end.

        ``digest``: one of DIGESTS and its value for this part. ``on_length`` hears how
        many bytes of the upload are here, whenever there are more, or fewer. ``made``: what
        ``making`` gave, whose lock then holds until ``close``. Raises UnknownUpload,
        UploadBusy, or WrongOffset when ``offset`` is not what has been received.
        """
        self._name = name
        self._limit = size_bytes - offset
        self._start = offset
        self._size = size_bytes
        self._expected = digest[1] if digest else b""
        self._hash: _Hash | None = hashlib.new(digest[0]) if digest else None
        self._on_length = on_length
        self.written = 0
        self._looked_at = 0
        self._files = contextlib.ExitStack()
        path = path_of(upload_id)
        with contextlib.ExitStack() as opened:
            self._whole = opened.enter_context(
                _locked(path, name=name) if made is None else _same_lock(made)
            )
            length = os.fstat(self._whole.fileno()).st_size
            if offset != length:
                raise WrongOffset(name, length)
            self._target = self._whole
            if digest:
                self._target = opened.enter_context(
                    _locked(_beside(path), name=name, is_new=True)
                )
                self._target.truncate(0)
                opened.callback(_beside(path).unlink, missing_ok=True)
            self._files = opened.pop_all()

    def write(self, data: bytes) -> None:
        """Take the next bytes of the part.

        Raises TooMuch when they are more than the upload has room for (the part is
        not kept), or NoSpace (what could be written is).
        """
        if self.written + len(data) > self._limit:
            self._target.truncate(self._start if self._hash is None else 0)
            self.written = 0
            self._on_length(self._start)
            raise TooMuch(self._name)
        if self._hash is not None:
            self._hash.update(data)
        with _as_no_space(self._name):
            _write(data, self._target)
        self.written += len(data)
        if self._hash is None:
            self._on_length(self._start + self.written)
        if self.written - self._looked_at >= incoming.LOOK_EVERY_BYTES:
            self._looked_at = self.written
            incoming.check_reserve(name=self._name)

    def commit(self, *, is_last: bool = False) -> int:
        """End the part; return how many bytes of the upload are here now.

        ``is_last``: nothing follows, whatever was announced. Raises WrongDigest (the
        part is not kept) or NoSpace.
        """
        if self._hash is not None:
            if self._hash.digest() != self._expected:
                raise WrongDigest(self._name)
            self._append()
        length = os.fstat(self._whole.fileno()).st_size
        if is_last or length == self._size:
            _settle(self._whole)
        self._on_length(length)
        return length

    def _append(self) -> None:
        self._target.seek(0)
        try:
            with _as_no_space(self._name):
                _copy(self._target, self._whole)
        except NoSpace:
            self._whole.truncate(self._start)
            raise

    def close(self) -> None:
        """Unlock; what was appended stays, twice is harmless."""
        self._files.close()


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


@contextlib.contextmanager
def _as_no_space(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(name) from error
        raise


@contextlib.contextmanager
def _locked(path: Path, *, name: str, is_new: bool = False) -> Iterator[LockedFile]:
    """Open a file to append, unbuffered; nobody else may write to it meanwhile."""
    flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if is_new else 0)
    try:
        file = LockedFile(os.open(path, flags, 0o644), "r+")
    except FileNotFoundError:
        raise UnknownUpload(path.name) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusy(name) from None
        with _unlocked_at_the_end(file):
            yield file


@contextlib.contextmanager
def _same_lock(made: LockedFile) -> Iterator[LockedFile]:
    """Take a lock over: it holds until the end of this, not of what it was made in."""
    made.is_handed_over = True
    with LockedFile(os.dup(made.fileno()), "r+") as file, _unlocked_at_the_end(file):
        yield file


@contextlib.contextmanager
def _unlocked_at_the_end(file: LockedFile) -> Iterator[None]:
    """Unlock in so many words: a flock outlives our descriptor in others of the same file.

    Every process that is being started has them all for a moment, between its fork and
    its program; on a busy machine the next part came before that moment was over.
    """
    try:
        yield
    finally:
        if not file.is_handed_over:
            fcntl.flock(file, fcntl.LOCK_UN)


def _write(data: bytes, file: FileIO) -> None:
    """Write all of it: the system may take less at a time."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) or 0 :]


def _copy(source: FileIO, target: FileIO) -> None:
    while data := source.read(_COPY_BYTES):
        _write(data, target)


def _settle(file: FileIO) -> None:
    """Have the disk itself keep a finished upload, whatever happens to the power."""
    os.fsync(file.fileno())
