"""Published clients of tus send films, unchanged: tus-js-client, tuspy, aiotus, curl."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import aiotus
import pytest
from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage

from tests.api.conftest import Client, new_token
from tests.live_portal import Portal
from tests.outside.bad_proxy import bad_proxy
from tests.outside.test_mpd_parser import node

HERE: Final = Path(__file__).parent
SIZE: Final = 5_000_003
CHUNK: Final = 1_000_000
T = TypeVar("T")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    portal = Portal(tmp_path_factory.mktemp("tus") / "data")
    portal.init()
    portal.start()
    one = Client(portal, new_token(portal))
    yield one
    one.http.close()
    portal.stop()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.bin"
    path.write_bytes(Random(7).randbytes(SIZE))
    return path


def endpoint(client: Client) -> str:
    return f"{client.portal.url}/uploads/"


def bearer(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.token}"}


def run(doing: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: in ours a browser's loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, doing).result(120)


def check(client: Client, url: str, film: Path) -> None:
    """All of it is here, and nothing else."""
    stored = client.stored(url)
    assert hashlib.sha256(stored).digest() == hashlib.sha256(film.read_bytes()).digest()
    assert client.offset(httpx_path(url)) == SIZE


def httpx_path(url: str) -> str:
    return f"/uploads/{url.rstrip('/').rpartition('/')[2]}"


# -- tus-js-client, in Node


def tus_js(client: Client, film: Path, **asked: Any) -> dict[str, Any]:
    done = subprocess.run(
        [
            node(), HERE / "js" / "tus_upload.mjs",
            json.dumps({"endpoint": endpoint(client), "file": str(film),
                        "headers": bearer(client), **asked}),
        ],
        cwd=HERE / "js", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert "error" not in result, result
    return result


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"chunkSize": CHUNK},
        {"chunkSize": CHUNK, "duringCreation": True},
        {"parallelUploads": 3},
    ],
    ids=["whole", "chunks", "creation-with-upload", "concatenation"],
)
def test_tus_js_client(client: Client, film: Path, how: dict[str, Any]) -> None:
    check(client, tus_js(client, film, **how)["url"], film)


def test_tus_js_client_goes_on_after_a_restart(
    client: Client, film: Path, tmp_path: Path
) -> None:
    how = {"chunkSize": CHUNK, "storage": str(tmp_path / "urls.json")}
    first = tus_js(client, film, stopAfter=2 * CHUNK, **how)
    assert first["stopped"] == 2 * CHUNK
    client.portal.kill()  # the server is killed meanwhile
    client.portal.start()
    assert client.offset(httpx_path(first["url"])) >= 2 * CHUNK
    second = tus_js(client, film, **how)
    assert second["url"] == first["url"]
    assert second["chunks"] <= 4
    check(client, second["url"], film)


# -- tuspy


@pytest.mark.parametrize("has_digests", [False, True])
def test_tuspy(client: Client, film: Path, *, has_digests: bool) -> None:
    uploader = TusClient(endpoint(client), headers=bearer(client)).uploader(
        str(film), chunk_size=CHUNK, metadata={"filename": "été.mp4"},
        upload_checksum=has_digests,
    )  # fmt: skip
    uploader.upload()
    check(client, uploader.url, film)


def test_tuspy_goes_on_from_its_notes(
    client: Client, film: Path, tmp_path: Path
) -> None:
    notes = FileStorage(str(tmp_path / "notes.json"))
    how = {"chunk_size": CHUNK, "store_url": True, "url_storage": notes}
    speaker = TusClient(endpoint(client), headers=bearer(client))
    first = speaker.uploader(str(film), **how)
    first.upload_chunk()
    second = speaker.uploader(str(film), **how)
    assert (second.url, second.offset) == (first.url, CHUNK)
    second.upload()
    check(client, second.url, film)
    notes.close()


# -- aiotus


def test_aiotus(client: Client, film: Path) -> None:
    async def send() -> tuple[str, dict[str, Any]]:
        with film.open("rb") as file:
            url = await aiotus.upload(
                endpoint(client), file, {"filename": b"a.mp4"},
                headers=bearer(client), chunksize=CHUNK,
            )  # fmt: skip
        assert url is not None
        told = await aiotus.metadata(url, headers=bearer(client))
        return str(url), dict(told or {})

    url, told = run(send())
    check(client, url, film)
    assert told == {"filename": b"a.mp4"}


def test_aiotus_joins_what_it_sends_side_by_side(
    client: Client, film: Path, tmp_path: Path
) -> None:
    whole = film.read_bytes()
    pieces = [tmp_path / str(number) for number in range(4)]
    for number, piece in enumerate(pieces):
        piece.write_bytes(whole[number * 1_500_000 : (number + 1) * 1_500_000])

    async def send() -> str:
        files = [piece.open("rb") for piece in pieces]
        try:
            url = await aiotus.upload_multiple(
                endpoint(client), files, {"filename": b"a.mp4"},
                headers=bearer(client), chunksize=CHUNK, parallel_uploads=3,
            )  # fmt: skip
        finally:
            for file in files:
                file.close()
        return str(url)

    check(client, run(send()), film)


# -- curl


def test_curl(client: Client, film: Path) -> None:
    def curl(*words: str) -> str:
        return subprocess.run(
            ["curl", "-fsS", "-D", "-", "-o", "/dev/null", "-H", "Tus-Resumable: 1.0.0",
             "-H", f"Authorization: Bearer {client.token}", *words],
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout  # fmt: skip

    told = curl("-X", "POST", "-H", f"Upload-Length: {SIZE}", endpoint(client))
    where = next(
        line.split(": ", 1)[1].strip()
        for line in told.splitlines()
        if line.lower().startswith("location:")
    )
    told = curl(
        "-X", "PATCH", "-H", "Upload-Offset: 0",
        "-H", "Content-Type: application/offset+octet-stream",
        "-H", "Expect: 100-continue",
        "--data-binary", f"@{film}", where,
    )  # fmt: skip
    assert f"upload-offset: {SIZE}" in told.lower()
    check(client, where, film)


# -- what stands in between


def test_a_proxy_that_cuts_and_loses(client: Client, film: Path) -> None:
    """Every film arrives whole, whatever is lost on its way."""
    lost = cut = 0
    for seed in range(3):
        with bad_proxy(client.portal.port, most_bytes=900_000, seed=seed) as proxy:
            made = tus_js(
                client, film, chunkSize=300_000,
                endpoint=f"http://127.0.0.1:{proxy.port}/uploads/",
            )  # fmt: skip
            check(client, made["url"], film)
            lost += proxy.lost
    assert lost > 3
    # A client that knows nothing of the limit goes on from where it was cut.
    with bad_proxy(client.portal.port, most_bytes=2_000_000, one_in=10**9) as proxy:
        made = tus_js(client, film, endpoint=f"http://127.0.0.1:{proxy.port}/uploads/")
        check(client, made["url"], film)
        cut = proxy.cut
    assert cut >= 2
