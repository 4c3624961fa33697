"""A film that is still arriving, as a demuxer reads it: where it ends so far, it waits.

Whoever reads it to its end has read the film once, from its first byte to its last, and
has most of that behind him when the last byte comes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

# A demuxer that jumps farther ahead than this looks for something at the end of the film.
FAR: Final = 1024 * 1024
# Where an MP4 in fragments says how long its list of fragments is.
_LAST_BYTES: Final = 16
# Demuxers that go back from the film's end for its last time stamps, and need no end.
ENDLESS: Final = frozenset({"mpegts", "mpeg"})


class GrowingFile:
    """The part of a file that PyAV reads from.

    ``index``: bytes of the film that are here before their turn; with them everything
    else is waited for. Without, while ``is_opening``, the end of the film is as if it were
    not there: a demuxer that looks for a list or for a duration then does without.
    """

    def __init__(
        self,
        path: Path,
        *,
        demuxer: str,
        size_bytes: int,
        here: int,
        wait: Callable[[], int],
        index: bytes = b"",
        index_offset: int = 0,
        is_indexed: bool,
    ) -> None:
        """``wait`` returns how many bytes are here when there are more than before.

        ``is_indexed``: its index is here, be it in ``index`` or in its place.
        """
        self._file = os.open(path, os.O_RDONLY)
        self._demuxer = demuxer
        self._size = size_bytes
        self._here = here
        self._wait = wait
        self._index = index
        self._index_offset = index_offset
        self._is_indexed = is_indexed
        self._at = 0
        self.is_opening = True

    def read(self, most: int) -> bytes:
        data = self._read(most)
        self._at += len(data)
        return data

    def _read(self, most: int) -> bytes:
        while self._at < self._size:
            if self._at < self._here:
                return os.pread(self._file, min(most, self._here - self._at), self._at)
            ahead = self._at - self._index_offset
            if 0 <= ahead < len(self._index):
                return self._index[ahead : ahead + most]
            if self.is_opening and not self._is_indexed and self._is_at_end():
                break
            self._here = self._wait()
        return b""

    def _is_at_end(self) -> bool:
        if self._demuxer == "mov":
            return self._at >= self._size - _LAST_BYTES
        return self._at > self._here + FAR

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END and self._demuxer in ENDLESS:
            # It would wait there. An exception would end the reading.
            return -1
        bases = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}
        self._at = bases[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        os.close(self._file)
