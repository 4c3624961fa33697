"""kill -9 at random moments of an upload: what was acknowledged is never lost."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import Client, new_token
from tests.live_portal import Portal

# In the suite a few, since each costs a start; KILLS=100 for a proof.
KILLS = int(os.environ.get("KILLS", "5"))
PATIENCE_S = 240
PART = 200_000
SIZE = 60 * PART


class Sender(threading.Thread):
    """Sends a film part by part, as often as it takes; notes what was acknowledged."""

    def __init__(self, client: Client, where: str, data: bytes) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._where = where
        self._data = data
        self._pause = threading.Event()
        self.acknowledged = 0
        self.lost: list[str] = []

    def run(self) -> None:
        while self.acknowledged < len(self._data) and not self.lost:
            try:
                self._go_on()
            except httpx.HTTPError:
                self._pause.wait(0.05)  # it was killed, and is not back yet

    def _go_on(self) -> None:
        head = self._client.ask("HEAD", self._where)
        offset = int(head.headers.get("Upload-Offset", -1))
        if offset < self.acknowledged:
            self.lost.append(f"{self.acknowledged} were acknowledged, {offset} are here")
            return
        # Also what was written just before an answer that never came.
        self.acknowledged = offset
        while offset < len(self._data):
            part = self._data[offset : offset + PART]
            answer = self._client.patch(self._where, part, offset)
            answer.raise_for_status()
            offset = self.acknowledged = int(answer.headers["Upload-Offset"])


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_every_kill(tmp_path: Path) -> None:
    chance = random.Random(20261126)
    data = chance.randbytes(SIZE)
    portal = Portal(tmp_path / "data")
    portal.init()
    portal.start("--no-jobs")
    client = Client(portal, new_token(portal))
    where, kills = "", 0
    with contextlib.closing(client.http):
        try:
            while kills < KILLS:
                where = client.create(SIZE)
                sender = Sender(client, where, data)
                sender.start()
                while sender.is_alive() and kills < KILLS:
                    threading.Event().wait(chance.uniform(0.0, 0.4))
                    portal.kill()
                    kills += 1
                    portal.start("--no-jobs")
                sender.join(PATIENCE_S)
                assert not sender.is_alive()
                assert sender.lost == []
                assert client.stored(where) == data
        finally:
            portal.kill()
    assert kills == KILLS
