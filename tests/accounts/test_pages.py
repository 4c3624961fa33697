"""Sign-in, links and sign-out through their pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from lucarne.accounts import operations
from lucarne.core import clock
from tests.accounts.people import EMAIL, PASSWORD, make_owner

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in"


def send(client: Client, password: str = PASSWORD, email: str = EMAIL, **more: str):
    return client.post(SIGN_IN, {"email": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_signing_in_leads_to_the_studio(client: Client) -> None:
    make_owner()
    answer = send(client)
    assert (answer.status_code, answer["Location"]) == (302, "/studio/")
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/studio/publish", "/studio/publish"),
        ("https://evil.example/", "/studio/"),
        ("//evil.example/", "/studio/"),
        ("javascript:alert(1)", "/studio/"),
        (r"/\evil.example", "/studio/"),
    ],
)
def test_next_stays_on_this_site(client: Client, wanted: str, location: str) -> None:
    make_owner()
    assert send(client, next=wanted)["Location"] == location


def test_the_form_keeps_next_and_email_but_no_password(client: Client) -> None:
    make_owner()
    page = client.get(SIGN_IN, {"next": "/studio/publish"}).content.decode()
    assert 'name="next" value="/studio/publish"' in page
    answer = send(client, "wrong", next="/studio/publish")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="/studio/publish"' in page
    assert EMAIL in page
    assert "wrong" not in page
    assert "data-takes-focus" in page


def test_nobody_learns_which_addresses_exist(client: Client) -> None:
    make_owner()
    known = send(client, "wrong")
    unknown = send(client, "wrong", email="nobody@example.org")
    assert known.status_code == unknown.status_code == 422
    clean = [
        answer.content.decode().split("<main")[1].replace(email, "")
        for answer, email in ((known, EMAIL), (unknown, "nobody@example.org"))
    ]
    tokens = [part.split('csrfmiddlewaretoken" value="')[1][:64] for part in clean]
    assert clean[0].replace(tokens[0], "") == clean[1].replace(tokens[1], "")


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_the_sixth_try_says_when_to_come_back(client: Client, email: str) -> None:
    make_owner()
    for _ in range(5):
        assert send(client, "wrong", email=email).status_code == 422
    answer = send(client, PASSWORD, email=email)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 900
    assert "Try again in 15 minutes, at " in answer.content.decode()
    assert not is_signed_in(client)


def test_forms_want_their_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    make_owner()
    assert send(strict).status_code == 403
    token = operations.issue_sign_in_link(person=None, at=clock.now())
    assert strict.post(f"/sign-in/{token}").status_code == 403
    assert strict.post("/sign-out").status_code == 403


def test_looking_at_a_link_does_not_spend_it(client: Client) -> None:
    owner = make_owner()
    token = operations.issue_sign_in_link(person=owner, at=clock.now())
    address = reverse("accounts:sign_in_link", args=[token])
    for _ in range(3):
        page = client.get(address)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
    assert client.head(address).status_code == 200
    answer = client.post(address)
    assert (answer.status_code, answer["Location"]) == (302, "/studio/")
    assert is_signed_in(client)
    other = Client()
    assert other.post(address).status_code == 410
    assert other.get(address).status_code == 410
    assert not is_signed_in(other)


def test_a_made_up_link_is_gone(client: Client) -> None:
    assert client.get("/sign-in/made-up").status_code == 410
    assert client.post("/sign-in/made-up").status_code == 410


def test_signing_out_takes_a_form(client: Client) -> None:
    make_owner()
    send(client)
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)
    assert client.post("/sign-out")["Location"] == "/"
    assert not is_signed_in(client)


def test_a_new_password_ends_other_sessions(client: Client) -> None:
    make_owner()
    other = Client()
    send(client)
    send(other)
    new = "twelve green doors"
    refused = client.post("/account/password", {"current": "wrong", "new": new})
    assert refused.status_code == 422
    changed = client.post("/account/password", {"current": PASSWORD, "new": new})
    assert changed.status_code == 302
    assert client.get("/account/password").status_code == 200
    assert other.get("/account/password").status_code == 302


def test_who_came_by_a_link_needs_no_old_password(client: Client) -> None:
    owner = make_owner()
    token = operations.issue_sign_in_link(person=owner, at=clock.now())
    client.post(reverse("accounts:sign_in_link", args=[token]))
    new = "twelve green doors"
    assert client.post("/account/password", {"new": new}).status_code == 302
    # Once only: from now on the password is known.
    assert client.post("/account/password", {"new": "x"}).status_code == 422
    assert send(Client(), new).status_code == 302


def test_pages_speak_french(client: Client) -> None:
    make_owner()
    headers = {"Accept-Language": "fr"}
    page = client.get(SIGN_IN, headers=headers).content.decode()
    assert "Se connecter" in page
    for _ in range(5):
        send(client, "wrong")
    answer = client.post(
        SIGN_IN, {"email": EMAIL, "password": "wrong"}, headers=headers
    )
    assert "Réessayez dans 15 minutes" in answer.content.decode()
