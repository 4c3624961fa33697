"""``lucarne run``: it starts quickly, says where, and stops when it is told to."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tests.live_portal import Portal, get, until

IDLE_BYTES = 200_000_000


def _memory_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def test_start_serve_stop(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    portal.start()
    try:
        assert get(portal.url).status_code == 200
        assert f"Lucarne is running at {portal.url}" in portal.lines
        second = Portal(portal.data).cli("run", check=False)
        assert second.returncode == 1
        assert f"is in use by the portal at {portal.url}, process" in second.stderr
        assert second.stderr.count("\n") == 1
    finally:
        portal.kill()


def test_other_commands_name_the_port_that_the_portal_was_started_with(
    tmp_path: Path,
) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    elsewhere = Portal(portal.data)  # another terminal, which knows the folder alone
    portal.start()
    try:
        link = elsewhere.cli("sign-in-link").stdout.strip()
        assert link.startswith(f"{portal.url}/sign-in/")
        assert get(link).status_code == 200
    finally:
        portal.stop()
    assert elsewhere.cli("sign-in-link").stdout.startswith(elsewhere.url)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_idle_memory(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    portal.start()
    try:
        assert portal.process is not None
        for _ in range(50):
            assert get(f"{portal.url}/sign-in").status_code == 200
        until(lambda: any(portal.data.glob("alive/*")), seconds=10)
        assert _memory_bytes(portal.process.pid) < IDLE_BYTES
    finally:
        portal.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_though_clients_hang_on(tmp_path: Path, number: int) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    portal.start()
    assert portal.process is not None
    with (
        socket.create_connection(("127.0.0.1", portal.port)) as idle,
        socket.create_connection(("127.0.0.1", portal.port)) as uploading,
    ):
        idle.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        uploading.sendall(
            b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=x\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 1000000\r\n\r\nemail="
        )
        portal.process.send_signal(number)
        assert portal.process.wait(15) == 0
    until(lambda: "Stopped" in portal.lines[-1], seconds=5)
    assert "Traceback" not in "\n".join(portal.lines)


def test_the_link_at_the_end_opens_the_first_visit(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.start()
    try:
        link = until(
            lambda: next((x.split()[-1] for x in portal.lines if "/sign-in/" in x), ""),
            seconds=5,
        )
        assert get(link).status_code == 200
        assert get(f"{portal.url}/sign-in/nonsense").status_code in {404, 410}
    finally:
        portal.kill()
