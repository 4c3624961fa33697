"""The ``lucarne`` command: one word says what to do, errors are one sentence."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any, Final

from lucarne.cli.arguments import Parser, data_folder
from lucarne.core import conf, keeping
from lucarne.core.errors import LucarneError


@dataclass(frozen=True, kw_only=True)
class Command:
    """A word of the command line and the module that does it.

    The module has ``add_arguments(parser)`` and ``run(args) -> exit status``; it may
    have ``overrides(args)``, settings that its arguments stand for.
    """

    module: str
    help: str
    # The data folder's database must be there and up to date.
    needs_database: bool = True
    # The module cannot be imported before Django is set up.
    is_late: bool = False


COMMANDS: Final[Mapping[str, Command]] = {
    "run": Command(
        module="lucarne.cli.run",
        help="start the portal, with the workers that encode",
        needs_database=False,
    ),
    "work": Command(module="lucarne.cli.work", help="encode only, without a portal"),
    "init": Command(
        module="lucarne.cli.init",
        help="name the portal, make its owner and first channel",
    ),
    "publish": Command(
        module="lucarne.cli.publish", help="publish films", is_late=True
    ),
    "replace": Command(
        module="lucarne.cli.replace",
        help="give a film another file; its address, words and statistics stay",
        is_late=True,
    ),
    "import": Command(
        module="lucarne.cli.import_feed",
        help="publish the films of a podcast or Media RSS feed, each once",
        is_late=True,
    ),
    "quota": Command(
        module="lucarne.cli.quota",
        help="show and change how much people and channels may have",
    ),
    "team": Command(
        module="lucarne.cli.team",
        help="show the team of a channel, invite to it and take off it",
    ),
    "members": Command(
        module="lucarne.cli.members",
        help="list the members of the portal, add, import and end them",
    ),
    "probe": Command(
        module="lucarne.cli.probe",
        help="say what is in a film, without a portal",
        needs_database=False,
    ),
    "plan": Command(
        module="lucarne.cli.plan",
        help="say what would be made of a film, without a portal",
        needs_database=False,
    ),
    "encode": Command(
        module="lucarne.cli.encode",
        help="make a film ready for any web server, without a portal",
        needs_database=False,
    ),
    "jobs": Command(
        module="lucarne.cli.jobs", help="show, retry and cancel background work"
    ),
    "log": Command(
        module="lucarne.cli.log", help="print what happened to a film, for support"
    ),
    "sign-in-link": Command(
        module="lucarne.cli.sign_in_link", help="print a link that signs in once"
    ),
    "token": Command(
        module="lucarne.cli.token",
        help="give programs a token to upload with, list and revoke them",
    ),
    "check": Command(
        module="lucarne.cli.check",
        help="say whether everything is well, and what to do if not",
        needs_database=False,
    ),
    "backup": Command(
        module="lucarne.cli.backup",
        help="copy the portal into a folder",
        needs_database=False,
    ),
    "restore": Command(
        module="lucarne.cli.restore",
        help="bring a backup back into an empty data folder",
        needs_database=False,
    ),
    "config": Command(
        module="lucarne.cli.config", help="show the settings", needs_database=False
    ),
    "version": Command(
        module="lucarne.cli.version", help="print the version", needs_database=False
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status: 0 well, 1 not, 2 wrong arguments."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucarne.site.settings")  # noqa: TID251
    arguments = list(sys.argv[1:] if argv is None else argv)
    _write_whatever_comes()
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except LucarneError as error:
        print(error, file=sys.stderr)
        return 2 if error.code == "bad_argument" else 1
    except Exception as error:  # noqa: BLE001  a person reads a sentence, whatever it was
        print(sentence(error), file=sys.stderr)
        return 1


def _run(arguments: list[str]) -> int:
    try:
        with keeping.what_is_made():
            begun = _begin(arguments)
        if begun is None:
            return 2
        module, args = begun
        return int(module.run(args))
    finally:
        _close_database()


def _close_database() -> None:
    """Close what was opened at the start: SQLite then folds its log into its file."""
    if "django.db" in sys.modules:
        from django.db import connections

        connections.close_all()


def _begin(arguments: list[str]) -> tuple[ModuleType, argparse.Namespace] | None:
    """Return the command's module and its arguments; None when there is no command."""
    word = _first_word(arguments)
    command = COMMANDS.get(word)
    if command is not None and command.is_late:
        conf.load(data=_data_folder(arguments))
        _set_up_django()
    parser, _ = build_parser([word] if command else [])
    args = parser.parse_args(arguments)
    if not args.command:
        parser.print_help()
        return None
    command = COMMANDS[args.command]
    module = importlib.import_module(command.module)
    data = getattr(args, "data", None)
    if not command.is_late:
        overrides = getattr(module, "overrides", dict)
        conf.load(data=data, **(overrides(args) if overrides is not dict else {}))
    if command.needs_database:
        from lucarne.cli import database

        _set_up_django()
        database.prepare()
        _speak()
    return module, args


def _speak() -> None:
    """Name films in the language of this terminal, else in that of the portal."""
    from django.conf import settings
    from django.utils import translation

    from lucarne.core.portal import get_portal

    language = conf.wished_language()
    if language not in dict(settings.LANGUAGES):
        portal = get_portal()
        language = portal.language if portal else settings.LANGUAGE_CODE
    translation.activate(language)


def build_parser(
    words: Sequence[str],
) -> tuple[Parser, dict[str, Parser]]:
    """Return the parser, and those of the commands; only ``words`` get arguments."""
    parser = Parser(
        prog="lucarne",
        description="A media portal that you run yourself.",
        parents=[data_folder()],
    )
    parser.add_argument("--version", action="version", version=own_version())
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands"
    )
    parsers: dict[str, Parser] = {}
    for word, command in COMMANDS.items():
        sub = commands.add_parser(
            word,
            help=command.help,
            description=_sentence_of(command),
            parents=[data_folder()],
        )
        if word in words:
            module: ModuleType = importlib.import_module(command.module)
            module.add_arguments(sub)
        parsers[word] = sub
    return parser, parsers


def _sentence_of(command: Command) -> str:
    return f"{command.help[0].upper()}{command.help[1:]}."


def _data_folder(arguments: Sequence[str]) -> str | None:
    found, _ = data_folder().parse_known_args(arguments)
    data: str | None = getattr(found, "data", None)
    return data


def _first_word(arguments: Sequence[str]) -> str:
    """Return the command among the arguments, "" when there is none."""
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        position += 2 if arguments[position] == "--data" else 1
    return arguments[position] if position < len(arguments) else ""


def _write_whatever_comes() -> None:
    """Escape what the terminal's encoding lacks: a sentence must not become an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _set_up_django() -> None:
    import django

    django.setup()


def own_version() -> str:
    """Return the installed version of Lucarne."""
    try:
        return version("lucarne")
    except PackageNotFoundError:
        return "0 (not installed)"


def sentence(error: BaseException) -> str:
    """Return what a person should read about an error that nobody expected."""
    kind = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        what = f"“{error.filename}”: " if error.filename else ""
        return f"{what}{error.strerror}."
    if kind in {"OperationalError", "DatabaseError"}:
        return (
            f"The database does not answer: {_first_line(error)}. "
            "Run `lucarne check` to see what is wrong."
        )
    place: Any = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = (
        f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    )
    return (
        f"Something unexpected happened: {kind}: {_first_line(error)}{where}. "
        "Run `lucarne check`; if it finds nothing, please report this line."
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else ""
