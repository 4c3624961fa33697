"""What all commands' arguments share."""

from __future__ import annotations

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Says one sentence and where to look, not the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def data_folder() -> Parser:
    """Return a parser of ``--data`` alone, to be named among the ``parents``."""
    parser = Parser(add_help=False, allow_abbrev=False)
    # Suppressed, so that the one before the command is not undone by the one after.
    parser.add_argument(
        "--data",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="data folder (default: LUCARNE_DATA, else the one that make run uses)",
    )
    return parser
