"""The only module that starts processes: limits, sandbox, progress, kill.

A child is started through :mod:`lucarne_engine.launch`, which gives it a session of
its own, rlimits, an empty network and, where the kernel has them, only the paths that
:class:`Sandbox` names and no system call of :mod:`lucarne_engine.calls`. It costs
about 15 ms per process. A child never outlives :func:`run`: whatever happens, its
whole group is ended (terminate, then kill) and reaped; when our own process is killed
the kernel ends it.

    run          any program; standard output as bytes, or line by line
    Running      a child that goes on after a question: python_worker.py asks them
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from lucarne_engine.child import TICK_S, Child, OnLine
from lucarne_engine.errors import Cancelled, EncoderError
from lucarne_engine.launch import CANNOT_START
from lucarne_engine.turns import Turns
from lucarne_engine.written import Written

_GIB: Final = 1 << 30
# Not as a file of its own, which Python would compile anew for each process.
_LAUNCH: Final = (
    "import sys; sys.path.append(sys.argv[1]);"
    " from lucarne_engine.launch import main; main(sys.argv[2:])"
)
_HOME: Final = str(Path(__file__).resolve().parents[1])
_SYSTEM_PATHS: Final = ("/usr", "/lib", "/lib64", "/bin", "/opt/homebrew")
_SYSTEM_FILES: Final = (
    "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/fonts", "/dev/urandom", "/dev/random", "/proc/self",
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/fs/cgroup",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one child may use; more ends it with an :class:`EncoderError`."""

    cpu_s: int = 6 * 3600  # of all its threads together
    wall_s: int = 6 * 3600
    stall_s: int = 120  # without a sign of life
    memory_bytes: int = 6 * _GIB  # private writable memory
    file_bytes: int = 64 * _GIB  # of each file it writes
    folder_bytes: int = 64 * _GIB  # of all that it adds to its folders
    folder_files: int = 500_000
    open_files: int = 256
    tasks: int = 4096  # threads; with ``may_fork`` processes too
    nice: int = 5


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The paths a child sees besides the system's own; folders with all below.

    In a writable folder it makes plain files, nothing else.
    """

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()  # may be read too
    may_fork: bool = False  # start processes; threads are always allowed


@dataclass(frozen=True, kw_only=True)
class Finished:
    returncode: int  # negative: the signal that ended it
    stderr_tail: str  # the last 8 KiB
    stdout: bytes  # empty when lines were asked for
    cpu_s: float
    wall_s: float
    peak_memory_bytes: int


@dataclass(frozen=True, kw_only=True)
class SandboxReport:
    """What the launcher could really put in force on this machine."""

    landlock_abi: int = 0  # 0: paths are not restricted
    has_no_network: bool = False  # in an empty network namespace
    forbids_calls: bool = False  # of ``lucarne_engine.calls``
    drops_rights: bool = False  # root's, all but its access to files
    dies_with_parent: bool = False
    limits_tasks: bool = False  # by the kernel; we watch in any case
    limits: tuple[str, ...] = ()  # of cpu, file, files, core, memory


# A terminal and a service manager send these to every process, not only to ours.
_STOPPED: Final = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
# FFmpeg takes them for its end (fftools/ffmpeg.c, sigterm_handler).
# The second is of whoever is signaled again before it has ended.
_FFMPEG_STOPPED: Final = {255: "received signal", 123: "system signals, hard exiting"}


def _child_environment(sandbox: Sandbox) -> dict[str, str]:
    folder = next((p for p in sandbox.writable if p.is_dir()), Path("/nonexistent"))
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "TMPDIR": str(folder),
        "AV_LOG_FORCE_NOCOLOR": "1",
    }


def _launcher(sandbox: Sandbox, limits: Limits, executable: Sequence[str]) -> list[str]:
    """The argument list of the launcher, up to and without the ``--``."""
    given = [
        f"parent={os.getpid()}",
        f"nice={limits.nice}",
        f"cpu={limits.cpu_s}",
        f"memory={limits.memory_bytes}",
        f"file={limits.file_bytes}",
        f"files={limits.open_files}",
        f"tasks={limits.tasks}",
        "core=0",
    ]
    given += ["may_fork=1"] if sandbox.may_fork else []
    given += [f"x={path}" for path in (*_SYSTEM_PATHS, *executable)]
    given += [f"r={path}" for path in _SYSTEM_FILES]
    given += [f"r={path.resolve()}" for path in sandbox.readable]
    given += [f"w={path.resolve()}" for path in sandbox.writable]
    # -I: no PYTHON* variables, no user folder. -S: no site, which would double the
    # time. -B: nothing may be written anyway.
    return [sys.executable, "-I", "-S", "-B", "-c", _LAUNCH, _HOME, *given]


def _raise_for(finished: Finished, limits: Limits) -> None:
    """Errors of the machine that every caller must tell apart from a bad film."""
    code, text = finished.returncode, finished.stderr_tail
    if code == 0:
        return
    # What it has said so far would be taken for all there is to say of the film.
    said = _FFMPEG_STOPPED.get(code)
    if -code in _STOPPED or (said is not None and said in text):
        raise EncoderError("encoder_failed", f"somebody else ended it (status {code})")
    if code == CANNOT_START and "lucarne-launch:" in text:
        raise EncoderError("ffmpeg_missing", text.strip())
    if code == -signal.SIGXCPU or (
        code == -signal.SIGKILL and finished.cpu_s >= limits.cpu_s
    ):
        raise EncoderError("out_of_time", f"more than {limits.cpu_s} s of CPU")
    if code == -signal.SIGXFSZ or any(
        words in text for words in ("No space left on device", "File too large")
    ):
        raise EncoderError("disk_full", text[-500:])
    if code == -signal.SIGKILL or any(
        words in text for words in ("Cannot allocate memory", "MemoryError")
    ):
        raise EncoderError("out_of_memory", text[-500:])


class Running:
    """A child from its start on. Whoever starts one calls :meth:`end`."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        executable: Sequence[str],
        sandbox: Sandbox,
        limits: Limits,
        stdin: bytes | None = None,
        on_line: OnLine | None = None,
        cancel: threading.Event | None = None,
        is_asked_more: bool = False,
        later: Sequence[str] = (),
    ) -> None:
        """``words`` follow the launcher's own, ``executable`` are paths it may run.

        Raises :class:`Cancelled` when ``cancel`` is set already.
        """
        if cancel is not None and cancel.is_set():
            raise Cancelled
        self._limits = limits
        self._cancel = cancel
        self._popen = subprocess.Popen(
            [*_launcher(sandbox, limits, executable), *words],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=_child_environment(sandbox),
            cwd="/",
        )
        self.child = Child(
            self._popen.pid,
            pipes=(self._popen.stdin, self._popen.stdout, self._popen.stderr),
            stdin=stdin,
            on_line=on_line,
            is_asked_more=is_asked_more,
            written=Written(sandbox.writable),
            turns=Turns(later),
        )

    def watch(
        self,
        *,
        wall_s: int | None = None,
        has_answered: Callable[[], bool] = lambda: False,
    ) -> None:
        """Stay with the child until it ends, or has answered.

        ``wall_s`` instead of what the limits say. Raises as :func:`run` does.
        """
        child, limits, cancel = self.child, self._limits, self._cancel
        wall_s = limits.wall_s if wall_s is None else wall_s
        looked = 0.0
        while not (has_answered() or child.has_ended()):
            child.pump()
            now = time.monotonic()
            if cancel is not None and cancel.is_set():
                raise Cancelled
            if now - child.started > wall_s:
                raise EncoderError("out_of_time", f"more than {wall_s} s")
            if now - looked > TICK_S:
                looked = now
                child.look()
                _raise_for_excess(child, limits)
                if now - child.alive_at > limits.stall_s:
                    raise EncoderError("stalled", f"no progress for {limits.stall_s} s")
        child.written.look(child.pid, is_last=True)
        _raise_for_excess(child, limits)
        if child.returncode is not None:
            child.drain()

    def end(self) -> None:
        """Leave nothing of it behind. Twice is harmless."""
        self.child.end()
        self._popen.returncode = self.child.returncode

    def finished(self) -> Finished:
        """Say, after its end, how it went; raises what :func:`run` does."""
        child = self.child
        if child.usage is None or child.returncode is None:
            raise EncoderError("encoder_failed", "the process cannot be ended")
        finished = Finished(
            returncode=child.returncode,
            stderr_tail=child.stderr.decode("utf-8", "replace"),
            stdout=bytes(child.stdout),
            cpu_s=child.usage.ru_utime + child.usage.ru_stime,
            wall_s=time.monotonic() - child.started,
            peak_memory_bytes=child.peak_bytes(),
        )
        _raise_for(finished, self._limits)
        return finished


def _raise_for_excess(child: Child, limits: Limits) -> None:
    """What no rlimit counts, or not for everybody."""
    written = child.written
    if written.bytes > limits.folder_bytes or written.files > limits.folder_files:
        what = f"{written.bytes} bytes in {written.files} files"
        raise EncoderError("disk_full", f"it wrote more than it may: {what}")
    if child.resident_bytes > limits.memory_bytes:
        raise EncoderError("out_of_memory", f"{child.resident_bytes} bytes")
    if child.tasks > limits.tasks:
        raise EncoderError("encoder_failed", f"more than {limits.tasks} threads")


def _run_to_its_end(running: Running) -> Finished:
    try:
        running.watch()
        running.child.last_line()
    finally:
        running.end()
    return running.finished()


def run(
    argv: Sequence[str | Path],
    *,
    sandbox: Sandbox,
    limits: Limits | None = None,
    stdin: bytes | None = None,
    on_line: OnLine | None = None,
    cancel: threading.Event | None = None,
    later: Sequence[str] = (),
    name: str = "",
) -> Finished:
    """Run a program to its end. A non-zero exit status is returned, not raised.

    Raises :class:`EncoderError` (``stalled``, ``out_of_time``, ``out_of_memory``,
    ``disk_full``, ``ffmpeg_missing``, and ``encoder_failed`` when somebody else ended
    it) and :class:`Cancelled`; ``name`` goes before their details. What ``on_line`` raises ends the child too. With ``on_line`` only
    lines are signs of life, without it any output or CPU time is. Threads whose names
    begin as one of ``later`` let the others go first, where the system can do that.
    """
    limits = limits or Limits()
    program = shutil.which(str(argv[0])) or str(argv[0])
    words = [program, *map(str, argv[1:])]
    try:
        running = Running(
            ["--", *words], executable=[program], sandbox=sandbox, limits=limits,
            stdin=stdin, on_line=on_line, cancel=cancel, later=later,
        )  # fmt: skip
        return _run_to_its_end(running)
    except EncoderError as error:
        if name:
            error.detail = f"{name}: {error.detail}"
        raise


def sandbox_report() -> SandboxReport:
    """Start the launcher once and ask what holds on this machine."""
    running = Running(
        ["report=1", "--"],
        executable=[sys.base_prefix],
        sandbox=Sandbox(),
        limits=Limits(wall_s=30),
    )
    held = json.loads(_run_to_its_end(running).stdout)
    return SandboxReport(**{**held, "limits": tuple(held["limits"])})


_named_ffmpeg: Path | None = None


def set_ffmpeg(path: Path | None) -> None:
    """Use this program instead of the one that imageio-ffmpeg carries."""
    global _named_ffmpeg  # noqa: PLW0603 - one program per process, set at start
    _named_ffmpeg = path


def is_own_ffmpeg() -> bool:
    """Say whether it is the one that imageio-ffmpeg carries, which knows all options."""
    return _named_ffmpeg is None


def ffmpeg_path() -> Path:
    """The FFmpeg to use; never the system's unless :func:`set_ffmpeg` named it."""
    if _named_ffmpeg is not None:
        found = [_named_ffmpeg] if os.access(_named_ffmpeg, os.X_OK) else []
    else:
        spec = find_spec("imageio_ffmpeg")  # its own look-up falls back to $PATH
        home = (
            Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
        )
        found = sorted((home / "binaries").glob("ffmpeg-*"))
    if not found:
        what = str(_named_ffmpeg or "the imageio-ffmpeg package has no program")
        raise EncoderError("ffmpeg_missing", what)
    return found[-1]
