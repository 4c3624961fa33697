"""``lucarne log``: what happened to one film, to hand to whoever helps."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("video", metavar="VIDEO", help="the film's id: vid_…")
    parser.add_argument(
        "--names",
        action="store_true",
        help="with the film's title and file name, which are left out otherwise",
    )


def run(args: argparse.Namespace) -> int:
    """Print the log."""
    from lucarne.catalog import queries, support
    from lucarne.catalog.errors import UnknownVideo
    from lucarne.core import clock

    video = queries.find(args.video) or queries.find_in_bin(args.video)
    if video is None:
        raise UnknownVideo(args.video)
    print(support.log_of(video, has_names=args.names, at=clock.now()), end="")
    return 0
