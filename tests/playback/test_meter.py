"""What is sent of a film is counted, for the arithmetic of the fine pass."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from lucarne.core import clock
from lucarne.core.storage import get_store
from lucarne.media.models import Asset, Delivery
from lucarne.playback import tokens
from lucarne.playback.media_server import MediaServer
from lucarne.playback.meter import Meter

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 5000


@pytest.fixture
def address(data: Path) -> str:  # noqa: ARG001  the store lies there
    asset = Asset.objects.create(
        public_id="ast_0123456789abcdef", source_name="a.mp4", size_bytes=1,
        received_at=datetime(2026, 11, 25, tzinfo=UTC), plan_id="0123456789ab",
    )  # fmt: skip
    get_store().put_bytes(b"x" * SIZE, f"films/{asset.public_id}/0123456789ab/v/0.m4s")
    token = tokens.sign(asset.public_id, asset.epoch, clock.now())
    return f"/media/{token}/{asset.public_id}/0123456789ab/v/0.m4s"


def ask(path: str, *requests: tuple[str, dict[bytes, bytes]]) -> list[int]:
    """Send requests to a media server that then ends; return the statuses."""
    statuses: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if "status" in message:
            statuses.append(message["status"])

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> None:
        server = MediaServer()
        for method, headers in requests:
            scope = {
                "type": "http", "method": method, "path": path,
                "headers": list(headers.items()), "extensions": {},
            }  # fmt: skip
            await server(scope, receive, send)
        await server.close()

    asyncio.run(run())
    return statuses


def test_whole_files_and_ranges_are_counted_and_nothing_else(address: str) -> None:
    part = {b"range": b"bytes=0-999"}
    beyond = {b"range": b"bytes=9000-"}
    statuses = ask(address, ("GET", {}), ("GET", part), ("HEAD", {}), ("GET", beyond))
    assert statuses == [200, 206, 200, 416]
    delivery = Delivery.objects.get()
    assert delivery.size_bytes == SIZE + 1000
    assert delivery.day == clock.now().date()


def test_what_cannot_be_written_is_kept(
    address: str,  # noqa: ARG001  the film is there
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise DatabaseError("locked")

    meter = Meter()
    meter.add("ast_0123456789abcdef", 7)
    with monkeypatch.context() as broken:
        broken.setattr("lucarne.media.fine.count_delivered", locked)
        meter.write()
    meter.add("ast_0123456789abcdef", 3)
    meter.write()
    assert Delivery.objects.get().size_bytes == 10


def test_a_closed_address_counts_for_nobody(address: str) -> None:
    assert ask(address.replace("/media/", "/media/x"), ("GET", {})) == [403]
    assert not Delivery.objects.exists()
