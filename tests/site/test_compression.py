"""Pages are compressed for whoever understands it, and no answer tells by its length."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

from lucarne.site import compression

pytestmark = pytest.mark.django_db


def test_a_page_is_compressed_as_asked(client: Client) -> None:
    plain = client.get("/sign-in")
    assert not plain.has_header("Content-Encoding")
    packed = client.get("/sign-in", headers={"accept-encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_what_is_short_stays_as_it_is(client: Client) -> None:
    answer = client.get("/robots.txt", headers={"accept-encoding": "gzip"})
    assert answer.content.startswith(b"User-agent")
    assert not answer.has_header("Content-Encoding")


def test_the_length_says_nothing_certain() -> None:
    body = b"<p>the same</p>" * 100
    packed = [compression.compress(body) for _ in range(50)]
    assert len({len(one) for one in packed}) > 5
    assert {gzip.decompress(one) for one in packed} == {body}
