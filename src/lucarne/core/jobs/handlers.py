"""Who does which kind of work, and how a handler is called."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import close_old_connections, connections

from lucarne.core.errors import is_disk_full
from lucarne.core.jobs.port import Handler, JobContext, JobFailed, Queue, UnknownKind

_log = logging.getLogger("lucarne.jobs")
_F = TypeVar("_F", bound=Handler)


@dataclass(frozen=True)
class Registered:
    function: Handler
    queue: Queue


_handlers: dict[str, Registered] = {}


def handler(kind: str, *, queue: Queue | str = Queue.QUICK) -> Callable[[_F], _F]:
    """Make the function the one that does this kind of work.

    It is called with a JobContext and the keywords of ``enqueue``, in a thread.
    """

    def register(function: _F) -> _F:
        known = _handlers.get(kind)
        if known and known.function.__qualname__ != function.__qualname__:
            msg = f"two handlers for {kind}"
            raise ValueError(msg)
        _handlers[kind] = Registered(function, Queue(queue))
        return function

    return register


def find(kind: str) -> Registered:
    """Return the handler of a kind; raises UnknownKind."""
    try:
        return _handlers[kind]
    except KeyError:
        msg = f"nobody does jobs of the kind {kind}"
        raise UnknownKind(msg) from None


def call(context: JobContext, arguments: Mapping[str, Any]) -> None:
    """Run the handler in this thread; what it raises becomes a JobFailed."""
    is_own_thread = threading.current_thread() is not threading.main_thread()
    close_old_connections()
    try:
        find(context.kind).function(context, **arguments)
    except Exception as error:
        if context.cancelled.is_set():
            _log.debug("%s left when it was told to", context.job_id)
        else:
            _log.warning("%s failed", context.job_id, exc_info=error)
        raise failure(error) from error
    finally:
        # A worker's thread is not a request's: nobody else would close them.
        if is_own_thread:
            connections.close_all()
        else:
            close_old_connections()


def failure(error: BaseException) -> JobFailed:
    """Keep of an error what a person needs: its stable code and one line."""
    named = "disk_full" if is_disk_full(error) else type(error).__name__
    code = getattr(error, "code", "") or named
    lines = str(error).strip().splitlines()
    return JobFailed(str(code)[:80], lines[0][:1000] if lines else "")
