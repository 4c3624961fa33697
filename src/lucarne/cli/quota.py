"""``lucarne quota``: how much people and channels may have, and how much they do."""

from __future__ import annotations

import argparse
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--email", metavar="EMAIL", help="a person")
    who.add_argument("--channel", help="a channel, by name or slug")
    parser.add_argument(
        "--bytes", type=int, metavar="N", help="bytes of all its films; 0: no limit"
    )
    parser.add_argument(
        "--films", type=int, metavar="N", help="number of films; 0: no limit"
    )
    parser.add_argument(
        "--default", action="store_true", help="as the settings say, from now on"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Show the quotas, of one or of all channels, or change one."""
    from lucarne.catalog import queries, quotas
    from lucarne.core import clock

    is_change = args.default or args.bytes is not None or args.films is not None
    if is_change and not (args.email or args.channel):
        print("Say whose: --email EMAIL or --channel CHANNEL.", file=sys.stderr)
        return 2
    if any(number is not None and number < 0 for number in (args.bytes, args.films)):
        print("--bytes and --films are 0 or more.", file=sys.stderr)
        return 2
    if args.email:
        rows = [(args.email, _person(args.email), True)]
    elif args.channel:
        channel = queries.find_channel(args.channel)
        rows = [(channel.name, channel.channel_id, False)]
    else:
        rows = [(one.name, one.channel_id, False) for one in queries.channels()]
    if is_change:
        quotas.set_limits(
            subject=rows[0][1],
            max_bytes=None if args.default else args.bytes,
            max_films=None if args.default else args.films,
            actor="cli",
            at=clock.now(),
        )
    for name, subject, is_person in rows:
        _show(name, subject, is_person=is_person, is_json=args.json)
    return 0


def _person(email: str) -> str:
    from lucarne.accounts import queries
    from lucarne.core.errors import LucarneError

    person = queries.find_by_email(email)
    if person is None:
        sentence = f"Nobody here has the email address {email}."
        raise LucarneError("unknown_person", sentence)
    return person.public_id


def _show(name: str, subject: str, *, is_person: bool, is_json: bool) -> None:
    from lucarne.catalog import quotas
    from lucarne.core.sizes import size

    if is_person:
        limits, used = quotas.limits_of_person(subject), quotas.usage_of_person(subject)
    else:
        limits = quotas.limits_of_channel(subject)
        used = quotas.usage_of_channel(subject)
    if is_json:
        row = {
            "name": name, "bytes": used.size_bytes, "max_bytes": limits.max_bytes,
            "films": used.films, "max_films": limits.max_films,
        }  # fmt: skip
        print(json.dumps(row))
        return
    of_bytes = size(limits.max_bytes) if limits.max_bytes else "no limit"
    of_films = limits.max_films or "no limit"
    print(f"{name}: {used.films} films ({of_films}), {size(used.size_bytes)} ({of_bytes})")
