"""The first visit: by the setup link only, once, everything or nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from lucarne.accounts import operations as accounts
from lucarne.accounts.models import Person
from lucarne.catalog import operations as catalog, queries
from lucarne.core import clock
from lucarne.core.models import Portal
from lucarne.studio import operations
from lucarne.studio.errors import BadSetUp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
ANSWERS = {
    "language": "fr",
    "name": "Télé Jura",
    "channel": "Actualités",
    "owner_name": "Léa",
    "email": "Lea@Example.org",
    "password": "onze fenêtres bleues",
}


@pytest.fixture
def visitor(client: Client) -> Client:
    """Give a browser that has opened the setup link."""
    token = accounts.issue_sign_in_link(person=None, at=clock.now())
    answer = client.post(f"/sign-in/{token}")
    assert answer["Location"] == "/welcome"
    return client


def set_up(**changes: str) -> operations.SetUpResult:
    answers = {key: value for key, value in ANSWERS.items() if key != "owner_name"}
    return operations.set_up(**{**answers, **changes}, at=clock.now())


def test_without_the_link_the_door_is_closed(client: Client) -> None:
    assert client.get("/welcome").status_code == 403
    assert client.post("/welcome", ANSWERS).status_code == 403
    assert not Person.objects.exists()


def test_the_first_visit_makes_everything_and_signs_in(visitor: Client) -> None:
    assert visitor.get("/welcome").status_code == 200
    answer = visitor.post("/welcome", ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, "/studio/")
    portal = Portal.objects.get()
    assert (portal.name, portal.language) == ("Télé Jura", "fr")
    owner = Person.objects.get()
    assert (owner.email, owner.name, owner.is_owner) == ("lea@example.org", "Léa", True)
    assert [channel.name for channel in queries.channels()] == ["Actualités"]
    page = visitor.get("/studio/")
    assert page.status_code == 200
    # It offers both ways to a first film, in the language that was chosen.
    assert "/studio/publish" in page.content.decode()
    assert "Publier le film d’exemple" in page.content.decode()


def test_afterwards_it_is_closed_for_everybody(visitor: Client) -> None:
    other = Client()
    token = accounts.issue_sign_in_link(person=None, at=clock.now())
    other.post(f"/sign-in/{token}")
    visitor.post("/welcome", ANSWERS)
    answer = other.post("/welcome", {**ANSWERS, "email": "mallory@example.org"})
    assert answer.status_code == 302
    assert Person.objects.count() == 1
    assert other.get("/studio/").status_code == 302
    assert Client().get("/welcome").status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u202e"),
        ("channel", " \u200e "),
        ("email", "not an address"),
        ("password", "short"),
        ("password", "lea@example.org"),
        ("owner_name", ""),
        ("language", "de"),
    ],
)
def test_a_wrong_answer_makes_nothing_and_is_marked(
    visitor: Client, field: str, value: str
) -> None:
    answer = visitor.post("/welcome", {**ANSWERS, field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "data-takes-focus" in answer.content.decode()
    assert not Person.objects.exists()
    assert not Portal.objects.exists()
    assert queries.channels() == ()


def test_all_that_is_wrong_is_said_at_once(visitor: Client) -> None:
    wrong = {"name": "", "email": "nobody", "password": "short"}
    answer = visitor.post("/welcome", {**ANSWERS, **wrong})
    assert set(answer.context["form"].errors) == set(wrong)


def test_the_page_follows_the_chosen_language(visitor: Client) -> None:
    answer = visitor.post("/welcome", {**ANSWERS, "refresh": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Bienvenue dans Lucarne" in page
    # What was typed is still there.
    for value in ANSWERS.values():
        assert value in page
    assert not Person.objects.exists()
    assert "Bienvenue" in visitor.get("/welcome").content.decode()


def test_twice_changes_nothing_and_says_so() -> None:
    assert set_up().created
    assert not set_up(name="Other", email="other@example.org", channel="Other").created
    assert Portal.objects.get().name == "Télé Jura"
    assert Person.objects.count() == 1
    assert len(queries.channels()) == 1


def test_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(catalog, "create_channel", fail)
    with pytest.raises(RuntimeError):
        set_up()
    assert not Person.objects.exists()
    assert not Portal.objects.exists()


def test_the_command_line_hears_which_answer_is_wrong() -> None:
    with pytest.raises(BadSetUp) as caught:
        set_up(password="short")
    assert caught.value.field == "password"
    assert str(caught.value)
    with pytest.raises(BadSetUp) as caught:
        set_up(language="de")
    assert caught.value.field == "language"
