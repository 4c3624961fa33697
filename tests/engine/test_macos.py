"""What differs where there is neither /proc nor landlock, as far as Linux can show it."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from lucarne_engine import process, vitals
from lucarne_engine.process import Limits, Sandbox, SandboxReport
from lucarne_engine.reader import probe
from tests.engine.films import film
from tests.engine.processes import ffmpeg
from tests.engine.test_process import shell, wait_until_gone

# A launcher and a worker that believe that they are on a Mac.
PRETENDS = "import sys; sys.platform = 'darwin'; " + process._LAUNCH


class Libproc:
    """``proc_pid_rusage`` as macOS has it: 96 bytes, an identifier and ten numbers."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.asked: list[tuple[int, int]] = []

    def proc_pid_rusage(self, pid: int, flavor: int, buffer: object) -> int:
        self.asked.append((pid, flavor))
        numbers = (7_000, 3_000, 1, 1, 1, 1, 50 << 20, 40 << 20, 1, 0)
        data = struct.pack("=16s10Q", b"\xff" * 16, *numbers)
        ctypes.memmove(buffer, data, len(data))  # type: ignore[arg-type]
        return self.status


def test_macos_tells_time_and_memory() -> None:
    library = Libproc()
    found = vitals.ask_libproc(library, 4711)
    assert found == vitals.Vitals(cpu_ticks=10_000, resident_bytes=40 << 20)
    assert library.asked == [(4711, 0)]
    assert vitals.ask_libproc(Libproc(status=-1), 4711) is None


def test_linux_tells_the_same_of_us() -> None:
    found = vitals.look(os.getpid())
    assert found is not None
    assert found.cpu_ticks > 0
    assert 1 << 20 < found.resident_bytes <= found.peak_bytes
    assert found.tasks >= 1


def test_who_shows_nothing_is_not_taken_for_stalled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vitals, "look", lambda _pid: None)
    assert shell("sleep 0.3", limits=Limits(stall_s=0, wall_s=60)).returncode == 0


def test_without_waitid_nothing_is_left_behind_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.waitid")
    finished = shell("sleep 60 >/dev/null 2>&1 & echo $!")
    wait_until_gone(int(finished.stdout))


def test_the_address_space_of_a_mac_is_not_limited() -> None:
    """Most of it is only reserved: the limit would end every child, or none."""
    say = (
        "import sys; sys.platform = sys.argv[1]; from lucarne_engine import launch;"
        " print(*launch.set_limits({'memory': 8 << 30, 'files': 64}))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", say, name], stdout=subprocess.PIPE, check=True, text=True
        ).stdout.split()
        for name in ("linux", "darwin")
    ]
    assert said == [["files", "memory"], ["files"]]


def test_films_are_read_and_encoded_without_what_linux_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process, "_LAUNCH", PRETENDS)
    monkeypatch.setattr(vitals, "look", lambda pid: vitals.ask_libproc(Libproc(), pid))
    assert process.sandbox_report() == SandboxReport(limits=("cpu", "file", "files", "core"))
    source = film("h264_aac")
    assert probe(source).video is not None
    sandbox = Sandbox(readable=(source,), writable=(tmp_path,))
    made = ffmpeg("-i", source, "-frames:v", "2", tmp_path / "two.mp4", sandbox=sandbox)
    assert made.returncode == 0
    assert (tmp_path / "two.mp4").stat().st_size > 1000
