"""PostgreSQL's own tools for backups; they must be of the server's version or newer."""

from __future__ import annotations

import shutil

# The engine's launcher cuts the network, which these tools need to reach the server.
import subprocess  # noqa: TID251
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from lucarne.core.errors import LucarneError


def dump(url: str, target: Path) -> None:
    """Write a consistent moment of the database, in pg_dump's custom format."""
    # -Fc: compressed, restorable in parallel. -O, -x: roles differ between servers.
    _run(["pg_dump", "-Fc", "-O", "-x", "-f", str(target)], url)


def restore(url: str, source: Path) -> None:
    """Bring a dump back into an empty database; all of it or nothing."""
    # -1: one transaction. -e: stop at the first error.
    _run(["pg_restore", "-O", "-x", "-1", "-e", str(source)], url)


def _run(command: list[str], url: str) -> None:
    tool = shutil.which(command[0])
    if tool is None:
        raise LucarneError(
            "no_postgres_tools",
            f"{command[0]} is not on this machine: install PostgreSQL's client "
            "(sudo apt install postgresql-client, or brew install libpq).",
        )
    address, password = _without_password(url)
    done = subprocess.run(  # noqa: S603
        [tool, *command[1:], "-d", address],
        capture_output=True,
        text=True,
        check=False,
        # Arguments can be read by everybody on the machine, the environment cannot.
        env={"PATH": "/usr/bin:/bin", "PGPASSWORD": password},
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise LucarneError(
            "postgres_tool_failed", f"{command[0]} did not succeed: {lines[0]}"
        )


def _without_password(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}{at}{host}")), unquote(password)
