"""``lucarne check``: findings, each with an id, a sentence and what to do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

OK: Final = "ok"
WARNING: Final = "warning"
ERROR: Final = "error"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at; ``remedy`` is empty when it is well."""

    id: str
    level: str  # "ok", "warning" or "error"
    sentence: str
    remedy: str = ""


Look = Callable[[], Iterator[Finding]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "--storage",
        action="store_true",
        help="compare every stored file with the database too",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Look at everything; exit status 1 when something is wrong."""
    from lucarne.cli import checks, storage_check

    looks: list[Look] = list(checks.LOOKS)
    if args.storage:
        looks.append(storage_check.look)
    findings = list(_look(looks))
    if args.json:
        print(json.dumps({"findings": [asdict(one) for one in findings]}, indent=1))
    else:
        _print(findings)
    return 1 if any(one.level == ERROR for one in findings) else 0


def _look(looks: list[Look]) -> Iterator[Finding]:
    from lucarne.cli.main import sentence

    for look in looks:
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001  the other findings still count
            yield Finding(
                id=f"{look.__name__.strip('_').replace('_', '-')}-unknown",
                level=ERROR,
                sentence=f"This could not be looked at: {sentence(error)}",
                remedy="Put right what the sentence says, then check again.",
            )


def _print(findings: list[Finding]) -> None:
    marks = {OK: "ok     ", WARNING: "warning", ERROR: "ERROR  "}
    for one in findings:
        print(f"{marks[one.level]}  {one.id}: {one.sentence}")
        if one.remedy:
            print(f"         → {one.remedy}")
    wrong = sum(one.level == ERROR for one in findings)
    odd = sum(one.level == WARNING for one in findings)
    if not wrong and not odd:
        print("Everything is well.")
    else:
        print(f"{wrong} wrong, {odd} to look at.", file=sys.stderr)
