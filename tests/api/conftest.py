"""A running portal that takes uploads, and a client that speaks tus by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live_portal import Portal

MAX_BYTES = 50_000_000


class Client:
    """Requests below /uploads/ with what every one of them needs."""

    def __init__(self, portal: Portal, token: str) -> None:
        self.portal = portal
        self.token = token
        self.http = httpx.Client(
            base_url=portal.url, timeout=60,
            headers={"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def ask(
        self, method: str, where: str = "/uploads/", **headers: Any
    ) -> httpx.Response:
        content = headers.pop("content", None)
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        return self.http.request(method, where, headers=named, content=content)

    def create(self, size: int | None, *, name: str = "a.bin", **headers: Any) -> str:
        metadata = f"filename {base64.b64encode(name.encode()).decode()}"
        if size is not None:
            headers["Upload_Length"] = size
        made = self.ask("POST", Upload_Metadata=metadata, **headers)
        assert made.status_code == 201, made.text
        where = str(made.headers["Location"])
        assert where.startswith(f"{self.portal.url}/uploads/")
        return where.removeprefix(self.portal.url)

    def patch(
        self, where: str, data: Any, offset: int, **headers: Any
    ) -> httpx.Response:
        return self.ask(
            "PATCH", where, content=data, Upload_Offset=offset,
            Content_Type="application/offset+octet-stream", **headers,
        )  # fmt: skip

    def offset(self, where: str) -> int:
        found = self.ask("HEAD", where)
        assert found.status_code == 200
        return int(found.headers["Upload-Offset"])

    def stored(self, where: str) -> bytes:
        """What is on the disk of an upload."""
        return (self.portal.data / "incoming" / where.rpartition("/")[2]).read_bytes()


def new_token(portal: Portal) -> str:
    done = portal.cli("token", "--new", "tests", "--json")
    return str(json.loads(done.stdout)["token"])


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder: Path = tmp_path_factory.mktemp("uploads")
    one = Portal(folder / "data", LUCARNE_UPLOADS__MAX_BYTES=str(MAX_BYTES))
    one.init()
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="session")
def client(portal: Portal) -> Iterator[Client]:
    one = Client(portal, new_token(portal))
    yield one
    one.http.close()
