"""``lucarne config show``: every setting, its value and where that came from."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from lucarne.cli.arguments import data_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser(
        "show",
        help="print every setting; secrets stay hidden",
        parents=[data_folder()],
    )
    show.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the settings of this data folder."""
    from lucarne.core import conf

    rows = conf.rows()
    if args.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return 0
    name = max(len(row.key) for row in rows)
    value = min(max(len(row.value) for row in rows), 48)
    for row in rows:
        print(f"{row.key:<{name}}  {row.value:<{value}}  {row.origin}".rstrip())
    return 0
