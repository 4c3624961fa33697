"""``lucarne probe FILE``: what is in a film."""

from __future__ import annotations

import argparse
from pathlib import Path

from lucarne.cli.without_portal import answer, film_argument, look, print_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    film_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the whole report as one JSON object"
    )


def run(args: argparse.Namespace) -> int:
    """Print what is in the film."""

    def act(path: Path) -> None:
        from lucarne.cli.film_file import shown
        from lucarne.media import description
        from lucarne_engine.probe import codec

        report = look(path)
        if args.json:
            print(codec.to_json(report))
        else:
            print_lines(shown(path), description.film(report))

    return answer(args, act)
