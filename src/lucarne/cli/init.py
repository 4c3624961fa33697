"""``lucarne init``: the first visit without a browser."""

from __future__ import annotations

import argparse
import getpass
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--name", required=True, metavar="N", help="name of the portal")
    parser.add_argument(
        "--language", required=True, choices=("fr", "en"), help="its language"
    )
    parser.add_argument(
        "--owner", required=True, metavar="EMAIL", help="email address of its owner"
    )
    parser.add_argument(
        "--channel", required=True, metavar="C", help="name of the first channel"
    )
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input instead of asking for it",
    )


def run(args: argparse.Namespace) -> int:
    """Set the portal up once; the second time nothing changes."""
    from lucarne.accounts import queries
    from lucarne.core import clock, conf
    from lucarne.studio import operations

    if queries.has_owner():
        return _nothing_changed()
    password = _password(from_stdin=args.password_stdin)
    result = operations.set_up(
        name=args.name,
        language=args.language,
        email=args.owner,
        password=password,
        channel=args.channel,
        at=clock.now(),
    )
    if not result.created:
        return _nothing_changed()
    print(f"The portal “{args.name}” is set up in {conf.get().data}.")
    print("Start it with `lucarne run`, publish with `lucarne publish FILE`.")
    return 0


def _nothing_changed() -> int:
    from lucarne.core.portal import get_portal

    portal = get_portal()
    name = f" as “{portal.name}”" if portal else ""
    print(f"This portal is set up already{name}; nothing was changed.")
    return 0


def _password(*, from_stdin: bool) -> str:
    from lucarne.core.errors import LucarneError

    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise LucarneError(
            "no_password",
            "There is no terminal to ask for a password: "
            "give it on standard input with --password-stdin.",
        )
    password = getpass.getpass("Password of the owner (10 characters or more): ")
    if getpass.getpass("Once more: ") != password:
        raise LucarneError("two_passwords", "The two passwords differ: try again.")
    return password
