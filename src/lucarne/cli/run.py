"""``lucarne run``: the portal and its workers in one process."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Mapping
from threading import Event
from typing import Any, Final

# How long encodes may take to notice that we stop; they go on at the next start.
STOP_S: Final = 6.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--host", help="address to listen on (server.host)")
    parser.add_argument("--port", type=int, help="port to listen on (server.port)")
    parser.add_argument(
        "--no-jobs",
        action="store_true",
        help="serve only; `lucarne work` encodes, here or elsewhere",
    )


def overrides(args: argparse.Namespace) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings that the arguments stand for."""
    given = {"host": args.host, "port": args.port}
    server = {name: value for name, value in given.items() if value is not None}
    return {"server": server} if server else {}


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from lucarne.cli import database, folder_lock
    from lucarne.cli.server import CannotListen, check_address
    from lucarne.core import conf
    from lucarne.core.errors import LucarneError

    settings = conf.get()
    server = settings.server
    try:
        check_address(server.host, server.port)
    except CannotListen as error:
        raise LucarneError("cannot_listen", str(error)) from None
    database.make_folder(settings.data)
    with folder_lock.held(settings.data, url=settings.url):
        status = _run(has_jobs=not args.no_jobs)
    _leave(status)
    return status


def _run(*, has_jobs: bool) -> int:
    import django

    from lucarne.cli import database
    from lucarne.cli.server import serve
    from lucarne.core import conf, jobs, keeping

    with keeping.what_is_made():
        django.setup()
        database.prepare()
        from lucarne.site.asgi import application, following

    stop = Event()

    def ready() -> None:
        _announce()
        if has_jobs:
            _start_jobs(stop)

    def stopping() -> None:
        stop.set()
        following.stop()
        print("Stopping …", flush=True)

    server = conf.get().server
    serve(
        application,
        host=server.host,
        port=server.port,
        on_ready=ready,
        on_stop=stopping,
    )
    is_clean = not has_jobs or jobs.stop_workers(timeout=STOP_S)
    print("Stopped. Unfinished work goes on at the next start.", flush=True)
    return 0 if is_clean else 1


def _announce() -> None:
    from lucarne.cli.sign_in_link import make_link
    from lucarne.core import conf

    link = make_link()
    lines = (
        f"Lucarne is running at {conf.get().url}",
        f"Sign in (once, within 30 minutes): {link}",
    )
    print("\n".join(lines), flush=True)


def _start_jobs(stop: Event) -> None:
    from lucarne.core import conf, housekeeping, jobs

    jobs.start_workers(conf.get().jobs.slots, in_background=True)
    housekeeping.start(stop)


def _leave(status: int) -> None:
    """End now: a thread that still waits for a client must not keep us here."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
