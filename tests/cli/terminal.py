"""A command on a terminal, as somebody sits before it."""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import time
from pathlib import Path

from tests.live_portal import environment

CTRL_C = b"\x03"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def on_terminal(
    data: Path, *args: str, seen: str = "", then: bytes = b"", **variables: str
) -> tuple[int, str]:
    """Run ``lucarne``; once ``seen`` is read, type ``then``. Returns status and text."""
    pid, wire = pty.fork()
    if not pid:
        variables = {"COLUMNS": "120", "TERM": "xterm", **variables}
        os.execve(
            sys.executable,
            [sys.executable, "-m", "lucarne.cli", *args],
            environment(data, **variables),
        )
    text, typed, ends = "", False, time.monotonic() + 300
    while time.monotonic() < ends and (more := _read(wire)) is not None:
        text += more
        if then and not typed and seen in _CONTROL.sub("", text):
            os.write(wire, then)
            typed = True
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
