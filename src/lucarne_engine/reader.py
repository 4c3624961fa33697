"""Looking into a film and copying it, in one sandboxed process for both.

Starting Python and PyAV takes longer than reading most films does, so whoever
wants a report and then a copy asks one reader for them.
"""

from __future__ import annotations

import stat
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lucarne_engine.captions import film as captions
from lucarne_engine.captions.film import FilmText
from lucarne_engine.errors import SourceError
from lucarne_engine.package import remux
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe import codec
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.process import Limits, Sandbox
from lucarne_engine.python_worker import Crashed, PythonWorker

WORKER = "lucarne_engine.reader_worker"


class FilmReader:
    """One process that may read one film and write into one folder.

        with FilmReader(source, out=folder) as reader:
            report = reader.probe()
            tracks = reader.remux(report, plan)

    After an EncoderError about time, memory or cancellation it is not to be asked
    again.
    """

    def __init__(
        self,
        source: Path,
        *,
        out: Path | None = None,
        limits: ProbeLimits | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        """Start to read; raises SourceError for what cannot be a film.

        ``out``: an existing folder for ``remux``; without it nothing can be written.
        """
        self._source = _check_file(source)
        self._out = out
        self._limits = limits or ProbeLimits()
        self._worker = PythonWorker(
            WORKER,
            sandbox=Sandbox(
                readable=(self._source,), writable=() if out is None else (out,)
            ),
            limits=Limits(
                stall_s=60,
                memory_bytes=self._limits.memory_bytes,
                nice=0,  # somebody waits for it
            ),
            cancel=cancel,
        )

    def __enter__(self) -> FilmReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.__exit__()

    def probe(self) -> SourceReport:
        """Report what is in the film; its bytes meet no demuxer in this process.

        A film without picture is reported with ``video=None``; whether that is enough
        is the plan's question. Raises SourceError with a code of ``SOURCE_CODES``, or
        EncoderError when the machine cannot look (``out_of_time`` …).
        """
        return codec.from_plain(self._examine(lays_out=False)["report"])

    def look(self, *, is_arriving: bool = False) -> tuple[SourceReport, Layout]:
        """Probe, and say where everything lies. Raises as ``probe`` does.

        ``is_arriving``: what the film's index names need not be there but for the
        beginning (``Layout.looked_to``); the report says what the film will be.
        """
        answer = self._examine(lays_out=True, is_arriving=is_arriving)
        return codec.from_plain(answer["report"]), Layout.from_plain(answer["layout"])

    def _examine(self, *, lays_out: bool, is_arriving: bool = False) -> dict[str, Any]:
        request = {
            "path": str(self._source),
            "limits": asdict(self._limits),
            "lays_out": lays_out,
            "is_arriving": is_arriving,
        }
        try:
            return self._worker.ask({"probe": request}, wall_s=self._limits.wall_s)
        except Crashed as error:  # a demuxer or a decoder broke down on it
            raise SourceError("undecodable", error.detail) from error

    def remux(
        self, report: SourceReport, plan: Plan, *, segments: int = 0
    ) -> tuple[EncodedTrack, ...]:
        """Copy what ``plan`` wants copied into ``out``/<track>.

        That is the track "original" if ``plan.keeps_original``, and every audio track
        with ``is_copy``. The original's segments begin at closed key frames, those
        nearest to the plan's boundaries; audio segments begin at the plan's
        boundaries, to within a frame.
        ``segments``: so many of each sound at least, the first ones, and not all of the
        film is read; 0 is all.
        Returns the tracks, video first; empty when nothing is to be copied. Raises
        EncoderError (``encoder_failed`` when the packets cannot be copied: encode
        them).
        """
        if self._out is None:
            raise ValueError("a reader without a folder copies nothing")
        request = remux.make_request(
            self._source, report, plan, self._out, segments=segments
        )
        if request is None:
            return ()
        answer = self._worker.ask({"remux": request})
        return remux.read_answer(answer, report, plan, self._out)

    def texts(self, report: SourceReport) -> tuple[FilmText, ...]:
        """Read the film's text tracks, those that hold at least one word.

        Raises EncoderError (``encoder_failed`` when they cannot be read).
        """
        request = captions.make_request(self._source, report)
        if request is None:
            return ()
        answer = self._worker.ask({"texts": request})
        return captions.read_answer(answer, report)


def probe(
    path: Path,
    *,
    limits: ProbeLimits | None = None,
    cancel: threading.Event | None = None,
) -> SourceReport:
    """Look into a film and nothing more; see :meth:`FilmReader.probe`."""
    with FilmReader(path, limits=limits, cancel=cancel) as reader:
        return reader.probe()


def _check_file(path: Path) -> Path:
    try:
        path = path.resolve()
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError("is_folder", str(path))
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise SourceError("not_media", "it is not an ordinary file")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:  # not there, not ours, an impossible name
        raise SourceError("missing", str(error)) from error
    if status.st_size == 0:
        raise SourceError("empty", str(path))
    return path
