"""A Python module in a process of its own, which answers JSON requests with JSON.

:mod:`lucarne_engine.process` starts it; :mod:`lucarne_engine.worker` is its other end.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lucarne_engine.errors import EncoderError, EngineError, SourceError
from lucarne_engine.process import Limits, Running, Sandbox


class Crashed(EncoderError):
    """A worker died of a signal of its own (SIGSEGV …): ``encoder_failed``."""


class PythonWorker:
    """A Python module, sandboxed, that answers requests.

    It starts at once, as ``python -m`` would, and ends with the block; both cost
    more than many an answer, so ask one worker all that belongs together. The module
    answers by ``answer_with`` of :mod:`lucarne_engine.worker`. Of ``limits``, wall and
    stall are those of one request, all others of the process.
    """

    def __init__(
        self,
        module: str,
        *,
        sandbox: Sandbox,
        limits: Limits | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        """Raises :class:`Cancelled` when ``cancel`` is set already."""
        self._module = module
        paths = _python_paths()
        self._running = Running(
            [f"module={module}", *(f"path={path}" for path in paths), "--"],
            executable=[sys.prefix, sys.base_prefix, sys.exec_prefix, *paths],
            sandbox=sandbox,
            limits=limits or Limits(),
            stdin=b"",
            cancel=cancel,
            is_asked_more=True,
        )

    def __enter__(self) -> PythonWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.end()

    def ask(
        self, request: Mapping[str, Any], *, wall_s: int | None = None
    ) -> dict[str, Any]:
        """Return the answer to a request; both are plain JSON.

        ``wall_s`` instead of what the limits say.
        An answer ``{"error": {"kind", "code", "detail"}}`` is raised as the error it
        names. A worker that ends without an answer is an
        ``EncoderError("encoder_failed")``, :class:`Crashed` when a signal ended it.
        The limits raise as those of :func:`lucarne_engine.process.run`, and ``cancel``
        as there; after any of these the worker is not to be asked again.
        """
        child = self._running.child
        child.stdout.clear()
        child.say(json.dumps(request).encode() + b"\n")
        self._running.watch(
            wall_s=wall_s, has_answered=lambda: child.stdout.endswith(b"\n")
        )
        try:
            answer = json.loads(child.stdout)
        except ValueError:
            raise self._no_answer() from None
        if not isinstance(answer, dict):
            raise EncoderError("encoder_failed", f"{self._module}: not an answer")
        if isinstance(error := answer.get("error"), dict):
            raise _error_from(error)
        return answer

    def _no_answer(self) -> EncoderError:
        self._running.end()
        finished = self._running.finished()
        code, words = finished.returncode, finished.stderr_tail[-2000:]
        kind = Crashed if code < 0 else EncoderError
        return kind("encoder_failed", f"{self._module}: status {code}: {words}")


def _python_paths() -> list[str]:
    """Where the child finds our package and its dependencies, however installed."""
    own = str(Path(__file__).resolve().parents[1])
    found = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    return [own, *(path for path in found if path != own)]


def _error_from(error: Mapping[str, Any]) -> EngineError:
    kinds: dict[str, type[EngineError]] = {"SourceError": SourceError}
    kind = kinds.get(str(error.get("kind")), EncoderError)
    return kind(str(error.get("code")), str(error.get("detail", "")))
