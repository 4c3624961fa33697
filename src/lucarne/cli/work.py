"""``lucarne work``: encodes only; as many of these as there are machines or cores."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from threading import Event
from typing import Final

STOP_S: Final = 6.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "--concurrency",
        type=int,
        metavar="N",
        help="encodes at once (default: jobs.concurrency)",
    )


def overrides(args: argparse.Namespace) -> dict[str, dict[str, int]]:
    """Return the settings that the arguments stand for."""
    if args.concurrency is None:
        return {}
    return {"jobs": {"concurrency": args.concurrency}}


def run(args: argparse.Namespace) -> int:  # noqa: ARG001  overrides() has read them
    """Do jobs until Ctrl-C or SIGTERM."""
    from lucarne.core import conf, housekeeping, jobs

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    jobs.start_workers(conf.get().jobs.slots)
    housekeeping.start(stop)
    count = conf.get().jobs.slots
    encodes = "1 encode" if count == 1 else f"{count} encodes"
    print(
        f"Lucarne is working for {conf.get().data}: {encodes} at once.",
        flush=True,
    )
    stop.wait()
    print("Stopping …", flush=True)
    is_clean = jobs.stop_workers(timeout=STOP_S)
    print("Stopped. Unfinished work goes on at the next start.", flush=True)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0 if is_clean else 1)
