"""``lucarne token``: what a program shows instead of a person's sign-in."""

from __future__ import annotations

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--new", metavar="NAME", help="make one for the program that you call NAME"
    )
    what.add_argument("--revoke", metavar="ID", help="end a token at once")
    parser.add_argument(
        "--email", metavar="EMAIL", help="who it acts as (default: the owner)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """List the tokens, make one (its secret is shown only now), or revoke one."""
    from lucarne.accounts import operations, queries
    from lucarne.core import clock

    if args.revoke:
        operations.revoke_token(token_id=args.revoke, at=clock.now())
        return 0
    if args.new:
        return _make(args)
    rows = [
        {
            "id": token.public_id,
            "name": token.name,
            "email": token.person.email,
            "created_at": token.created_at.isoformat(),
        }
        for token in queries.tokens()
    ]
    if args.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['id']}  {row['created_at'][:10]}  {row['email']}  {row['name']}")
    if not rows:
        print("No program has a token. Make one with `lucarne token --new NAME`.")
    return 0


def _make(args: argparse.Namespace) -> int:
    from lucarne.accounts import operations, queries
    from lucarne.core import clock
    from lucarne.core.errors import LucarneError

    person = queries.find_by_email(args.email) if args.email else queries.owner()
    if person is None:
        who = f"Nobody here has the email address {args.email}."
        none = "The portal has no owner yet. Run `lucarne init` first."
        raise LucarneError("unknown_person", who if args.email else none)
    secret, token = operations.issue_token(
        person=person, name=args.new, at=clock.now()
    )
    print(json.dumps({"id": token.public_id, "token": secret}) if args.json else secret)
    return 0
