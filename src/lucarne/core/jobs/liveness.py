"""Who is alive? A lock per process that runs jobs, held as long as it lives.

The kernel (a file lock) or the database server (an advisory lock of a session) lets
go of it when the process dies, however it dies: no heartbeat, no clock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from lucarne.core.locks import is_locked

if TYPE_CHECKING:
    import psycopg

# The first of the two numbers that name our advisory locks: "Luca" in ASCII.
_SPACE: Final = 0x4C756361


class Liveness(Protocol):
    """The lock of this process, and a look at those of the others."""

    grace: int  # how many checks in a row must find a process dead

    def begin(self) -> None:
        """Take our own lock."""

    def beat(self) -> None:
        """See to it that we still hold it."""

    def is_dead(self, executor: str) -> bool:
        """Say whether nobody holds that process's lock."""

    def bury(self, executor: str) -> None:
        """Clear away what a dead process left."""

    def count(self) -> int:
        """Count the living, this process included."""

    def end(self) -> None:
        """Let go of our own lock."""


class FileLiveness:
    """One machine: ``<data>/alive/<executor>.lock``, locked with flock(2)."""

    grace = 1  # the kernel does not err

    def __init__(self, folder: Path, me: str) -> None:
        self._folder = folder
        self._mine = folder / f"{me}.lock"
        self._file: int | None = None

    def begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob("*.lock"):
            if not is_locked(path):
                path.unlink(missing_ok=True)  # its process died
        # Locked before it has its name: nobody ever sees it unlocked.
        draft = self._mine.with_suffix(".new")
        self._file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        draft.replace(self._mine)

    def beat(self) -> None:
        return

    def is_dead(self, executor: str) -> bool:
        return not is_locked(self._folder / f"{executor}.lock")

    def bury(self, executor: str) -> None:
        (self._folder / f"{executor}.lock").unlink(missing_ok=True)

    def count(self) -> int:
        return sum(is_locked(path) for path in self._folder.glob("*.lock"))

    def end(self) -> None:
        if self._file is not None:
            self._mine.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None


class PostgresLiveness:
    """Many machines: a session's advisory lock per process, on its own connection.

    Needs session pooling: behind PgBouncer's transaction mode locks mean nothing.
    """

    grace = 3  # a server that restarts drops the locks of the living for a moment

    def __init__(self, url: str, me: str) -> None:
        self._url = url
        self._me = me
        self._holds = False
        self._connection: psycopg.Connection | None = None
        self._guard = threading.Lock()

    def begin(self) -> None:
        self._holds = True
        self.beat()

    def beat(self) -> None:
        with self._session() as session:
            session.execute("select 1")

    def is_dead(self, executor: str) -> bool:
        row = self._ask(
            "select not exists (select from pg_locks where locktype = 'advisory'"
            " and classid = %s and objid = %s and objsubid = 2 and granted"
            " and database = (select oid from pg_database"
            " where datname = current_database()))",
            (_SPACE, _number(executor) % (1 << 32)),
        )
        return bool(row)

    def bury(self, executor: str) -> None:
        """Do nothing: the server has cleared it away."""

    def count(self) -> int:
        return self._ask(
            "select count(*) from pg_locks where locktype = 'advisory'"
            " and classid = %s and objsubid = 2 and granted"
            " and database = (select oid from pg_database"
            " where datname = current_database())",
            (_SPACE,),
        )

    def end(self) -> None:
        with self._guard:
            self._holds = False
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _ask(self, query: str, values: tuple[int, ...]) -> int:
        with self._session() as session:
            row = session.execute(query.encode(), values).fetchone()
        return int(row[0]) if row else 0

    @contextlib.contextmanager
    def _session(self) -> Iterator[psycopg.Connection]:
        import psycopg

        with self._guard:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=5,
                    keepalives_idle=10,
                    keepalives_interval=5,
                    keepalives_count=3,
                )
                if self._holds:
                    _hold(self._connection, self._me)
            yield self._connection


def _hold(connection: psycopg.Connection, me: str) -> None:
    # The server, too, must notice that we are gone when our machine loses its power.
    for name in ("idle", "interval"):
        with contextlib.suppress(Exception):  # not on a Unix socket
            connection.execute(f"set tcp_keepalives_{name} = 5".encode())
    connection.execute("select pg_advisory_lock(%s, %s)", (_SPACE, _number(me)))


def _number(executor: str) -> int:
    """Return the second number of a lock's name, a signed 32-bit integer."""
    return zlib.crc32(executor.encode()) - (1 << 31)
