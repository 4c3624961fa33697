"""Programs publish films by a form, or by what they sent to /uploads/."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.conftest import MAX_BYTES, Client
from tests.engine.films import film
from tests.live_portal import until

VIDEOS = "/api/videos"


@pytest.fixture(scope="module")
def http(client: Client) -> httpx.Client:
    """Who has a token, and nothing else."""
    return httpx.Client(
        base_url=client.portal.url, timeout=120,
        headers={"Authorization": f"Bearer {client.token}"},
    )  # fmt: skip


def publish(http: httpx.Client, **fields: Any) -> httpx.Response:
    with film("h264_short").open("rb") as file:
        sent = {"film": ("A walk.mp4", file, "video/mp4")}
        return http.post(VIDEOS, data=fields, files=sent)


def announce(client: Client, size: int) -> HTTPResponse:
    """Send the head of a request alone: the answer must not wait for the film."""
    where = urlsplit(client.portal.url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=60)
    connection.putrequest("POST", VIDEOS)
    connection.putheader("Authorization", f"Bearer {client.token}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    return connection.getresponse()


def left(client: Client) -> list[str]:
    return [path.name for path in (client.portal.data / "incoming").iterdir()]


def test_a_film_in_a_form_is_published_and_followed(http: httpx.Client) -> None:
    made = publish(http, title="A walk", visibility="private", anyway="1")
    assert made.status_code == 201, made.text
    told = made.json()
    assert made.headers["Location"] == f"{VIDEOS}/{told['video']}"
    assert (told["title"], told["visibility"]) == ("A walk", "private")
    where = made.headers["Location"]
    until(lambda: http.get(where).json()["state"] == "ready", seconds=240)
    ready = http.get(where).json()
    assert ready["renditions"]
    assert http.get(ready["hls"]).text.startswith("#EXTM3U")
    stranger = httpx.get(ready["url"])
    assert stranger.status_code == 403


def test_what_was_sent_in_parts_is_published(
    http: httpx.Client, client: Client
) -> None:
    data = film("vp9_opus").read_bytes()
    where = client.create(len(data), name="In parts.webm")
    assert client.patch(where, data, 0).status_code == 204
    upload = where.rpartition("/")[2]
    made = http.post(VIDEOS, data={"upload": upload, "visibility": "draft"})
    assert made.status_code == 201, made.text
    assert made.json()["title"] == "In parts"
    again = http.post(VIDEOS, data={"upload": upload})
    assert (again.status_code, again.json()["code"]) == (404, "unknown_upload")


def test_what_is_here_already_is_said_and_kept(
    http: httpx.Client, client: Client
) -> None:
    known = publish(http, anyway="1").json()["video"]
    refused = publish(http)
    assert refused.status_code == 409
    told = refused.json()
    assert (told["code"], told["video"][:4]) == ("known_film", known[:4])
    assert told["upload"] in left(client)
    made = http.post(VIDEOS, data={"upload": told["upload"], "anyway": "1"})
    assert made.status_code == 201
    assert told["upload"] not in left(client)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"channel": "nowhere"}, 422, "unknown_channel"),
        ({"visibility": "world"}, 422, "fields"),
        ({"title": "x" * 201}, 422, "fields"),
    ],
)
def test_a_film_is_kept_when_only_its_fields_are_wrong(
    http: httpx.Client, client: Client, fields: dict[str, str], status: int, code: str
) -> None:
    refused = publish(http, anyway="1", **fields)
    told = refused.json()
    assert (refused.status_code, told["code"]) == (status, code)
    assert told["error"].endswith(".")
    assert client.ask("DELETE", f"/uploads/{told['upload']}").status_code == 204


def test_what_cannot_be_is_refused_in_a_sentence(
    http: httpx.Client, client: Client
) -> None:
    before = left(client)
    empty = http.post(VIDEOS, data={"title": "Nothing"})
    assert (empty.status_code, empty.json()["code"]) == (422, "fields")
    nothing = http.post(VIDEOS, files={"film": ("a.mp4", b"", "video/mp4")})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "empty")
    broken = http.post(
        VIDEOS, content=b"--x", headers={"Content-Type": "multipart/form-data"}
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "upload_broken")
    large = announce(client, MAX_BYTES * 2)
    assert (large.status, json.load(large)["code"]) == (413, "too_large")
    unknown = http.get(f"{VIDEOS}/vid_nobody")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_video")
    assert left(client) == before


def test_only_a_token_opens_it(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer nobody"}):
        refused = httpx.post(f"{client.portal.url}{VIDEOS}", headers=headers)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert json.loads(refused.text)["code"] == "sign_in"
    signed_in = client.portal.session().get(f"{client.portal.url}{VIDEOS}/vid_x")
    assert signed_in.status_code == 401
