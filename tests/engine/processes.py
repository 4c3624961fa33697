"""What this kernel can hold a child to, what it leaves behind, and FFmpeg as one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lucarne_engine import process

KERNEL = process.sandbox_report()
needs_landlock = pytest.mark.skipif(
    not KERNEL.landlock_abi, reason="this kernel has no landlock"
)
needs_no_network = pytest.mark.skipif(
    not KERNEL.has_no_network, reason="this kernel gives no network namespace"
)


def holdings() -> tuple[int, str]:
    """Return how many files this process has open, and its children.

    Fixtures of other tests may have children of their own: what counts is the change.
    """
    task = Path(f"/proc/self/task/{threading.get_native_id()}")
    return len(list((task / "fd").iterdir())), (task / "children").read_text()


def ffmpeg(
    *arguments: object, sandbox: process.Sandbox, limits: process.Limits | None = None
) -> process.Finished:
    """Run the engine's FFmpeg, quietly; standard output comes back as bytes."""
    common = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"]
    return process.run(
        [process.ffmpeg_path(), *common, *map(str, arguments)],
        sandbox=sandbox,
        limits=limits,
    )
