"""The web server inside ``lucarne run``: granian, in this process and event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

# How long requests may take to end once we were told to stop.
GRACE_S: Final = 2.0
# Requests under way at once; the others wait before they are read. Each page that
# follows work holds one all the time (studio.follow.door), so it is not the default, 128.
AT_ONCE: Final = 1024
# What it has to say goes where everything else goes.
_LOGGING: Final = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}


class CannotListen(Exception):
    """One sentence on why the address cannot be listened on."""


def check_address(host: str, port: int) -> None:
    """Raise CannotListen when nobody could listen there.

    The server itself would share the port with whoever has it (SO_REUSEPORT).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Else a port that we have just left counts as taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotListen(_sentence(error, host, port)) from None


def _sentence(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program: stop it, or choose another "
            f"port with --port {port + 1 if port < 65535 else port - 1}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is for administrators: choose one above 1023 with --port."
    return (
        f"This machine cannot listen on {host} ({error.strerror}): "
        "choose one of its own addresses with --host."
    )


def serve(
    application: Callable[..., Any],
    *,
    host: str,
    port: int,
    on_ready: Callable[[], None],
    on_stop: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM; ``on_stop`` runs as soon as one arrives."""
    asyncio.run(_serve(application, host, port, on_ready, on_stop))


async def _serve(
    application: Callable[..., Any],
    host: str,
    port: int,
    on_ready: Callable[[], None],
    on_stop: Callable[[], None],
) -> None:
    server: Any = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
        backpressure=AT_ONCE,
    )
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    serving = asyncio.ensure_future(server.serve())
    await _until_open(host, port, serving)
    # It asks the database, which Django refuses in an event loop.
    await asyncio.to_thread(on_ready)
    stopping = asyncio.ensure_future(told.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(on_stop)
    server.stop()
    # A download may go on for hours, and a keep-alive connection for ever.
    done, _ = await asyncio.wait({serving}, timeout=GRACE_S)
    if done:
        serving.result()
    else:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def _until_open(host: str, port: int, serving: asyncio.Future[None]) -> None:
    """Return once the port answers; raise what the server raised if it ended."""
    called = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(called, port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            break
    # It ended: somebody else answered, or nobody did.
    if serving.done():
        serving.result()
