"""``lucarne import FEED``: the films of a podcast or Media RSS feed, each once."""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lucarne.cli.crew import Crew
from lucarne.cli.publish import publish_and_tell
from lucarne.cli.taking import Order, is_address

if TYPE_CHECKING:
    from lucarne.catalog.feeds import FeedItem
    from lucarne.catalog.queries import ChannelView

FEED_S: Final = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("feed", metavar="FEED", help="address or file of an RSS feed")
    parser.add_argument("--channel", help="name or slug; the first channel by default")
    parser.add_argument(
        "--private", action="store_true", help="only for people of the portal"
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="import only the N newest that are new"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would be imported, and change nothing",
    )
    parser.add_argument(
        "--wait",
        choices=("playable", "ready"),
        default="playable",
        help="go on to the next film when this one can be watched, or when every "
        "rendition is there",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object per film"
    )


@dataclass(frozen=True, kw_only=True)
class _Row:
    """What is to be done with an item: ``new``, ``known`` or ``no film``."""

    state: str
    item: FeedItem


def run(args: argparse.Namespace) -> int:
    """Import what is new. Returns 0 when all of it was, else 1."""
    from lucarne.catalog import queries

    if args.limit is not None and args.limit < 1:
        print("--limit is a number of films, 1 or more.", file=sys.stderr)
        return 2
    channel = queries.find_channel(args.channel)
    rows = _rows(args.feed, channel, args.limit)
    if args.dry_run:
        _show(rows, is_json=args.json)
        return 0
    # Oldest first: what comes last is what the portal shows first.
    new = [row.item for row in reversed(rows) if row.state == "new"]
    if not new and not args.json:
        print("Nothing new.")
    return _import(new, args, channel)


def _import(
    items: list[FeedItem], args: argparse.Namespace, channel: ChannelView
) -> int:
    crew = Crew()
    status = 0
    try:
        if items:
            crew.take_over()
        for item in items:
            order = Order(
                title=item.title,
                description=item.description,
                channel_id=channel.channel_id,
                visibility="private" if args.private else "public",
                guid=item.guid,
                first_published_at=item.published_at,
            )
            status |= publish_and_tell(
                order, item.url, crew, until=args.wait, is_json=args.json
            )
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on with the rest.", file=sys.stderr)
        return 130
    finally:
        crew.leave()
    return status


def _rows(feed: str, channel: ChannelView, limit: int | None) -> list[_Row]:
    """Read the feed, newest first, and say what is to be done with each film."""
    from lucarne.catalog import imports
    from lucarne.catalog.feeds import read_feed

    url = feed if is_address(feed) else ""
    items = read_feed(_bytes_of(feed), name=feed, url=url)
    known = imports.known(channel=channel, guids={item.guid for item in items})
    rows = []
    for item in items:
        state = "known" if item.guid in known else "new" if item.url else "no film"
        if state == "new" and limit is not None:
            if not limit:
                continue
            limit -= 1
        rows.append(_Row(state=state, item=item))
    return rows


def _bytes_of(feed: str) -> bytes:
    from lucarne.catalog.feeds import MOST_BYTES
    from lucarne.media import web
    from lucarne.media.errors import NotFetched, Unreadable

    if not is_address(feed):
        try:
            with Path(feed).open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except OSError as error:
            raise Unreadable(feed) from error
    name = web.shown(feed)
    data = b""
    try:
        with web.asked(feed, headers={}, seconds=FEED_S) as answer:
            if answer.status != 200:
                raise NotFetched("fetch_refused", name=name)
            while len(data) <= MOST_BYTES and (piece := answer.read(65_536)):
                data += piece
    except (OSError, http.client.HTTPException) as error:
        raise NotFetched("fetch_failed", name=name) from error
    return data


def _show(rows: list[_Row], *, is_json: bool) -> None:
    if is_json:
        for row in rows:
            print(
                json.dumps(
                    {
                        "state": row.state, "guid": row.item.guid,
                        "title": row.item.title, "url": row.item.url,
                    }
                )
            )  # fmt: skip
        return
    print(f"{'STATE':8} {'DATE':10} {'TITLE':40} ADDRESS")
    for row in rows:
        day = row.item.published_at.date().isoformat() if row.item.published_at else ""
        title = row.item.title[:40]
        print(f"{row.state:8} {day:10} {title:40} {row.item.url}".rstrip())
    new = sum(row.state == "new" for row in rows)
    print(f"{new} of {len(rows)} would be imported.")
