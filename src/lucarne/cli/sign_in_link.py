"""``lucarne sign-in-link``: a way in for whoever may run commands here."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "--email", metavar="EMAIL", help="whose link (default: the owner's)"
    )


def run(args: argparse.Namespace) -> int:
    """Print an address that signs in once within 30 minutes."""
    from lucarne.accounts import queries
    from lucarne.core.errors import LucarneError

    if args.email and queries.find_by_email(args.email) is None:
        raise LucarneError(
            "unknown_person", f"Nobody here has the email address {args.email}."
        )
    print(make_link(args.email))
    return 0


def make_link(email: str | None = None) -> str:
    """Return a fresh sign-in address: the owner's, or the one of the first visit."""
    from lucarne.accounts import operations, queries
    from lucarne.cli.folder_lock import portal_url
    from lucarne.core import clock

    person = queries.find_by_email(email) if email else queries.owner()
    token = operations.issue_sign_in_link(person=person, at=clock.now())
    return f"{portal_url()}/sign-in/{token}"
