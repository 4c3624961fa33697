"""Reading a stranger's caption file: in a process that may do nothing else."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

from lucarne_engine.captions.model import MOST_BYTES, Cue, Finding, Reading
from lucarne_engine.errors import EncoderError
from lucarne_engine.process import Limits, Sandbox
from lucarne_engine.python_worker import PythonWorker

_WORKER: Final = "lucarne_engine.captions.worker"
_LIMITS: Final = Limits(
    cpu_s=30, wall_s=120, stall_s=120, memory_bytes=1 << 30, folder_bytes=0,
    folder_files=0, nice=0,
)  # fmt: skip


def read_strangers(data: bytes, *, duration_ms: int = 0) -> Reading:
    """Do what :func:`lucarne_engine.captions.read.read` does, sandboxed.

    The XML parser is not ours, and our own code meets whatever people send. Raises
    EncoderError when the machine cannot (``out_of_time``, ``out_of_memory`` …).
    """
    if len(data) > MOST_BYTES:
        return Reading(errors=(Finding(code="too_large"),))
    request = {"data": b64encode(data).decode(), "duration_ms": duration_ms}
    with PythonWorker(_WORKER, sandbox=Sandbox(), limits=_LIMITS) as worker:
        return from_plain(worker.ask(request))


def to_plain(reading: Reading) -> dict[str, Any]:
    """Write a reading as JSON can hold it."""
    return {
        "form": reading.form,
        "cues": [plain_cue(cue) for cue in reading.cues],
        "errors": [vars(one) for one in reading.errors],
        "notes": [vars(one) for one in reading.notes],
    }


def plain_cue(cue: Cue) -> list[Any]:
    return [cue.start_ms, cue.end_ms, cue.text, cue.settings]


def cue_of(plain: list[Any]) -> Cue:
    """Read what ``plain_cue`` wrote."""
    start_ms, end_ms, text, settings = plain
    return Cue(
        start_ms=int(start_ms), end_ms=int(end_ms), text=str(text), settings=str(settings)
    )


def from_plain(plain: dict[str, Any]) -> Reading:
    """Read what ``to_plain`` wrote."""
    try:
        return Reading(
            form=plain["form"],
            cues=tuple(map(cue_of, plain["cues"])),
            errors=tuple(Finding(**one) for one in plain["errors"]),
            notes=tuple(Finding(**one) for one in plain["notes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EncoderError("encoder_failed", f"not a reading: {error}") from error
