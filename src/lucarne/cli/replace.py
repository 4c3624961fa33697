"""``lucarne replace VIDEO FILE``: another file for a film that stays what it is."""

from __future__ import annotations

import argparse
import sys

from lucarne.cli.crew import Crew
from lucarne.cli.publish import publish_and_tell
from lucarne.cli.taking import Order


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "video", metavar="VIDEO", help="the film: its id (vid_…) or the address of its page"
    )
    parser.add_argument(
        "file", metavar="FILE", help="the new file, or its address (https://…)"
    )
    parser.add_argument(
        "--wait",
        choices=("playable", "ready"),
        default="ready",
        help="come back when viewers see it, or when every rendition is there",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object")


def run(args: argparse.Namespace) -> int:
    """Replace the file. Returns 0, or 1 when the film keeps the one that it has."""
    from lucarne.catalog import queries
    from lucarne.catalog.errors import UnknownVideo

    video_id = args.video.rstrip("/").rpartition("/")[2]
    if queries.find(video_id) is None:
        raise UnknownVideo(video_id)
    crew = Crew()
    try:
        crew.take_over()
        order = Order(channel_id="", replaces=video_id)
        return publish_and_tell(
            order, args.file, crew, until=args.wait, is_json=args.json
        )
    except KeyboardInterrupt:
        print(
            "\nStopped. What was received goes on with the next `lucarne run`.",
            file=sys.stderr,
        )
        return 130
    finally:
        crew.leave()
