"""The page of the portal's members, and the way in for who has no account yet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.catalog import approval, bulk, bulk_preview
from lucarne.catalog.models import Invitation, Video
from lucarne.catalog.rights import rights_of
from lucarne.core import clock
from lucarne.core.models import AuditLine
from lucarne.membership import operations, queries
from lucarne.membership.models import MemberList, Membership
from tests.portal.films import channel, film
from tests.studio.teams import PASSWORD, film_of, member, person, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/studio/members"


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def add(client: Client, email: str) -> HttpResponse:
    return client.post(PAGE, {"email": email}, follow=True)


def link_in(page: HttpResponse) -> str:
    found = re.search(r'value="http://testserver(/invitation/[^"]+)"', text(page))
    assert found, text(page)
    return found[1]


def id_of(email: str) -> str:
    return queries.find_member(email).member_id


def csv_of(answer: Any) -> list[list[str]]:
    written = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(written)))


def test_who_is_added_chooses_a_password_and_watches(studio: Client) -> None:
    secret = film("Secret garden", visibility="members").public_id
    shown = add(studio, " New@Example.org")
    assert "Give this link to new@example.org, who chooses a password there." in text(shown)
    link = link_in(shown)
    assert link not in text(studio.get(PAGE)), "it is shown once"
    guest = Client(headers={"accept-language": "en"})
    page = guest.get(link)
    assert "Your account at Télé Jura" in text(page)
    assert "team" not in text(page)
    assert page["Referrer-Policy"] == "same-origin"
    assert guest.post(link, {"name": "New", "password": "short"}).status_code == 422
    done = guest.post(link, {"name": "New", "password": PASSWORD}, follow=True)
    assert done.redirect_chain == [("/", 302)]
    assert "Welcome. You are signed in." in text(done)
    assert "/main.m3u8" in text(guest.get(f"/watch/{secret}"))
    assert not rights_of(Person.objects.get(email="new@example.org")).is_on_a_team
    assert Client().get(link).status_code == 410
    # The next time, by the password, she gets where she wanted, or to the portal.
    again = Client(headers={"accept-language": "en"})
    fields = {"email": "new@example.org", "password": PASSWORD}
    assert again.post("/sign-in", fields, follow=True).redirect_chain[-1] == ("/", 302)
    # She is a member already; who has an account needs no link.
    refused = studio.post(PAGE, {"email": "new@example.org"})
    assert refused.status_code == 422
    assert "new@example.org is a member already." in text(refused)
    known = person("Anne")
    assert "anne@example.org is a member now" in text(add(studio, known.email))
    assert studio.post(PAGE, {"email": "anne"}).status_code == 422


def test_a_new_link_ends_the_earlier_one(studio: Client) -> None:
    first = link_in(add(studio, "new@example.org"))
    path = f"{PAGE}/{id_of('new@example.org')}/link"
    second = link_in(studio.post(path))
    assert "This invitation was revoked." in text(Client(headers={"accept-language": "en"}).get(first))
    assert Client().get(second).status_code == 200
    person("New")
    assert "no link is needed" in text(studio.post(path, follow=True))
    assert Invitation.objects.count() == 2
    # What is signed in with another address cannot take it.
    other = signed_in(person("Eve"))
    assert other.post(second).status_code == 410


def test_who_forgot_her_password_chooses_another(studio: Client, owner: Person) -> None:
    anne = person("Anne")
    page = text(add(studio, anne.email))
    door = f"/studio/people/{anne.public_id}/link"
    assert f'action="{door}"' in page

    def made() -> str:
        found = re.search(
            r'value="http://testserver(/sign-in/[^"]+)"', text(studio.post(door))
        )
        assert found
        return found[1]

    first, link = made(), made()
    browser = Client(headers={"accept-language": "en"})
    assert browser.get(first).status_code == 410, "the later link ends the earlier one"
    assert "This link signs you in once." in text(browser.get(link))
    done = browser.post(link)
    assert (done.status_code, done["Location"]) == (302, "/account/password")
    assert 'name="current"' not in text(browser.get("/account/password"))
    other = "seven green doors"
    assert browser.post("/account/password", {"new": other}).status_code == 302
    fields = {"email": anne.email, "password": other}
    assert Client().post("/sign-in", fields).status_code == 302
    assert browser.get(link).status_code == 410
    line = AuditLine.objects.filter(verb="sign_in_link.issued").latest("pk")
    assert (line.actor, line.subject) == (owner.public_id, anne.public_id)
    assert studio.post("/studio/people/per_x/link").status_code == 404


def test_links_for_all_who_have_no_account(studio: Client) -> None:
    for email in ("a@example.org", "b@example.org", "gone@example.org"):
        add(studio, email)
    add(studio, person("Anne").email)
    operations.end(member_id=id_of("gone@example.org"), actor="", at=clock.now())
    answer = studio.post(f"{PAGE}/links.csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="links-')
    rows = csv_of(answer)
    assert [row[0] for row in rows] == ["Email", "a@example.org", "b@example.org"]
    path = rows[1][1].removeprefix("http://testserver")
    assert "a@example.org" in text(Client().get(path))
    assert Client().post(path, {"name": "A", "password": PASSWORD}).status_code == 302
    assert [row[0] for row in csv_of(studio.post(f"{PAGE}/links.csv"))[1:]] == [
        "b@example.org"
    ]


def test_a_membership_is_ended_and_taken_up_again(studio: Client, owner: Person) -> None:
    add(studio, "anne@example.org")
    path = f"{PAGE}/{id_of('anne@example.org')}"
    assert "End the membership of anne@example.org?" in text(studio.get(f"{path}/end"))
    for sent, says in (
        ({"when": "day", "day": ""}, "Choose the last day."),
        ({"when": "day", "day": "2020-01-01"}, "This day is over."),
        ({"when": "day", "day": "9999-12-31"}, "Write the day as year"),
        ({"when": "day", "day": "soon"}, "Write the day as year"),
        ({}, "Choose when it ends."),
    ):
        refused = studio.post(f"{path}/end", sent)
        assert (refused.status_code, says in text(refused)) == (422, True), sent
    assert studio.post(f"{path}/end", {"when": "day", "day": "2099-06-30"}).status_code == 302
    assert Membership.objects.get().ends_at == dt.datetime(2099, 7, 1, tzinfo=dt.UTC)
    assert "to June 30, 2099" in text(studio.get(PAGE))
    assert studio.post(f"{path}/end", {"when": "now"}).status_code == 302
    page = text(studio.get(PAGE))
    assert "Membership ended</span>" in page
    assert f"{path}/end" not in page
    assert studio.post(f"{path}/take-up", follow=True).status_code == 200
    assert Membership.objects.get().ends_at is None
    verbs = AuditLine.objects.filter(subject=id_of("anne@example.org")).order_by("pk")
    assert set(verbs.values_list("actor", flat=True)) == {owner.public_id}
    log = text(studio.get("/studio/log?kind=members"))
    for says in (
        "made anne@example.org a member.", "set an end to the membership of anne@",
        "took up the membership of anne@", "made a link for anne@example.org",
    ):  # fmt: skip
        assert says in log
    for action in ("link", "end", "take-up"):
        assert studio.post(f"{PAGE}/mem_x/{action}").status_code == 404


def test_the_list_is_filtered_paged_and_exported(studio: Client) -> None:
    emails = [f"reader{n:03}@example.org" for n in range(120)]
    operations.add_many(emails=emails, actor="cli", at=clock.now())
    assert "120 members" in text(studio.get(PAGE))
    page = text(studio.get(f"{PAGE}?page=3"))
    assert "reader119@example.org" in page
    assert "reader000@example.org" not in page
    assert 'href="?page=2"' in page
    assert "added by a command" in page
    assert 'href="?q=reader&amp;page=2"' in text(studio.get(f"{PAGE}?q=reader"))
    assert "No member matches." in text(studio.get(f"{PAGE}?q=nobody"))
    assert "No member matches." in text(studio.get(f"{PAGE}?standing=ended"))
    for odd in ("?page=4", "?page=0", "?page=x"):
        assert studio.get(f"{PAGE}{odd}").status_code == 404
    assert studio.get(f"{PAGE}?standing=odd").status_code == 200
    rows = csv_of(studio.get(f"{PAGE}.csv?q=reader00"))
    assert rows[0] == [
        "Email", "Name", "Member since", "Last day", "Member now", "Account"
    ]  # fmt: skip
    assert [row[0] for row in rows[1:]] == emails[:10]
    assert rows[1][3:] == ["", "yes", "no"]
    french = Client(headers={"accept-language": "fr"})
    french.cookies = studio.cookies
    assert csv_of(french.get(f"{PAGE}.csv"))[0][0] == "Adresse électronique"


def test_a_list_is_looked_at_and_then_taken_in(studio: Client) -> None:
    add(studio, "known@example.org")
    sent = SimpleUploadedFile(
        "staff.csv", b"email\nknown@example.org\nnew@example.org\n<b>anne@\n"
    )
    answer = studio.post(f"{PAGE}/import", {"file": sent}, follow=True)
    page = text(answer)
    for says in (
        "1 new member", "1 member is known and stays", "1 line is left out",
        "Line 4: “&lt;b&gt;anne@” is not an email address.",
    ):  # fmt: skip
        assert says in page
    assert Membership.objects.count() == 1
    path = answer.request["PATH_INFO"]
    assert "1 member more." in text(studio.post(path, follow=True))
    assert Membership.objects.count() == 2
    # Pressed twice, or the address of yesterday: nothing happens.
    gone = text(studio.post(path, follow=True))
    assert "This list is not kept any more." in gone
    again = SimpleUploadedFile("staff.csv", b"known@example.org\nnew@example.org\n")
    page = text(studio.post(f"{PAGE}/import", {"file": again}, follow=True))
    assert "There is nothing to import" in page
    for bad, says in (
        (b"", "This file is empty."),
        (b"\0\0", "some other kind of file"),
        (b"hello\n", "There is no email address in this file."),
    ):
        refused = studio.post(f"{PAGE}/import", {"file": SimpleUploadedFile("x.csv", bad)})
        assert (refused.status_code, says in text(refused)) == (422, True), bad
    assert studio.post(f"{PAGE}/import", {}).status_code == 422
    large = studio.post(f"{PAGE}/import", CONTENT_LENGTH=str(10**10))
    assert large.status_code == 413
    assert MemberList.objects.count() == 1


def test_a_list_cannot_be_sent_from_another_site(owner: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    sent = {"file": SimpleUploadedFile("x.csv", b"new@example.org\n")}
    assert strict.post(f"{PAGE}/import", sent).status_code == 403
    assert not MemberList.objects.exists()


def test_a_film_is_made_for_members_alone_among_many_and_with_approval(
    studio: Client, owner: Person
) -> None:
    video = film("Secret garden")
    epoch = video.asset.epoch
    page = f"/studio/films/{video.public_id}"
    assert studio.post(f"{page}/visibility", {"visibility": "members"}).status_code == 302
    video.refresh_from_db()
    assert (video.visibility, video.published_at is not None) == ("members", True)
    video.asset.refresh_from_db()
    assert video.asset.epoch > epoch, "addresses of the public film are worth nothing"
    # Said once more, nobody who watches is interrupted.
    before = video.asset.epoch
    studio.post(f"{page}/visibility", {"visibility": "members"})
    video.asset.refresh_from_db()
    assert video.asset.epoch == before
    assert "For members" in text(studio.get(page))
    assert "For members" in text(studio.get("/studio/?visibility=members"))

    others = [film(f"Film {n}") for n in range(2)]
    selection = bulk_preview.Selection(video_ids=tuple(one.public_id for one in others))
    changes = bulk_preview.Changes(visibility="members")
    seen = bulk_preview.preview(selection=selection, changes=changes, at=clock.now())
    assert (seen.changing, seen.opening, seen.closing) == (2, 0, 2)
    edit = bulk.change(
        selection=selection, changes=changes, digest=seen.digest, actor="x",
        at=clock.now(),
    )  # fmt: skip
    assert Video.objects.filter(visibility="members", published_at__isnull=False).count() == 3
    bulk.undo(edit_id=edit, actor="x", at=clock.now())
    assert Video.objects.filter(visibility="members").count() == 1

    where = channel()
    hers = member(where, "contributor")
    mine = film_of(hers, where)
    sent = signed_in(hers).post(
        f"/studio/films/{mine.public_id}/visibility", {"visibility": "members"}
    )
    assert sent.status_code == 302
    mine.refresh_from_db()
    assert (mine.visibility, mine.approval) == ("private", "waiting")
    found = approval.submission_of(mine.public_id)
    assert found is not None
    approval.approve(
        video_id=mine.public_id, submission_id=found.submission_id,
        rights=rights_of(owner), at=clock.now(),
    )  # fmt: skip
    mine.refresh_from_db()
    assert (mine.visibility, mine.published_at is not None) == ("members", True)
