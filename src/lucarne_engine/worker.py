"""The other end of ``python_worker.PythonWorker``: requests in, answers or errors out."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from lucarne_engine.errors import EncoderError, EngineError

Answer = Callable[[dict[str, Any]], dict[str, Any]]
_out: BinaryIO | None = None  # where answers go, while ``answer_with`` runs


def answer_with(answer: Answer) -> None:
    """Answer each request, a line, with a line: what ``answer`` returns or raises.

    Call it under ``if __name__ == "__main__":`` of the worker's module. Whatever the
    libraries print goes to standard error, so that it cannot spoil the answer.
    """
    global _out
    gc.freeze()
    gc.enable()
    out = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(out, "wb") as _out:
        while line := sys.stdin.buffer.readline():
            _say(_reply(answer, line))


def ask_back(answer: dict[str, Any]) -> dict[str, Any]:
    """Answer in the middle of the work; go on with the next request.

    Where none follows, the process ends.
    """
    _say(answer)
    if not (line := sys.stdin.buffer.readline()):
        os._exit(0)  # in the middle of a library's call: nothing is to be unwound
    found: dict[str, Any] = json.loads(line)
    return found


def _say(answer: dict[str, Any]) -> None:
    if _out is None:
        raise RuntimeError("nobody listens")
    _out.write(json.dumps(answer).encode() + b"\n")
    _out.flush()


def _reply(answer: Answer, line: bytes) -> dict[str, Any]:
    try:
        return answer(json.loads(line))
    except EngineError as error:
        return _error(type(error).__name__, error.code, error.detail)
    except MemoryError as error:
        return _error(EncoderError.__name__, "out_of_memory", str(error))
    except OSError as error:
        full = error.errno in {27, 28}  # EFBIG, ENOSPC
        code = "disk_full" if full else "encoder_failed"
        return _error(EncoderError.__name__, code, str(error))


def _error(kind: str, code: str, detail: str) -> dict[str, Any]:
    return {"error": {"kind": kind, "code": code, "detail": detail}}
