"""``lucarne plan FILE``: what would be made of a film."""

from __future__ import annotations

import argparse
from pathlib import Path

from lucarne.cli.without_portal import (
    answer,
    film_argument,
    look,
    print_lines,
    print_table,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    film_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the plan as one JSON object"
    )


def run(args: argparse.Namespace) -> int:
    """Print the plan."""

    def act(path: Path) -> None:
        from lucarne.cli.film_file import shown
        from lucarne.media import description
        from lucarne.media.policies import policy
        from lucarne_engine import plan as plans

        plan = plans.make_plan(look(path), policy())
        if args.json:
            print(plans.to_json(plan))
            return
        print_lines(f"{shown(path)} ({plan.id})", description.plan(plan))
        if plan.rungs:
            print()
            print_table(description.rungs(plan))

    return answer(args, act)
