"""What the commands share that use the engine alone: no portal, no database, no data.

Settings are read where there are any; nothing is made by looking for them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lucarne.cli.film_file import Refused, check_file, refused, shown

if TYPE_CHECKING:
    from lucarne.media.description import Line
    from lucarne_engine.probe.report import SourceReport

FOLDERS: Final = {
    "folder_is_file": "{folder} is a file. Name a folder with --out.",
    "folder_not_ours": "{folder} holds other files. Name an empty folder, or one that "
    "`lucarne encode` made.",
    "folder_in_use": "Another `lucarne encode` works in {folder}. Wait for it, or name "
    "another folder.",
    "folder_of_another_film": "{folder} holds another film. Name another folder, or "
    "start over with --force.",
    "folder_of_another_plan": "{folder} holds this film made in another way (other "
    "settings, or --fine). Name another folder, or start over with --force.",
}


def film_argument(parser: argparse.ArgumentParser) -> None:
    """Add the film, which all of these commands take."""
    parser.add_argument("file", metavar="FILE", help="the film")


def answer(args: argparse.Namespace, act: Callable[[Path], None]) -> int:
    """Do something with the film that was named; say why if it cannot be done."""
    _prepare()
    path = Path(args.file)
    try:
        check_file(path)
        _act(args, path, act)
    except Refused as error:
        if args.json:
            told = {"code": error.code, "message": str(error)}
            print(json.dumps({"file": args.file, "error": told}))
        else:
            print(error, file=sys.stderr)
        return 1
    return 0


def _act(args: argparse.Namespace, path: Path, act: Callable[[Path], None]) -> None:
    from lucarne.core.errors import is_disk_full
    from lucarne_engine.errors import EngineError, FolderError

    try:
        act(path)
    except FolderError as error:
        folder = shown(Path(args.out).absolute())
        sentence = FOLDERS[error.code].format(folder=f"“{folder}”")
        raise Refused(error.code, sentence) from None
    except EngineError as error:
        raise refused(error.code, path) from None
    except OSError as error:
        if is_disk_full(error):
            raise refused("disk_full", path) from None
        raise


def _prepare() -> None:
    """Make sentences possible, in the language of this terminal, else in English."""
    import django
    from django.conf import settings
    from django.utils import translation

    from lucarne.core import conf

    django.setup()
    language = conf.wished_language()
    known = language in dict(settings.LANGUAGES)
    translation.activate(language if known else settings.LANGUAGE_CODE)


def look(path: Path) -> SourceReport:
    """Look into a film, in a process of its own. Raises EngineError."""
    from lucarne.media.policies import probe_limits
    from lucarne_engine.reader import probe

    return probe(path, limits=probe_limits())


def print_lines(title: str, lines: Iterable[Line]) -> None:
    """Print a title, and below it labels and what they say, aligned."""
    lines = list(lines)
    width = max(len(line.label) for line in lines)
    print(title)
    before = ""
    for label, text in lines:
        print(f"  {'' if label == before else label:<{width}}  {text}")
        before = label


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows whose first has the titles; all but the first column to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *others = (
            f"{cell:<{width}}" if place == 0 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]).rstrip())
