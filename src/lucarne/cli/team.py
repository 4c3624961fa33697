"""``lucarne team``: who is on a channel's team; invite somebody, take somebody off."""

from __future__ import annotations

import argparse
import json

ROLES = ("owner", "editor", "contributor", "analyst")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "--channel", help="by name or slug (default: the first channel)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--invite", metavar="EMAIL", help="print a link that joins the team once"
    )
    what.add_argument("--remove", metavar="EMAIL", help="take somebody off the team")
    parser.add_argument(
        "--role", choices=ROLES, default="editor", help="of who is invited (editor)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """List the team, invite somebody (the link is shown only now), or remove."""
    from lucarne.accounts.roles import Role
    from lucarne.catalog import invitations, queries, teams
    from lucarne.cli.folder_lock import portal_url
    from lucarne.core import clock

    channel_id = queries.find_channel(args.channel).channel_id
    if args.invite:
        token, view = invitations.invite(
            channel_id=channel_id, email=args.invite, role=Role(args.role), actor="cli",
            at=clock.now(),
        )  # fmt: skip
        link = f"{portal_url()}/invitation/{token}"
        told = {"email": view.email, "role": view.role, "link": link}
        print(json.dumps(told) if args.json else link)
        return 0
    if args.remove:
        teams.remove(
            channel_id=channel_id, person_id=_person(args.remove), actor="cli",
            at=clock.now(),
        )  # fmt: skip
        return 0
    rows = [
        {"email": one.email, "name": one.name, "role": one.role}
        for one in teams.team_of(channel_id)
    ]
    if args.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['role']:<12} {row['email']}  {row['name']}")
    if not rows:
        print("Nobody is on this team. Invite somebody with `lucarne team --invite EMAIL`.")
    return 0


def _person(email: str) -> str:
    from lucarne.accounts import queries
    from lucarne.core.errors import LucarneError

    person = queries.find_by_email(email)
    if person is None:
        sentence = f"Nobody here has the email address {email}."
        raise LucarneError("unknown_person", sentence)
    return person.public_id
