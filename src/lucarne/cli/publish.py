"""``lucarne publish FILE…``: films in, watch pages out, with or without a portal."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lucarne.cli.crew import Crew
from lucarne.cli.film_file import Refused, shown
from lucarne.cli.meter import Meter
from lucarne.cli.taking import Order, publish_one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="films to publish, or the addresses (https://…) of films"
    )
    parser.add_argument("--title", help="title of the film (one file only)")
    parser.add_argument("--channel", help="name or slug; the first channel by default")
    parser.add_argument("--description", default="", help="text of the watch page")
    parser.add_argument(
        "--private", action="store_true", help="only for people of the portal"
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="leave out a file that is a film here already, and print that film",
    )
    parser.add_argument(
        "--wait",
        choices=("playable", "ready"),
        default="ready",
        help="come back when it can be watched, or when every rendition is there",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object per film"
    )


def run(args: argparse.Namespace) -> int:
    """Publish every file. Returns 0 when all were published, else 1, or 2."""
    from lucarne.catalog import queries

    if args.title and len(args.files) > 1:
        print("--title goes with one file: publish the others apart.", file=sys.stderr)
        return 2
    channel = queries.find_channel(args.channel)
    crew = Crew()
    try:
        crew.take_over()
        return _publish_all(args, channel.channel_id, crew)
    except KeyboardInterrupt:
        print(
            "\nStopped. What was received goes on with the next `lucarne run`.",
            file=sys.stderr,
        )
        return 130
    finally:
        crew.leave()


def _publish_all(args: argparse.Namespace, channel_id: str, crew: Crew) -> int:
    order = Order(
        title=args.title or "",
        description=args.description,
        channel_id=channel_id,
        visibility="private" if args.private else "public",
        is_once=args.once,
    )
    status = 0
    for name in args.files:
        status |= publish_and_tell(
            order, name, crew, until=args.wait, is_json=args.json
        )
    return status


def publish_and_tell(
    order: Order, name: str, crew: Crew, *, until: str, is_json: bool
) -> int:
    """Publish one film, print what came of it. Returns 0, or 1 when it was refused."""
    status = 0
    with Meter(is_quiet=is_json) as meter:
        try:
            film = publish_one(order, name, meter, crew, until)
            made = outcome(film.video_id)
        except Refused as error:
            status = 1
            made = {
                "file": name,
                "video": error.video_id or None,
                "error": {"code": error.code, "message": str(error)},
            }
    _tell(made, name=shown(Path(name)), is_json=is_json)
    return status


def _tell(outcome: dict[str, Any], *, name: str, is_json: bool) -> None:
    if is_json:
        # ASCII: a name may hold what the terminal's encoding, or any other, lacks.
        print(json.dumps(outcome), flush=True)
    elif "error" in outcome:
        print(outcome["error"]["message"], file=sys.stderr, flush=True)
    else:
        from lucarne.media import sentences

        for line in outcome["warnings"]:
            print(sentences.about(name, line), file=sys.stderr, flush=True)
        print(outcome["url"], flush=True)


def outcome(video_id: str) -> dict[str, Any]:
    """Return what ``--json`` prints for a published film."""
    from lucarne.api.facts import film_facts
    from lucarne.catalog import queries
    from lucarne.catalog.rights import OPERATOR
    from lucarne.cli.folder_lock import portal_url
    from lucarne.core import clock

    video = queries.find(video_id)
    assert video is not None  # noqa: S101  it was made a moment ago
    return film_facts(video, viewer=OPERATOR, site=portal_url(), at=clock.now())
