"""What is in this file? ``probe`` looks from a sandboxed process and reports."""

from __future__ import annotations

import stat
import threading
from dataclasses import asdict
from pathlib import Path

from lucarne_engine import process
from lucarne_engine.errors import SourceError
from lucarne_engine.probe import codec
from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.probe.report import SourceReport

__all__ = ["ProbeLimits", "SourceReport", "probe"]


def probe(
    path: Path,
    *,
    limits: ProbeLimits | None = None,
    cancel: threading.Event | None = None,
) -> SourceReport:
    """Look into a film; its bytes never meet a demuxer in this process.

    A file without picture is reported with ``video=None``; whether that is enough is
    the plan's question. Raises :class:`SourceError` with a code of ``SOURCE_CODES``,
    or :class:`~lucarne_engine.errors.EncoderError` when the machine cannot look (``out_of_time`` …).
    """
    limits = limits or ProbeLimits()
    path = _check_file(path)
    try:
        answer = process.run_python(
            "lucarne_engine.probe.worker",
            {"path": str(path), "limits": asdict(limits)},
            sandbox=process.Sandbox(readable=(path,)),
            limits=process.Limits(
                cpu_s=limits.wall_s,
                wall_s=limits.wall_s,
                stall_s=60,
                memory_bytes=limits.memory_bytes,
                file_bytes=1 << 20,
                nice=0,  # somebody waits for it
            ),
            cancel=cancel,
        )
    except process.Crashed as error:  # a demuxer or a decoder broke down on it
        raise SourceError("undecodable", error.detail) from error
    return codec.from_plain(answer)


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
