"""The only module that starts processes: limits, sandbox, progress, kill.

A child is started through :mod:`lucarne_engine.launch`, which gives it a session of
its own, rlimits, an empty network and, where the kernel has landlock, only the
paths that :class:`Sandbox` names. It costs about 25 ms per process. A child never
outlives :func:`run`: whatever happens, its whole group is ended (terminate, then
kill) and reaped; when our own process is killed the kernel ends it.

    run          any program; standard output as bytes, or line by line
    ffmpeg       FFmpeg, quiet, without network protocols, with progress
    PythonWorker a Python module that answers JSON requests with JSON
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from lucarne_engine.child import TICK_S, Child, OnLine
from lucarne_engine.errors import Cancelled, EncoderError, EngineError, SourceError
from lucarne_engine.launch import CANNOT_START

_GIB: Final = 1 << 30
_LAUNCH: Final = Path(__file__).with_name("launch.py")
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
    open_files: int = 256
    nice: int = 5


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The paths a child sees besides the system's own; folders with all below."""

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()  # may be read too


@dataclass(frozen=True, kw_only=True)
class Finished:
    returncode: int  # negative: the signal that ended it
    stderr_tail: str  # the last 8 KiB
    stdout: bytes  # empty when lines were asked for
    cpu_s: float
    wall_s: float
    peak_memory_bytes: int


class Crashed(EncoderError):
    """A Python child died of a signal of its own (SIGSEGV …): ``encoder_failed``."""


@dataclass(frozen=True, kw_only=True)
class SandboxReport:
    """What the launcher could really put in force on this machine."""

    landlock_abi: int  # 0: paths are not restricted
    has_no_network: bool
    dies_with_parent: bool
    limits: tuple[str, ...]  # of cpu, file, files, core, memory


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
        "core=0",
    ]
    given += [f"x={path}" for path in (*_SYSTEM_PATHS, *executable)]
    given += [f"r={path}" for path in _SYSTEM_FILES]
    given += [f"r={path.resolve()}" for path in sandbox.readable]
    given += [f"w={path.resolve()}" for path in sandbox.writable]
    # -I: no PYTHON* variables, no user folder. -S: no site, which would double the
    # time. -B: nothing may be written anyway.
    return [sys.executable, "-I", "-S", "-B", str(_LAUNCH), *given]


def _raise_for(finished: Finished, limits: Limits) -> None:
    """Errors of the machine that every caller must tell apart from a bad film."""
    code, text = finished.returncode, finished.stderr_tail
    if code == 0:
        return
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


def _watch(
    child: Child,
    limits: Limits,
    cancel: threading.Event | None,
    *,
    has_answered: Callable[[], bool] = lambda: False,
) -> None:
    """Stay with the child until it ends, or has answered."""
    looked = 0.0
    while not (has_answered() or child.has_ended()):
        child.pump()
        now = time.monotonic()
        if cancel is not None and cancel.is_set():
            raise Cancelled
        if now - child.started > limits.wall_s:
            raise EncoderError("out_of_time", f"more than {limits.wall_s} s")
        if now - looked > TICK_S:
            looked = now
            child.look()
            if now - child.alive_at > limits.stall_s:
                raise EncoderError("stalled", f"no progress for {limits.stall_s} s")


def _start(
    argv: list[str],
    *,
    sandbox: Sandbox,
    stdin: bytes | None = None,
    on_line: OnLine | None = None,
    is_asked_more: bool = False,
) -> tuple[subprocess.Popen[bytes], Child]:
    popen = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=_child_environment(sandbox),
        cwd="/",
    )
    pipes = (popen.stdin, popen.stdout, popen.stderr)
    return popen, Child(
        popen.pid,
        pipes=pipes,
        stdin=stdin,
        on_line=on_line,
        is_asked_more=is_asked_more,
    )


def _run(
    argv: list[str],
    *,
    sandbox: Sandbox,
    limits: Limits,
    stdin: bytes | None = None,
    on_line: OnLine | None = None,
    cancel: threading.Event | None = None,
) -> Finished:
    if cancel is not None and cancel.is_set():
        raise Cancelled
    popen, child = _start(argv, sandbox=sandbox, stdin=stdin, on_line=on_line)
    try:
        _watch(child, limits, cancel)
        child.drain()
        child.last_line()
    finally:
        child.end()
        popen.returncode = child.returncode
    finished = _finished(child)
    _raise_for(finished, limits)
    return finished


def _finished(child: Child) -> Finished:
    usage, code = child.usage, child.returncode
    if usage is None or code is None:
        raise EncoderError("encoder_failed", "the process cannot be ended")
    return Finished(
        returncode=code,
        stderr_tail=child.stderr.decode("utf-8", "replace"),
        stdout=bytes(child.stdout),
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.monotonic() - child.started,
        peak_memory_bytes=child.peak_bytes(),
    )


def run(
    argv: Sequence[str | Path],
    *,
    sandbox: Sandbox,
    limits: Limits | None = None,
    stdin: bytes | None = None,
    on_line: OnLine | None = None,
    cancel: threading.Event | None = None,
    name: str = "",
) -> Finished:
    """Run a program to its end. A non-zero exit status is returned, not raised.

    Raises :class:`EncoderError` (``stalled``, ``out_of_time``, ``out_of_memory``,
    ``disk_full``, ``ffmpeg_missing``) and :class:`Cancelled`; ``name`` goes before
    their details. What ``on_line`` raises ends the child too. With ``on_line`` only
    lines are signs of life, without it any output or CPU time is.
    """
    limits = limits or Limits()
    program = shutil.which(str(argv[0])) or str(argv[0])
    words = [program, *map(str, argv[1:])]
    try:
        return _run(
            [*_launcher(sandbox, limits, [program]), "--", *words],
            sandbox=sandbox, limits=limits, stdin=stdin, on_line=on_line, cancel=cancel,
        )  # fmt: skip
    except EncoderError as error:
        if name:
            error.detail = f"{name}: {error.detail}"
        raise


def _python_paths() -> list[str]:
    """Where the child finds our package and its dependencies, however installed."""
    own = str(Path(__file__).resolve().parents[1])
    found = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    return [own, *(path for path in found if path != own)]


class PythonWorker:
    """A Python module in a process of its own, sandboxed, that answers requests.

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
        if cancel is not None and cancel.is_set():
            raise Cancelled
        self._module = module
        self._limits = limits or Limits()
        self._cancel = cancel
        paths = _python_paths()
        folders = [sys.prefix, sys.base_prefix, sys.exec_prefix]
        given = [f"module={module}", *(f"path={path}" for path in paths), "--"]
        self._popen, self._child = _start(
            [*_launcher(sandbox, self._limits, [*folders, *paths]), *given],
            sandbox=sandbox, stdin=b"", is_asked_more=True,
        )  # fmt: skip

    def __enter__(self) -> PythonWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end()
        self._popen.returncode = self._child.returncode

    def ask(
        self, request: Mapping[str, Any], *, wall_s: int | None = None
    ) -> dict[str, Any]:
        """Return the answer to a request; both are plain JSON.

        ``wall_s`` instead of what the limits say.
        An answer ``{"error": {"kind", "code", "detail"}}`` is raised as the error it
        names. A worker that ends without an answer is an
        ``EncoderError("encoder_failed")``, :class:`Crashed` when a signal ended it.
        The limits raise as those of :func:`run`, and ``cancel`` as there; after any of
        these the worker is not to be asked again.
        """
        child, limits = self._child, self._limits
        if wall_s is not None:
            limits = replace(limits, wall_s=wall_s)
        child.stdout.clear()
        child.say(json.dumps(request).encode() + b"\n")
        _watch(
            child,
            limits,
            self._cancel,
            has_answered=lambda: child.stdout.endswith(b"\n"),
        )
        if child.returncode is not None:
            child.drain()
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
        self._child.end()
        finished = _finished(self._child)
        _raise_for(finished, self._limits)
        code, words = finished.returncode, finished.stderr_tail[-2000:]
        kind = Crashed if code < 0 else EncoderError
        return kind("encoder_failed", f"{self._module}: status {code}: {words}")


def _error_from(error: Mapping[str, Any]) -> EngineError:
    kinds: dict[str, type[EngineError]] = {"SourceError": SourceError}
    kind = kinds.get(str(error.get("kind")), EncoderError)
    return kind(str(error.get("code")), str(error.get("detail", "")))


def sandbox_report() -> SandboxReport:
    """Start the launcher once and ask what holds on this machine."""
    argv = [*_launcher(Sandbox(), Limits(), [sys.base_prefix]), "report=1", "--"]
    finished = _run(argv, sandbox=Sandbox(), limits=Limits(wall_s=30))
    abi, network, dies, *limits = finished.stdout.decode().split()
    return SandboxReport(
        landlock_abi=int(abi),
        has_no_network=network == "1",
        dies_with_parent=dies == "1",
        limits=tuple(limits[0].split(",")) if limits else (),
    )


_named_ffmpeg: Path | None = None


def set_ffmpeg(path: Path | None) -> None:
    """Use this program instead of the one that imageio-ffmpeg carries."""
    global _named_ffmpeg  # noqa: PLW0603 - one program per process, set at start
    _named_ffmpeg = path


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


@dataclass(frozen=True, kw_only=True)
class Progress:
    fraction: float  # 0 to 1
    speed: float  # film seconds per second
    frames: int  # pictures written so far
    eta_s: float | None


class _ProgressReader:
    """FFmpeg's ``-progress`` blocks (key=value lines, ``progress=…`` ends a block)."""

    def __init__(
        self, duration: Fraction | None, report: Callable[[Progress], None] | None
    ) -> None:
        self.duration = float(duration or 0)
        self.report = report
        self.values: dict[str, str] = {}
        self.last: tuple[str | None, ...] = ()
        self.started = time.monotonic()

    def __call__(self, line: str) -> bool:
        key, _, value = line.strip().partition("=")
        self.values[key] = value
        if key != "progress":
            return False
        moved = tuple(
            self.values.get(k) for k in ("frame", "out_time_us", "total_size")
        )
        is_alive, self.last = moved != self.last, moved
        if self.report is not None:
            self.report(self._progress())
        return is_alive

    def _progress(self) -> Progress:
        done_s = max(0, _number(self.values.get("out_time_us"))) / 1_000_000
        fraction = min(1.0, done_s / self.duration) if self.duration else 0.0
        if self.values["progress"] == "end":
            fraction = 1.0
        spent = time.monotonic() - self.started
        return Progress(
            fraction=fraction,
            speed=done_s / spent if spent > 0 else 0.0,
            frames=_number(self.values.get("frame")),
            eta_s=spent * (1 - fraction) / fraction if fraction else None,
        )


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:  # FFmpeg says N/A
        return 0


def ffmpeg(
    args: Sequence[str | Path],
    *,
    sandbox: Sandbox,
    limits: Limits | None = None,
    duration: Fraction | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    wants_stdout: bool = False,
    cancel: threading.Event | None = None,
    name: str = "ffmpeg",
) -> Finished:
    """Run FFmpeg, quiet and without network protocols, and report its progress.

    ``args`` are all arguments after the common ones; ``duration`` is of the output,
    for ``Progress.fraction``. With ``wants_stdout`` the standard output belongs to
    the caller (``pipe:1`` as output file) and there is no progress.
    """
    words = [str(ffmpeg_path()), "-hide_banner", "-nostdin", "-loglevel", "error"]
    if not wants_stdout:
        words += ["-progress", "pipe:1", "-stats_period", "0.25"]
    for arg in map(str, args):
        if arg == "-i":  # an option of each input: only local files
            words += ["-protocol_whitelist", "file,pipe"]
        words.append(arg)
    reader = None if wants_stdout else _ProgressReader(duration, on_progress)
    return run(
        words, sandbox=sandbox, limits=limits, on_line=reader, cancel=cancel, name=name
    )
