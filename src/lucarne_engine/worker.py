"""The other end of ``python_worker.PythonWorker``: requests in, answers or errors out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from lucarne_engine.errors import EncoderError, EngineError

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def answer_with(answer: Answer) -> None:
    """Answer each request, a line, with a line: what ``answer`` returns or raises.

    Call it under ``if __name__ == "__main__":`` of the worker's module. Whatever the
    libraries print goes to standard error, so that it cannot spoil the answer.
    """
    out = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(out, "wb") as file:
        for line in sys.stdin.buffer:
            file.write(json.dumps(_reply(answer, line)).encode() + b"\n")
            file.flush()


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
