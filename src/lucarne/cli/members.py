"""``lucarne members``: who is a member of the portal; add, import and end."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lucarne.cli.arguments import data_folder

if TYPE_CHECKING:
    from lucarne.membership.queries import Member

_ACTOR = "cli"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.set_defaults(json=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(word: str, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(word, help=text, parents=[data_folder()])
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    action("list", "who is a member, and who was (default)")
    add = action("add", "make somebody a member, print a link to choose a password")
    add.add_argument("email", metavar="EMAIL", help="that she signs in with")
    taken = action("import", "make members of all addresses in a CSV file")
    taken.add_argument("file", metavar="FILE", help="an address in each line")
    taken.add_argument(
        "--dry-run", action="store_true", help="only say what it would do"
    )
    end = action("end", "end a membership")
    end.add_argument("email", metavar="EMAIL", help="of the member")
    end.add_argument(
        "--on", metavar="YYYY-MM-DD", type=_day, help="the last day (default: now)"
    )
    action("links", "print a new link for each member who has no account yet, as CSV")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        sentence = f"“{text}” is no day. Write it as 2026-12-31."
        raise argparse.ArgumentTypeError(sentence) from None


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    return {
        "list": _list, "add": _add, "import": _import, "end": _end, "links": _links,
    }[args.action or "list"](args)  # fmt: skip


def _list(args: argparse.Namespace) -> int:
    from lucarne.core import clock
    from lucarne.membership.queries import MemberFilter, each_member

    at = clock.now()
    found = each_member(MemberFilter(), at=at)
    if args.json:
        print(json.dumps([_facts(one, at) for one in found]))
        return 0
    count = 0
    for one in found:
        state = _facts(one, at)["state"]
        since, until = _shown(one.began_at), "–"
        if one.ends_at:  # what ends at midnight ended the day before
            until = _shown(one.ends_at - dt.timedelta(seconds=1))
        print(f"{state:<7} {since}  {until:<10}  {one.email}")
        count += 1
    if not count:
        print("Nobody is a member. Add somebody with `lucarne members add EMAIL`.")
    return 0


def _shown(moment: dt.datetime) -> str:
    from django.utils.timezone import localtime

    return f"{localtime(moment):%Y-%m-%d}"


def _facts(member: Member, at: dt.datetime) -> dict[str, Any]:
    return {
        "email": member.email,
        "name": member.name,
        "has_account": member.has_account,
        "state": "member" if member.is_member(at) else "ended",
        "began_at": member.began_at.isoformat(),
        "ends_at": member.ends_at.isoformat() if member.ends_at else "",
    }


def _add(args: argparse.Namespace) -> int:
    from lucarne.core import clock
    from lucarne.membership import operations

    at = clock.now()
    member = operations.add(email=args.email, actor=_ACTOR, at=at)
    link = next((link for _email, link in _made([member.email], at)), "")
    if args.json:
        print(json.dumps({**_facts(member, at), "link": link}))
    else:
        print(link or f"{member.email} is a member now, and signs in as before.")
    return 0


def _made(emails: list[str], at: dt.datetime) -> list[tuple[str, str]]:
    from lucarne.catalog import invitations
    from lucarne.cli.folder_lock import portal_url

    made = invitations.invite_to_portal(emails=emails, actor=_ACTOR, at=at)
    return [(email, f"{portal_url()}/invitation/{token}") for email, token in made]


def _import(args: argparse.Namespace) -> int:
    from lucarne.core import clock
    from lucarne.membership import lists, operations

    found, at = lists.read(Path(args.file).read_bytes()), clock.now()
    for line in found.bad:
        sentence = f"Line {line.number}: “{line.text}” is not an email address."
        print(sentence, file=sys.stderr)
    if args.dry_run:
        seen = lists.preview_of(found, at=at)
        new, again, known = seen.new, seen.again, seen.known
    else:
        new, again, known = operations.add_many(
            emails=found.emails, actor=_ACTOR, at=at
        )
    if args.json:
        facts = {"new": new, "again": again, "known": known, "bad": found.bad_count}
        print(json.dumps(facts))
    else:
        print(f"{new} new, {again} again, {known} known, {found.bad_count} left out")
    return 0


def _end(args: argparse.Namespace) -> int:
    from django.utils.timezone import get_current_timezone

    from lucarne.core import clock
    from lucarne.membership import operations, queries

    ends_at = None
    if args.on:
        after = args.on + dt.timedelta(days=1)
        ends_at = dt.datetime.combine(after, dt.time.min, get_current_timezone())
    at = clock.now()
    member = operations.end(
        member_id=queries.find_member(args.email).member_id, ends_at=ends_at,
        actor=_ACTOR, at=at,
    )  # fmt: skip
    if args.json:
        print(json.dumps(_facts(member, at)))
    return 0


def _links(args: argparse.Namespace) -> int:
    from lucarne.core import clock
    from lucarne.membership.queries import MemberFilter, Standing, each_member

    at = clock.now()
    found = each_member(MemberFilter(standing=Standing.MEMBER), at=at)
    made = _made([one.email for one in found if not one.has_account], at)
    if args.json:
        print(json.dumps([{"email": email, "link": link} for email, link in made]))
    else:
        csv.writer(sys.stdout).writerows([("email", "link"), *made])
    return 0
