"""Films that come in one go: from a form, a file, another server.

They are uploads like any other (``uploads``), with the same limits, whose size is
known only when they end. What breaks off before that is not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final

from lucarne.core import conf
from lucarne.media import beside, incoming, uploads
from lucarne.media.errors import TooLarge, TooMuch, UnknownUpload, Unreadable

READ_BYTES: Final = 4 * 1024 * 1024


class Stream:
    """One film; as a context manager it leaves nothing unless it was kept.

    ``name`` is shown, ``size_bytes`` what has arrived.
    """

    def __init__(
        self, *, person_id: str, name: str, most_bytes: int, at: datetime
    ) -> None:
        """Begin. Raises TooLarge or NoSpace by ``most_bytes``, what may still come."""
        self._person_id = person_id
        self._is_kept = False
        self.name = name
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._limit = conf.get().uploads.max_bytes
        self._view, self._writer = uploads.begin_stream(
            person_id=person_id,
            name=name,
            most_bytes=min(most_bytes, self._limit),
            at=at,
        )

    @property
    def upload_id(self) -> str:
        return self._view.upload_id

    def write(self, data: bytes) -> None:
        """Append. Raises TooLarge, TooMuch, or NoSpace when the disk is full."""
        try:
            self._writer.write(data)
        except TooMuch:
            if self._view.size_bytes == self._limit:
                raise TooLarge(self.name) from None
            raise
        self._hash.update(data)
        self.size_bytes += len(data)

    def finish(self) -> None:
        """Make a whole upload of what has arrived."""
        size = self._writer.commit(is_last=True)
        # First, so that whoever finds it unlocked also finds that it is whole.
        uploads.seal(
            upload_id=self.upload_id, size_bytes=size, digest=self._hash.hexdigest()
        )
        self._writer.close()

    def keep(self) -> None:
        """Leave the whole upload with its sender: it was not published yet."""
        self._is_kept = True

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        if not self._is_kept:
            self._forget()

    def _forget(self) -> None:
        # Unknown: it was published.
        with contextlib.suppress(UnknownUpload):
            uploads.give_up(upload_id=self.upload_id, person_id=self._person_id)


@contextlib.contextmanager
def taken(
    source: Path,
    *,
    name: str,
    person_id: str,
    at: datetime,
    on_bytes: Callable[[int], object] = lambda _: None,
) -> Iterator[Stream]:
    """Copy a local file; what was not published at the end does not stay.

    ``on_bytes`` hears how many bytes have arrived. Raises Unreadable, TooLarge,
    TooMuch when the file grows meanwhile, or NoSpace.
    """
    with _reading(source, name) as (read, size):
        incoming.check_room(name=name, size_bytes=size)
        stream = Stream(person_id=person_id, name=name, most_bytes=size, at=at)
        with stream, _looked_into(source, stream.upload_id, size):
            while data := read():
                stream.write(data)
                on_bytes(stream.size_bytes)
            stream.finish()
            yield stream


@contextlib.contextmanager
def _looked_into(source: Path, upload_id: str, size_bytes: int) -> Iterator[None]:
    beside.begin(upload_id, source, size_bytes=size_bytes)
    try:
        yield
    finally:
        beside.end(upload_id)


@contextlib.contextmanager
def _reading(source: Path, name: str) -> Iterator[tuple[Callable[[], bytes], int]]:
    try:
        file = source.open("rb")
        size = source.stat().st_size
    except OSError as error:
        raise Unreadable(name) from error

    def read() -> bytes:
        try:
            return file.read(READ_BYTES)
        except OSError as error:  # a disk or a network that gives up
            raise Unreadable(name) from error

    with file:
        yield read, size
