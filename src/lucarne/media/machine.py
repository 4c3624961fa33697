"""What of this machine matters to somebody who looks for why a film failed."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from lucarne.core import conf
from lucarne_engine import process
from lucarne_engine.errors import EngineError

_PACKAGES: Final = ("lucarne", "django", "dbos", "granian", "av", "imageio-ffmpeg")


def versions() -> dict[str, object]:
    """The versions of what the work is done with."""
    return {
        **{name: _version(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "ffmpeg": _ffmpeg(),
        "database": "PostgreSQL" if conf.get().database.url.get_secret_value() else "SQLite",
    }


def facts() -> dict[str, object]:
    """Cores, memory, room on the disk, and the walls around what opens films."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": _cores(),
        "memory in MB": _memory_mb() or "-",
        "free in the data folder, in MB": _free_mb(),
        "sandbox": _sandbox(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _ffmpeg() -> str:
    try:
        return process.ffmpeg_path().name
    except EngineError:
        return "missing"


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def _memory_mb() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    except (OSError, ValueError):
        return 0


def _free_mb() -> int | str:
    try:
        return shutil.disk_usage(conf.get().paths.data).free // 1_000_000
    except OSError:
        return "-"


def _sandbox() -> str:
    try:
        held = process.sandbox_report()
    except EngineError as error:
        return f"the launcher does not start: {error.code}"
    return ", ".join(f"{name} {value}" for name, value in vars(held).items())
