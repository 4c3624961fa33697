"""What the system shows of a process that lives: its CPU time, memory and threads.

Linux tells it in /proc/<pid> (proc_pid_stat(5), proc_pid_status(5)), macOS by
``proc_pid_rusage`` of <libproc.h>.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_MEMORY: Final = ("VmHWM", "RssAnon", "RssShmem")  # of /proc/<pid>/status, in KiB
_RUSAGE_INFO_V0: Final = 0


@dataclass(frozen=True, kw_only=True)
class Vitals:
    cpu_ticks: int  # of all its threads, in a unit of the system's own
    resident_bytes: int  # private and shared memory, no files
    peak_bytes: int = 0  # 0: look at its rusage when it has ended
    tasks: int = 0  # threads; 0: not told


class _Usage(ctypes.Structure):
    """``struct rusage_info_v0`` of <sys/resource.h>, the same on both processors."""

    _fields_ = [
        ("uuid", ctypes.c_uint8 * 16),
        *(
            (name, ctypes.c_uint64)
            for name in (
                "user_time", "system_time", "idle_wakeups", "interrupt_wakeups",
                "page_ins", "wired_size", "resident_size", "footprint",
                "started_at", "ended_at",
            )
        ),
    ]  # fmt: skip


def look(pid: int) -> Vitals | None:
    """None where the system shows nothing of it, or when it is gone."""
    if sys.platform == "darwin":
        return ask_libproc(ctypes.CDLL(None), pid)
    return _read_proc(pid)


def ask_libproc(library: Any, pid: int) -> Vitals | None:
    """What macOS says of a process of ours: what its memory costs the machine."""
    usage = _Usage()
    if library.proc_pid_rusage(pid, _RUSAGE_INFO_V0, ctypes.byref(usage)) != 0:
        return None
    return Vitals(
        cpu_ticks=usage.user_time + usage.system_time, resident_bytes=usage.footprint
    )


def _read_proc(pid: int) -> Vitals | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("latin-1")
        status = Path(f"/proc/{pid}/status").read_text("latin-1")
    except OSError:
        return None
    fields = {
        key: value
        for key, _, value in (line.partition(":") for line in status.splitlines())
    }
    size = {key: int(fields.get(key, "0").split()[0]) * 1024 for key in _MEMORY}
    return Vitals(
        cpu_ticks=sum(map(int, stat.rpartition(")")[2].split()[11:13])),
        resident_bytes=size["RssAnon"] + size["RssShmem"],
        peak_bytes=size["VmHWM"],
        tasks=int(fields.get("Threads", "0")),
    )
