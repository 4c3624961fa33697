"""A server of its own process that counts the bytes of a body, as pages read it."""

from __future__ import annotations

import resource
import sys
from typing import Any

from lucarne.cli.server import serve
from lucarne.site.threads import Threads


def count(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    size = 0
    body = environ["wsgi.input"]
    try:
        while data := body.read(64 * 1024):
            size += len(data)
    except OSError as error:
        print(f"broke off after {size}: {error}", flush=True)
        raise
    print(f"whole: {size}", flush=True)
    start_response("200 OK", [("content-type", "text/plain")])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [f"{size} {peak}".encode()]


serve(
    Threads(count, count=2),
    host="127.0.0.1",
    port=int(sys.argv[1]),
    on_ready=lambda: print("ready", flush=True),
    on_stop=lambda: None,
)
