"""A channel's team: invited, joined, given another role, taken off; the log of it."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from lucarne.accounts.models import Person
from lucarne.accounts.operations import sign_in
from lucarne.catalog import invitations, rights, teams
from lucarne.catalog.models import Channel, Invitation, TeamMember
from lucarne.core import clock
from lucarne.core.models import AuditLine
from tests.portal.films import channel, film
from tests.studio.teams import PASSWORD, member, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def where(owner: Person) -> Channel:  # noqa: ARG001 - the portal comes first
    return channel()


def team_page(where: Channel) -> str:
    return f"/studio/channels/{where.public_id}"


def invited(
    client: Client, where: Channel, email: str = "new@example.org", role: str = "editor"
) -> str:
    """Return the path of the link that the page shows."""
    page = client.post(team_page(where), {"email": email, "role": role})
    assert page.status_code == 200
    found = re.search(r'value="http://testserver(/invitation/[^"]+)"', page.content.decode())
    assert found
    return found[1]


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def test_who_is_invited_makes_an_account_and_joins(studio: Client, where: Channel) -> None:
    link = invited(studio, where, "  New@Example.org ")
    assert link not in text(studio.get(team_page(where))), "it is shown once"
    assert link.rpartition("/")[2] not in str(Invitation.objects.values())
    guest = Client(headers={"accept-language": "en"})
    page = guest.get(link)
    assert "lea has invited new@example.org." in text(page)
    assert "Join the team of “Nature”" in text(page)
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    weak = guest.post(link, {"name": "New", "password": "short"})
    assert weak.status_code == 422
    assert not TeamMember.objects.filter(person__email="new@example.org").exists()
    done = guest.post(link, {"name": "New", "password": PASSWORD}, follow=True)
    assert "Welcome to the team of “Nature”." in text(done)
    joined = Person.objects.get(email="new@example.org")
    assert rights.rights_of(joined).role(where.public_id) == "editor"
    assert sign_in(
        email="new@example.org", password=PASSWORD, address="", at=clock.now()
    )
    again = Client(headers={"accept-language": "en"}).get(link)
    assert again.status_code == 410
    assert "This invitation was used already." in text(again)


def test_who_has_an_account_signs_in_and_accepts(studio: Client, where: Channel) -> None:
    known = person("Anne")
    link = invited(studio, where, known.email, "analyst")
    guest = Client(headers={"accept-language": "en"})
    assert f"/sign-in?next={link}" in text(guest.get(link))
    assert guest.post(link, {"name": "X", "password": PASSWORD}).status_code == 302
    assert not TeamMember.objects.filter(person=known).exists()
    guest = signed_in(known)
    assert "Join the team</button>" in text(guest.get(link))
    assert TeamMember.objects.filter(person=known).count() == 0, "a GET changes nothing"
    assert guest.post(link).status_code == 302
    assert TeamMember.objects.get(person=known).role == "analyst"


def test_a_link_is_for_one_address_alone(studio: Client, where: Channel) -> None:
    link = invited(studio, where)
    wrong = signed_in(person("Bob"))
    page = text(wrong.get(link))
    assert "You are signed in as bob@example.org, who is not meant." in page
    refused = wrong.post(link)
    assert refused.status_code == 410
    assert escape("somebody else’s email address") in text(refused)
    assert not TeamMember.objects.filter(person__name="Bob").exists()
    assert Client().get(link).status_code == 200, "it is not spent"


def test_a_link_that_opens_nothing_says_why(studio: Client, where: Channel) -> None:
    sentences = {}
    guest = Client(headers={"accept-language": "en"})
    sentences["unknown"] = guest.get("/invitation/nothing")
    revoked = invited(studio, where)
    (row,) = invitations.waiting(where.public_id, at=clock.now())
    studio.post(f"{team_page(where)}/invitations/{row.invitation_id}/revoke")
    sentences["revoked"] = guest.get(revoked)
    first = invited(studio, where)
    second = invited(studio, where)
    sentences["replaced"] = guest.get(first)
    assert guest.get(second).status_code == 200
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    sentences["expired"] = guest.get(second)
    assert guest.post(second, {"name": "N", "password": PASSWORD}).status_code == 410
    said = {name: text(answer) for name, answer in sentences.items()}
    assert {answer.status_code for answer in sentences.values()} == {410}
    assert "This invitation does not exist." in said["unknown"]
    assert "This invitation was revoked." in said["revoked"]
    assert "This invitation was revoked." in said["replaced"]
    assert "This invitation is more than 7 days old." in said["expired"]
    assert not Person.objects.filter(email="new@example.org").exists()


def test_a_bad_invitation_is_refused_beside_its_field(
    studio: Client, where: Channel
) -> None:
    anne = member(where, "editor", "Anne")
    for email, sentence in (
        ("", "Write your email address."),
        ("nobody", "This is not an email address."),
        (anne.email.upper(), "anne@example.org is on the team already."),
    ):
        answer = studio.post(team_page(where), {"email": email, "role": "editor"})
        assert answer.status_code == 422
        assert sentence in text(answer)
    assert studio.post(
        team_page(where), {"email": "a@example.org", "role": "king"}
    ).status_code == 422
    assert not Invitation.objects.exists()


def test_the_last_owner_stays(where: Channel) -> None:
    first, second = member(where, "owner", "First"), member(where, "owner", "Second")
    mine = signed_in(first)

    def role_of(who: Person) -> str | None:
        return rights.rights_of(who).role(where.public_id)

    members = f"{team_page(where)}/members"
    mine.post(f"{members}/{second.public_id}/role", {"role": "editor"})
    assert role_of(second) == "editor"
    for path, data in ((f"{first.public_id}/role", {"role": "analyst"}),
                       (f"{first.public_id}/remove", {})):  # fmt: skip
        said = text(mine.post(f"{members}/{path}", data, follow=True))
        assert escape("This is the channel’s last owner.") in said
        assert role_of(first) == "owner"
    mine.post(f"{members}/{second.public_id}/role", {"role": "owner"})
    left = mine.post(f"{members}/{first.public_id}/remove", follow=True)
    assert "You have left the team of “Nature”." in text(left)
    assert role_of(first) is None
    assert mine.get(team_page(where)).status_code == 403
    # Everybody may leave, nobody but an owner sends others away.
    editor = member(where, "editor", "Ed")
    other = member(where, "analyst", "Other")
    his = signed_in(editor)
    assert his.post(f"{members}/{other.public_id}/remove").status_code == 403
    assert his.get(f"{members}/{editor.public_id}/remove").status_code == 200
    his.post(f"{members}/{editor.public_id}/remove")
    assert [one.name for one in teams.team_of(where.public_id)] == ["Second", "Other"]


def test_a_channel_is_renamed(studio: Client, where: Channel) -> None:
    path = f"{team_page(where)}/name"
    for name in ("", " \t"):
        refused = studio.post(path, {"name": name})
        assert refused.status_code == 422
        assert "Give the channel a name." in text(refused)
    assert "Team of “Faune”" in text(studio.post(path, {"name": " Faune "}, follow=True))
    assert Client().get("/c/nature").status_code == 200, "its address stays"
    log = text(studio.get(f"{team_page(where)}/log"))
    assert "lea renamed the channel: “Nature” → “Faune”." in log


def test_films_stay_when_somebody_goes(studio: Client, where: Channel) -> None:
    who = member(where, "contributor")
    video = film("Hers", where=where, details={"created_by": who})
    studio.post(f"{team_page(where)}/members/{who.public_id}/remove")
    video.refresh_from_db()
    assert (video.channel_id, video.created_by_id) == (where.pk, who.pk)
    assert "Hers" in text(studio.get("/studio/"))


def test_the_log_says_who_did_what(studio: Client, where: Channel) -> None:
    anne = member(where, "owner", "Anne")
    video = film("Le jardin", where=where)
    hers = signed_in(anne)
    link = invited(hers, where)
    Client().post(link, {"name": "Zoé", "password": PASSWORD})
    hers.post(f"/studio/films/{video.public_id}/visibility", {"visibility": "draft"})
    zoe = Person.objects.get(name="Zoé")
    signed_in(zoe).post(f"/studio/films/{video.public_id}/delete")
    path = f"{team_page(where)}/log"
    page = text(hers.get(path))
    for sentence in (
        "Anne invited new@example.org to the team: Editor.",
        "Zoé joined the team: Editor.",
        "Anne changed who can watch “Le jardin”: Draft.",
        "Zoé put “Le jardin” in the bin.",
    ):
        assert sentence in page
    french = hers.get(path, headers={"accept-language": "fr"})
    assert "Zoé a mis « Le jardin » dans la corbeille." in text(french)

    def sentences(query: str) -> list[str]:
        return re.findall(r"<li> <p>([^<]+)</p>", text(hers.get(f"{path}?{query}")))

    assert sentences(f"who={zoe.public_id}") == [
        "Zoé put “Le jardin” in the bin.", "Zoé joined the team: Editor."
    ]  # fmt: skip
    assert len(sentences(f"film={video.public_id}")) == 2
    assert len(sentences("kind=team")) == 2
    assert sentences("kind=captions") == []
    for odd in ("kind=x", "page=0", "page=9", "who=%00"):
        assert hers.get(f"{path}?{odd}").status_code == 404
    file = b"".join(hers.get(f"{path}.csv?kind=films", headers={"accept-language": "fr"}))
    rows = list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Quand", "Qui", "Quoi"]
    assert [row[1] for row in rows[1:]] == ["Zoé", "Anne"]
    # Another channel's log is another's; the portal's owner reads all of them.
    elsewhere = member(channel("Other", "other"), "owner", "Elsewhere")
    assert signed_in(elsewhere).get(path).status_code == 404
    everything = text(studio.get("/studio/log"))
    assert "Zoé put “Le jardin” in the bin." in everything
    assert "Zoé made an account." in everything
    assert "Zoé made an account." not in page


def test_the_log_has_pages(studio: Client, where: Channel) -> None:
    AuditLine.objects.bulk_create(
        AuditLine(
            at=clock.now() + timedelta(seconds=number), actor="", verb="video.binned",
            subject=f"vid_{number}", detail={"title": f"Film {number}"},
            scope=where.public_id,
        )
        for number in range(60)
    )  # fmt: skip
    path = f"{team_page(where)}/log"
    first, second = text(studio.get(path)), text(studio.get(f"{path}?page=2"))
    assert "The portal put “Film 59” in the bin." in first
    assert 'rel="next" href="?page=2"' in first
    assert "“Film 9”" in second
    assert "“Film 59”" not in second
    assert 'rel="next"' not in second
