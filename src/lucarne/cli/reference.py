"""The reference of the command line, made from the parsers themselves.

``python -m lucarne.cli.reference > docs/reference/commands.md`` writes it; a test
fails when the page is another one.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

from lucarne.cli.main import COMMANDS, build_parser

_HEAD = """# Commands

<!-- Made by `python -m lucarne.cli.reference`; do not edit by hand. -->

`make run` puts the command at `.venv/bin/lucarne`. Every command takes `--data DIR`, before or after its name: the data
folder. Without it, it is what `LUCARNE_DATA` names, else the folder `data` beside the virtual environment, which is the
one that `make run` uses.

Exit status: 0 when it went well, 1 when it did not, with a sentence on standard error that says why, 2 for wrong
arguments, 130 when Ctrl-C came before the end (it is how `run` and `work` end: 0).
"""


def page() -> str:
    """Return docs/reference/commands.md; the same on every machine."""
    _, parsers = build_parser(list(COMMANDS))
    lines = [_HEAD]
    for word, parser in parsers.items():
        lines += [f"## lucarne {word}", "", f"{parser.description}", ""]
        lines += _described(parser, f"lucarne {word}")
    return "\n".join(lines).rstrip() + "\n"


def _described(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
    yield "```"
    yield " ".join([name, *_usage(parser)])
    yield "```"
    yield ""
    rows = [(_names(action), action.help or "") for action in _own(parser)]
    if rows:
        yield "| argument | meaning |"
        yield "|---|---|"
        yield from (f"| {names} | {text} |" for names, text in rows)
        yield ""
    for word, inner in _below(parser):
        yield f"### {name} {word}"
        yield ""
        yield from _described(inner, f"{name} {word}")


def _own(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """List the arguments, without --help, --data and the words below."""
    return [
        action
        for action in parser._actions  # noqa: SLF001  argparse has no other list
        if action.dest not in {"help", "data"} and not _is_group(action)
    ]


def _is_group(action: argparse.Action) -> bool:
    return isinstance(action.choices, dict)


def _below(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # noqa: SLF001
        if _is_group(action):
            choices: Any = action.choices
            yield from choices.items()


def _usage(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in _own(parser):
        value = _value(action)
        if not action.option_strings:
            many = " …" if action.nargs == "+" else ""
            yield f"{value}{many}"
            continue
        option = f"{action.option_strings[-1]} {value}".strip()
        yield option if action.required else f"[{option}]"
    words = [word for word, _ in _below(parser)]
    if words:
        is_needed = any(_is_group(a) and a.required for a in parser._actions)  # noqa: SLF001
        text = " | ".join(words)
        yield (f"({text})" if len(words) > 1 else text) if is_needed else f"[{text}]"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices:
        choices = "|".join(map(str, action.choices))
        return f"[{choices} …]" if action.nargs == "*" else choices
    name = action.metavar or action.dest.upper()
    return name if isinstance(name, str) else " ".join(name)


def _names(action: argparse.Action) -> str:
    value = _value(action).replace("|", r"\|")
    names = action.option_strings or [value]
    shown = ", ".join(f"`{name}`" for name in names)
    return f"{shown} {value}".strip() if action.option_strings else shown


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucarne.site.settings")  # noqa: TID251
    import django

    django.setup()
    print(page(), end="")
