"""A film that is read while it arrives, by one sandboxed process that waits for bytes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from lucarne_engine.errors import SourceError
from lucarne_engine.probe import codec
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.process import Limits, Sandbox
from lucarne_engine.python_worker import Crashed, PythonWorker
from lucarne_engine.reader import WORKER

Found = tuple[SourceReport, Layout]


class Follower:
    """Reads each packet of a growing file once, as far as it is here.

        follower = Follower(path, size_bytes=announced)
        follower.advance(received)
        follower.prefix()           # what the film is so far
        ...
        report, layout = follower.conclude()
        follower.end()

    What ``conclude`` returns is what ``FilmReader.look`` returns of the whole film; only
    what came since the last ``advance`` is left to be read. Between two calls the process
    sleeps. All methods but ``end`` raise as ``FilmReader.probe`` does; after that the
    film is to be looked into anew.
    """

    def __init__(
        self,
        path: Path,
        *,
        size_bytes: int,
        index: Path | None = None,
        index_offset: int = 0,
        is_indexed: bool = False,
        limits: ProbeLimits | None = None,
    ) -> None:
        """``index``: a file of bytes that belong to ``index_offset``; see ``GrowingFile``."""
        self._limits = limits or ProbeLimits()
        self._begin: dict[str, Any] | None = {
            "path": str(path),
            "limits": asdict(self._limits),
            "size_bytes": size_bytes,
            "index": "" if index is None else str(index),
            "index_offset": index_offset,
            "is_indexed": is_indexed,
        }
        self._size = size_bytes
        self._is_over = False
        self._worker = PythonWorker(
            WORKER,
            sandbox=Sandbox(readable=(path,) if index is None else (path, index)),
            limits=Limits(stall_s=60, memory_bytes=self._limits.memory_bytes, nice=0),
        )

    def advance(self, here: int) -> None:
        """Read on: so many bytes are here."""
        if self._is_over:
            return
        request: dict[str, Any] = {"here": here, "reports": False}
        if self._begin is not None:
            request = {"follow": {**self._begin, **request}}
            self._begin = None
        self._is_over = self._ask(request)["is_over"]

    def prefix(self) -> Found | None:
        """Report on what was read, as if the film ended there; None: too little of it."""
        if self._is_over or self._begin is not None:
            return None
        answer = self._ask({"reports": True}).get("prefix")
        return None if answer is None else _found(answer)

    def conclude(self) -> Found:
        """Read to the end; all of the film is here."""
        self.advance(self._size)
        return _found(self._ask({"conclude": True}))

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._worker.ask(request, wall_s=self._limits.wall_s)
        except Crashed as error:  # a demuxer or a decoder broke down on it
            raise SourceError("undecodable", error.detail) from error

    def end(self) -> None:
        """Leave nothing of it behind. Twice is harmless."""
        self._worker.__exit__()


def _found(answer: dict[str, Any]) -> Found:
    return codec.from_plain(answer["report"]), Layout.from_plain(answer["layout"])
