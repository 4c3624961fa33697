"""``lucarne backup DIR``: the whole portal in a folder, while it runs.

backup.json           versions, counts; written last, so that it says "complete"
lucarne.sqlite3       or lucarne.dump (PostgreSQL, made by pg_dump)
engine.sqlite3        the background work
store/                hard links where the disk allows it, else copies
secret.key, lucarne.toml, secrets/
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lucarne.core import clock, conf
from lucarne.core.errors import LucarneError

FORMAT: Final = 1
MANIFEST: Final = "backup.json"
DUMP: Final = "lucarne.dump"
# What systems put into a folder that holds nothing: a new disk's, one that Finder showed.
FURNITURE: Final = frozenset({"lost+found", ".DS_Store"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "folder", metavar="DIR", type=Path, help="a new or empty folder"
    )


def run(args: argparse.Namespace) -> int:
    """Copy the portal; it may run meanwhile."""
    from lucarne.cli import database, postgres
    from lucarne.cli.main import own_version

    settings, folder = conf.get(), args.folder.expanduser().absolute()
    paths = settings.paths
    url = settings.database.url.get_secret_value()
    if not url and not paths.database.is_file():
        raise LucarneError(
            "nothing_to_back_up",
            f"There is no portal in {settings.data}: name its data folder with --data.",
        )
    _make_target(folder, paths.data)
    # Files come before the rows that name them, so what the rows of the copy name
    # is there after the second round, and what is deleted meanwhile after the first.
    _link_tree(paths.store, folder / "store")
    if url:
        postgres.dump(url, folder / DUMP)
    else:
        database.copy_sqlite(paths.database, folder / paths.database.name)
        if paths.engine.is_file():
            database.copy_sqlite(paths.engine, folder / paths.engine.name)
    _link_tree(paths.store, folder / "store")
    _link_tree(paths.incoming, folder / "incoming")
    _copy_small(settings, folder)
    count, size = _measure(folder / "store")
    manifest = {
        "format": FORMAT,
        "lucarne": own_version(),
        "made_at": clock.now().isoformat(timespec="seconds"),
        "database": "postgresql" if url else "sqlite",
        "migrations": _migrations(),
        "files": count,
        "bytes": size,
    }
    text = json.dumps(manifest, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    print(f"The portal was copied to {folder}: {count} files, {size / 1e9:.2f} GB.")
    return 0


def _make_target(folder: Path, data: Path) -> None:
    if folder.resolve().is_relative_to(data.resolve()):
        raise LucarneError(
            "backup_inside",
            f"{folder} lies inside the data folder itself: choose another folder.",
        )
    if folder.exists() and not is_empty_folder(folder):
        raise LucarneError(
            "backup_not_empty", f"{folder} is not empty: choose a new folder."
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def is_empty_folder(path: Path) -> bool:
    """Whether nobody has put anything into this folder."""
    return path.is_dir() and all(one.name in FURNITURE for one in path.iterdir())


def _link_tree(source: Path, target: Path) -> None:
    """Hard-link (or copy) every finished file that the target lacks."""
    target.mkdir(exist_ok=True)
    for path in _files(source):
        copy = target / path.relative_to(source)
        if copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            link_or_copy(path, copy)
        except FileNotFoundError:
            continue  # deleted this moment


def link_or_copy(source: Path, target: Path) -> None:
    """Give the target the source's content without copying where that is possible.

    Stored files are replaced, never changed, so both names stay what they are.
    """
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(source, target)


def _files(folder: Path) -> Iterator[Path]:
    for base, names, files in os.walk(folder):
        # Drafts begin with a dot: they are nobody's content yet.
        names[:] = [name for name in names if not name.startswith(".")]
        yield from (Path(base, name) for name in files)


def _copy_small(settings: conf.Settings, folder: Path) -> None:
    paths = settings.paths
    conf.secret_key()  # made if there is none yet
    if paths.secret_key.is_file():
        shutil.copy2(paths.secret_key, folder / "secret.key")
    if paths.config.is_file():
        shutil.copy2(paths.config, folder / paths.config.name)
    if paths.secrets.is_dir():
        shutil.copytree(paths.secrets, folder / "secrets", dirs_exist_ok=True)


def _measure(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in _files(folder)]
    return len(sizes), sum(sizes)


def _migrations() -> list[str]:
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(".".join(key) for key in applied)
