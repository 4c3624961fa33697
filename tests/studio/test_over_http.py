"""The upload as a browser meets it: a real server, a real connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live_portal import EMAIL, PASSWORD, Portal, until

MAX_BYTES = 3_000_000
TOKEN = 'csrfmiddlewaretoken" value="'


def token_of(page: str) -> str:
    return page.split(TOKEN)[1].split('"', maxsplit=1)[0]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    portal = Portal(
        tmp_path_factory.mktemp("portal") / "data",
        LUCARNE_UPLOADS__MAX_BYTES=str(MAX_BYTES),
    )
    portal.init()
    portal.start("--no-jobs")
    yield portal
    portal.kill()


@pytest.fixture(scope="module")
def browser(running: Portal) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=30) as client:
        page = client.get("/sign-in").text
        fields = {"email": EMAIL, "password": PASSWORD}
        answer = client.post(
            "/sign-in", data={**fields, "csrfmiddlewaretoken": token_of(page)}
        )
        assert answer.headers["Location"] == "/studio/"
        yield client


def incoming(portal: Portal) -> list[Path]:
    folder = portal.data / "incoming"
    return list(folder.iterdir()) if folder.exists() else []


def head(browser: httpx.Client, portal: Portal, body_bytes: int) -> bytes:
    cookies = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    return (
        "POST /studio/publish HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{portal.port}\r\n"
        f"Cookie: {cookies}\r\n"
        "Accept: application/json\r\n"
        "Content-Type: multipart/form-data; boundary=edge\r\n"
        f"Content-Length: {body_bytes}\r\n\r\n"
    ).encode()


def connect(portal: Portal) -> socket.socket:
    return socket.create_connection(("127.0.0.1", portal.port), timeout=20)


def begin(browser: httpx.Client) -> bytes:
    """Return the fields that stand before the film's own bytes."""
    token = token_of(browser.get("/studio/publish").text)
    return (
        '--edge\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
        f"{token}\r\n"
        '--edge\r\nContent-Disposition: form-data; name="film"; '
        'filename="film.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
    ).encode()


def test_the_refusal_comes_before_the_body(
    running: Portal, browser: httpx.Client
) -> None:
    with connect(running) as wire:
        wire.sendall(head(browser, running, 50_000_000_000))
        # Not one byte of the body was sent, and the answer is here.
        answer = wire.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert incoming(running) == []


def test_a_lost_connection_leaves_nothing(
    running: Portal, browser: httpx.Client
) -> None:
    start = begin(browser)
    with connect(running) as wire:
        wire.sendall(head(browser, running, 2_500_000) + start + b"x" * 2_000_000)
        assert until(lambda: incoming(running), seconds=10)
    until(lambda: not incoming(running), seconds=10)
    assert "film-table" not in browser.get("/studio/").text


def test_a_film_is_taken_as_it_comes(running: Portal, browser: httpx.Client) -> None:
    page = browser.get("/studio/publish").text
    channel = page.split('<option value="')[1].split('"')[0]
    answer = browser.post(
        "/studio/publish",
        data={
            "csrfmiddlewaretoken": token_of(page), "title": "Not a film",
            "channel": channel, "visibility": "private",
        },
        files={"film": ("letter.mp4", b"Dear Sir or Madam, " * 1000)},
    )  # fmt: skip
    assert answer.status_code == 302
    assert incoming(running) == []
    location = answer.headers["Location"]
    assert "is not a film or a sound" in browser.get(location).text
    stranger = httpx.get(running.url + location.replace("/studio/films", "/watch"))
    assert stranger.status_code == 403
