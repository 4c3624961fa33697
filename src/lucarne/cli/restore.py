"""``lucarne restore DIR``: a backup becomes the data folder."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from lucarne.cli.backup import (
    DUMP,
    FORMAT,
    FURNITURE,
    MANIFEST,
    is_empty_folder,
    link_or_copy,
)
from lucarne.core import conf
from lucarne.core.errors import LucarneError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="what backup has made")


def run(args: argparse.Namespace) -> int:
    """Bring the backup back; the data folder must be empty."""
    from lucarne.cli import database, postgres

    folder = args.folder.expanduser().absolute()
    manifest = _read(folder)
    settings = conf.get()
    data = settings.data
    url = settings.database.url.get_secret_value()
    _check_target(data)
    _check_database(manifest, url=url)
    database.make_folder(data)
    if url:
        postgres.restore(url, folder / DUMP)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if str(name) in {MANIFEST, DUMP} or name.parts[0] in FURNITURE:
            continue
        if path.is_dir():
            (data / name).mkdir(exist_ok=True)
        elif name.parts[0] == "store":
            link_or_copy(path, data / name)
        else:
            shutil.copy2(path, data / name)
    print(
        f"The portal of {manifest['made_at']} is back in {data}: start `lucarne run`."
    )
    return 0


def _read(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        raise LucarneError(
            "no_backup",
            f"{folder} is not a complete backup: it has no readable {MANIFEST}.",
        ) from None
    if manifest.get("format") != FORMAT:
        raise LucarneError(
            "newer_backup",
            f"{folder} was made by Lucarne {manifest.get('lucarne')}, whose backups "
            "this version cannot read: install that version.",
        )
    return manifest


def _check_target(data: Path) -> None:
    if data.exists() and not is_empty_folder(data):
        raise LucarneError(
            "data_not_empty",
            f"The data folder {data} is not empty: name an empty one with --data, or "
            "move it away first.",
        )


def _check_database(manifest: dict[str, Any], *, url: str) -> None:
    given = "postgresql" if url else "sqlite"
    if manifest["database"] != given:
        raise LucarneError(
            "other_database",
            f"The backup holds a {manifest['database']} database, the settings name "
            f"{given}: set database.url accordingly.",
        )
