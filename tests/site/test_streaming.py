"""Bodies pass through the process: they are not kept in it, and an end is an end."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_portal import free_port

MIB = 1 << 20
BODY_BYTES = 300 * MIB
# What 300 MB may cost beside what a small body costs.
GROWTH_BYTES = 25 * MIB


class App:
    def __init__(self) -> None:
        self.port = free_port()
        root = Path(__file__).parents[2]
        path = f"{root / 'src'}{os.pathsep}{root}"
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("streaming_app.py")),
             str(self.port)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def send(self, size: int, *, announced: int | None = None) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        length = size if announced is None else announced
        sock.sendall(
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        piece = bytes(MIB)
        for _ in range(size // MIB):
            sock.sendall(piece)
        sock.sendall(piece[: size % MIB])
        return sock

    def post(self, size: int) -> tuple[int, int]:
        """Return how many bytes arrived, and the server's peak memory in bytes."""
        with self.send(size) as sock:
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            received, peak = answer.read().split()
        unit = 1 if sys.platform == "darwin" else 1024
        return int(received), int(peak) * unit


@pytest.fixture
def app() -> Iterator[App]:
    running = App()
    yield running
    running.process.terminate()
    running.process.wait(10)


def test_a_large_body_does_not_grow_the_process(app: App) -> None:
    _, before = app.post(MIB)
    received, after = app.post(BODY_BYTES)
    assert received == BODY_BYTES
    assert after - before < GROWTH_BYTES


def test_a_body_that_breaks_off_is_an_error(app: App) -> None:
    app.send(3 * MIB, announced=5 * MIB).close()
    assert app.line().startswith("broke off after ")
    assert app.post(10)[0] == 10
