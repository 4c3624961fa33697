"""A PostgreSQL server of the tests' own: temporary folder, loopback, stopped by pid.

It never touches the machine's own cluster. Import the two fixtures in a conftest.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

INSTALL = "sudo apt-get install --no-install-recommends postgresql"
_numbers = count(1)


def binaries() -> Path | None:
    """Return the newest server's folder of programs, or None."""
    found = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda folder: int(folder.parent.name),
    )
    if found:
        return found[-1]
    for brew in map(Path, ("/opt/homebrew/opt", "/usr/local/opt")):  # not on PATH
        if kegs := sorted(brew.glob("postgresql*/bin/initdb")):
            return kegs[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Server:
    """Starts on construction; ``stop`` ends it and removes its folder."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lucarne-postgres-"))
        self._who = _unprivileged(self.folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        data = self.folder / "data"
        self._run(
            programs / "initdb", "-D", data, "-U", "lucarne", "--auth=trust",
            "--no-sync", "--locale=C", "--encoding=UTF8",
        )  # fmt: skip
        self._programs = programs
        self.start()

    def start(self) -> None:
        """Start the server, or start it again after ``crash``."""
        self._process = subprocess.Popen(
            [
                self._programs / "postgres", "-D", self.folder / "data", "-p", str(self.port),
                "-k", self.folder, "-c", "listen_addresses=127.0.0.1",
                "-c", "fsync=off", "-c", "max_connections=60",
                "-c", "shared_buffers=16MB",
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
            cwd=self.folder,
            **self._who,
        )  # fmt: skip
        self._wait()

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://lucarne@127.0.0.1:{self.port}/{name}"

    def new_database(self) -> str:
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"create database {name}")  # type: ignore[call-overload]
        return self.url(name)

    def crash(self) -> None:
        """End it as kill -9 does; its other processes notice and follow."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # "fast": sessions are cut
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *command: object) -> None:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            check=False,
            text=True,
            cwd=self.folder,
            **self._who,
        )
        if done.returncode:
            pytest.fail(f"{command[0]}: {done.stderr[-500:]}")

    def _wait(self) -> None:
        ends = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > ends or self._process.poll() is not None:
                    log = (self.folder / "log").read_text()[-800:]
                    pytest.fail(f"PostgreSQL did not start: {error} {log}")
                time.sleep(0.05)
            else:
                return


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; somebody else must own its folder."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.fail("PostgreSQL cannot run as root, and there is no other user to run it")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        if os.environ.get("LUCARNE_TEST_WITHOUT_POSTGRES"):
            pytest.skip("LUCARNE_TEST_WITHOUT_POSTGRES is set")
        pytest.fail(f"PostgreSQL is missing. Install it with: {INSTALL}")
    server = Server(programs)
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """Return the address of a new, empty database."""
    return postgres_server.new_database()
