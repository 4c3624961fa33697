"""What every page tells the browser, and in which language."""

from __future__ import annotations

import pytest
from django.test import Client

from lucarne.core import clock
from lucarne.core.portal import set_portal

pytestmark = pytest.mark.django_db


def test_headers_that_protect(client: Client) -> None:
    headers = client.get("/sign-in").headers
    policy = dict(
        part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in policy["script-src"] + policy["style-src"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"


def test_no_page_has_a_script_or_style_inside(client: Client) -> None:
    for path in ("/", "/sign-in", "/nowhere"):
        text = client.get(path).content.decode()
        for script in text.split("<script")[1:]:
            opening, _, rest = script.partition(">")
            is_data = "application/ld+json" in opening or "application/json" in opening
            assert is_data or rest.startswith("</script>"), opening
        assert "<style" not in text
        assert " onclick" not in text


def _language(client: Client, **headers: str) -> str:
    return client.get("/sign-in", headers=headers).headers["Content-Language"]


def test_the_language_of_a_page(client: Client) -> None:
    set_portal(name="Télé", language="fr", actor=None, at=clock.now())
    assert _language(client, accept_language="en-GB,en;q=0.9") == "en"
    assert _language(client, accept_language="fr-CA") == "fr"
    # Nothing that we speak: the portal's own.
    assert _language(client) == "fr"
    assert _language(client, accept_language="de, *;q=0.1") == "fr"
    client.cookies["lucarne_language"] = "en"
    assert _language(client, accept_language="fr") == "en"


def test_a_stranger_host_is_refused(client: Client) -> None:
    answer = client.get("/sign-in", headers={"host": "evil.example.org"})
    assert answer.status_code == 400


def test_forms_need_their_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in", {"email": "a@b.c"}).status_code == 403
