"""A command on a terminal, as somebody sits before it."""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.live_portal import environment

CTRL_C = b"\x03"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def on_terminal(
    data: Path, *args: str, typed: Sequence[tuple[str, bytes]] = (), **variables: str
) -> tuple[int, str]:
    """Run ``lucarne``; returns its status and what it said.

    ``typed``: each time the text is read (after the one before), the keys are hit.
    """
    pid, wire = pty.fork()
    if not pid:
        variables = {"COLUMNS": "120", "TERM": "xterm", **variables}
        os.execve(
            sys.executable,
            [sys.executable, "-m", "lucarne.cli", *args],
            environment(data, **variables),
        )
    text, since, ends = "", 0, time.monotonic() + 300
    waiting = list(typed)
    while time.monotonic() < ends and (more := _read(wire)) is not None:
        text += more
        if waiting and waiting[0][0] in _CONTROL.sub("", text[since:]):
            os.write(wire, waiting.pop(0)[1])
            since = len(text)
    os.close(wire)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), _CONTROL.sub("", text)


def _read(wire: int) -> str | None:
    if not select.select([wire], [], [], 1)[0]:
        return ""
    try:
        data = os.read(wire, 65536)
    except OSError:  # Linux says so when nobody holds the other side any more
        return None
    return data.decode("utf-8", "replace") if data else None
