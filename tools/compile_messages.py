"""Compile every django.po below a folder to the .mo that gettext reads, with Babel.

Run by the build hook while the package is installed, and by hand after a translation:
``python tools/compile_messages.py [FOLDER]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_all(folder: Path) -> list[Path]:
    """Write a .mo beside each .po and return the paths of those written."""
    written = []
    for source in sorted(folder.rglob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        language = source.parents[1].name
        with source.open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
        draft = target.with_suffix(".mo.draft")
        with draft.open("wb") as file:
            write_mo(file, catalog)
        draft.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[1] / "src"
    for path in compile_all(Path(sys.argv[1]) if len(sys.argv) > 1 else here):
        print(path)
