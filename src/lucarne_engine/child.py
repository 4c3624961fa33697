"""One started process: its pipes, its signs of life, its end.

Only :mod:`lucarne_engine.process` starts one and makes a :class:`Child` of it.
"""

from __future__ import annotations

import os
import resource
import selectors
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final

from lucarne_engine import vitals
from lucarne_engine.errors import EncoderError
from lucarne_engine.turns import Turns
from lucarne_engine.written import Written

# True or None: a sign of life; False: the line says that nothing has moved.
OnLine = Callable[[str], bool | None]

TICK_S: Final = 0.1  # how late a cancel, a stall or a time limit is seen at most
_GRACE_S: Final = 1.0  # between terminate and kill
_TAIL_BYTES: Final = 8192  # of standard error
_MAX_STDOUT: Final = 512 << 20


class Child:
    """One started process, its pipes, and what was read from them."""

    def __init__(
        self,
        pid: int,
        *,
        pipes: tuple[IO[bytes] | None, IO[bytes] | None, IO[bytes] | None],
        stdin: bytes | None,
        on_line: OnLine | None,
        is_asked_more: bool = False,
        written: Written,
        turns: Turns,
    ) -> None:
        """``is_asked_more``: its input stays open for what :meth:`say` adds."""
        self.pid = pid
        self.started = self.alive_at = time.monotonic()
        self.stdin = memoryview(stdin or b"")
        self.on_line = on_line
        self.is_asked_more = is_asked_more
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.usage: resource.struct_rusage | None = None
        self.returncode: int | None = None
        self.written = written
        self.turns = turns
        self.tasks = self.resident_bytes = 0  # private and shared memory, no files
        self.peak_seen = 0
        self.cpu_ticks = -1
        self._input = pipes[0]
        self.selector = selectors.DefaultSelector()
        for pipe, event, handle in (
            (pipes[0], selectors.EVENT_WRITE, self._write),
            (pipes[1], selectors.EVENT_READ, self._read_stdout),
            (pipes[2], selectors.EVENT_READ, self._read_stderr),
        ):
            if pipe is None:
                continue
            os.set_blocking(pipe.fileno(), False)
            if pipe is not self._input or not is_asked_more:
                self.selector.register(pipe, event, handle)

    # -- pipes

    def _close(self, pipe: IO[bytes]) -> None:
        self.selector.unregister(pipe)
        with suppress(OSError):
            pipe.close()

    def _write(self, pipe: IO[bytes]) -> None:
        try:
            sent = os.write(pipe.fileno(), self.stdin[:65536])
        except BlockingIOError:
            return
        except OSError:  # the child does not want to hear the rest
            sent = len(self.stdin)
        self.stdin = self.stdin[sent:]
        if self.stdin:
            return
        if self.is_asked_more:
            self.selector.unregister(pipe)
        else:
            self._close(pipe)

    def say(self, data: bytes) -> None:
        """Write to its input, which must be open and have taken all before it.

        The limits of time begin anew: they are those of one question.
        """
        self.started = self.alive_at = time.monotonic()
        self.stdin = memoryview(data)
        if self._input is not None and not self._input.closed:
            self.selector.register(self._input, selectors.EVENT_WRITE, self._write)

    def _read(self, pipe: IO[bytes]) -> bytes:
        try:
            data = os.read(pipe.fileno(), 1 << 18)
        except BlockingIOError:
            return b""
        if not data:
            self._close(pipe)
        return data

    def _read_stderr(self, pipe: IO[bytes]) -> None:
        if data := self._read(pipe):
            self.stderr = (self.stderr + data)[-_TAIL_BYTES:]
            self._show_life()

    def _read_stdout(self, pipe: IO[bytes]) -> None:
        data = self._read(pipe)
        self.stdout += data
        if self.on_line is None:
            if data:
                self.alive_at = time.monotonic()
            if len(self.stdout) > _MAX_STDOUT:
                raise EncoderError("encoder_failed", "it wrote too much to its output")
            return
        *lines, rest = self.stdout.split(b"\n")
        self.stdout = bytearray(rest)
        for line in lines:
            if self.on_line(line.decode("utf-8", "replace")) is not False:
                self.alive_at = time.monotonic()

    def pump(self) -> None:
        """Move bytes for at most one tick; after the last pipe only wait."""
        if not self.selector.get_map():
            time.sleep(0.002)
            return
        for key, _ in self.selector.select(TICK_S):
            key.data(key.fileobj)

    # -- life

    def look(self) -> None:
        """Note what it has written, and its CPU time and memory; order its threads."""
        self.written.look(self.pid)
        self.turns.look(self.pid)
        found = vitals.look(self.pid)
        if found is None:
            # Whether it works cannot be seen: only the limit of time ends it.
            self._show_life()
            return
        if found.cpu_ticks > self.cpu_ticks:
            self._show_life()
        self.cpu_ticks = found.cpu_ticks
        self.peak_seen = max(self.peak_seen, found.peak_bytes)
        self.resident_bytes, self.tasks = found.resident_bytes, found.tasks

    def _show_life(self) -> None:
        if self.on_line is None:
            self.alive_at = time.monotonic()

    def has_ended(self) -> bool:
        """Whether it ended; what it left running is killed before it is reaped."""
        if self.returncode is not None:
            return True
        if hasattr(os, "waitid"):  # look without reaping: the group's id stays ours
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            if os.waitid(os.P_PID, self.pid, flags) is None:
                return False
            self._signal(signal.SIGKILL)
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            return False
        # Python has no waitid for macOS before 3.13. The group's id is still taken by
        # whatever the child left behind, and nobody else's so soon.
        if not hasattr(os, "waitid"):
            self._signal(signal.SIGKILL)
        self.usage = usage
        self.returncode = os.waitstatus_to_exitcode(status)
        return True

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def end(self) -> None:
        """Terminate, kill, wait: afterwards nothing of the group is left.

        Twice is harmless.
        """
        for number, patience in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, 60.0)):
            if self.has_ended():
                break
            self._signal(number)
            until = time.monotonic() + patience
            while not self.has_ended() and time.monotonic() < until:
                time.sleep(0.005)
        for key in list((self.selector.get_map() or {}).values()):
            self._close(key.fileobj)  # type: ignore[arg-type]
        self.selector.close()
        if self._input is not None:  # it is in no selector between two questions
            with suppress(OSError):
                self._input.close()

    def drain(self) -> None:
        """After its end: what still lies in the pipes (nobody writes any more)."""
        while self.selector.get_map():
            ready = self.selector.select(0)
            if not ready:
                return
            for key, _ in ready:
                key.data(key.fileobj)

    def last_line(self) -> None:
        """After its end: hand out what came without a newline."""
        if self.on_line is not None and self.stdout:
            self.on_line(self.stdout.decode("utf-8", "replace"))
            self.stdout.clear()

    def peak_bytes(self) -> int:
        """The most resident memory it had."""
        maxrss = self.usage.ru_maxrss if self.usage else 0
        if sys.platform == "darwin":
            return maxrss
        # Linux starts a child's maximum with our own (exec_mmap in fs/exec.c), so a
        # value that is not above ours says nothing: trust what was seen on the way.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return maxrss * 1024 if maxrss > own else self.peak_seen or maxrss * 1024
