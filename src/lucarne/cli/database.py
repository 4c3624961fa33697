"""The database is brought up to date before a command uses it.

An existing SQLite file is copied before its tables change; the last copies stay in
``<data>/backups``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lucarne.core import clock, conf
from lucarne.core.errors import LucarneError

KEPT_COPIES: Final = 5
_LOCK: Final = 0x6C7563  # "luc": our advisory lock in PostgreSQL


def prepare() -> None:
    """Create or migrate the database when it needs it; cheap when it does not.

    Raises LucarneError when a newer Lucarne has been here.
    """
    paths = conf.get().paths
    make_folder(paths.data)
    is_old = paths.database.is_file()
    if not pending():
        return
    with _one_at_a_time(paths.data / "migrate.lock"):
        todo = pending()
        if not todo:
            return
        if is_old and not conf.get().database.url.get_secret_value():
            _copy_before(paths.database)
        _migrate(len(todo))


def make_folder(folder: Path) -> None:
    """Create the data folder, for its owner only.

    Raises LucarneError when it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LucarneError(
            "data_folder",
            f"The data folder {folder} cannot be made ({error.strerror}): "
            "name another one with --data or LUCARNE_DATA.",
        ) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise LucarneError(
            "data_folder",
            f"Nothing can be written to the data folder {folder}: give it to whoever "
            "runs Lucarne, or name another one with --data or LUCARNE_DATA.",
        )


def pending() -> list[tuple[str, str]]:
    """Return the (room, name) of each migration that still must be applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    loader = executor.loader
    unknown = [
        key
        for key in loader.applied_migrations
        if key[0] in loader.migrated_apps and key not in loader.disk_migrations
    ]
    if unknown:
        room, name = min(unknown)
        raise LucarneError(
            "newer_database",
            f"A newer Lucarne has used this data folder (it knows {room}.{name}, this "
            "one does not): install that version again, or restore a backup.",
        )
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _ in plan]


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite file that may be in use: a consistent moment of it."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        # In steps, so that a writer waits milliseconds, not for the whole copy.
        old.backup(new, pages=2048, sleep=0.001)


def _copy_before(database: Path) -> None:
    folder = database.parent / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"before-{clock.now():%Y%m%d-%H%M%S}.sqlite3"
    copy_sqlite(database, target)
    print(f"The database was copied to {target} first.", file=sys.stderr)
    for old in sorted(folder.glob("before-*.sqlite3"))[:-KEPT_COPIES]:
        old.unlink()


def _migrate(count: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    print(f"Preparing the database ({count} steps) …", file=sys.stderr)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [_LOCK])
            try:
                call_command(
                    "migrate", verbosity=0, interactive=False, skip_checks=True
                )
            finally:
                cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
    else:
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
