"""What contributors send, what editors do with it, and what viewers see meanwhile."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.catalog import approval, publication, rights
from lucarne.catalog.errors import NotAllowed
from lucarne.catalog.models import Channel, Submission, Video
from lucarne.core import clock
from tests.portal.films import channel
from tests.studio.teams import film_of, member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def where(owner: Person) -> Channel:  # noqa: ARG001 - the portal comes first
    return channel()


@pytest.fixture
def hers(where: Channel) -> Person:
    return member(where, "contributor", "Chloe")


@pytest.fixture
def editor(where: Channel) -> Client:
    return signed_in(member(where, "editor", "Ed"))


def page_of(video: Video) -> str:
    return f"/studio/films/{video.public_id}"


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def submission(video: Video) -> str:
    return Submission.objects.get(video=video).public_id


def test_a_film_is_shown_once_an_editor_has_approved_it(
    where: Channel, hers: Person, editor: Client
) -> None:
    video = film_of(hers, where, "Mon film")
    contributor = signed_in(hers)
    assert "Apply, or send for approval" in text(contributor.get(page_of(video)))
    told = contributor.post(
        f"{page_of(video)}/visibility", {"visibility": "public"}, follow=True
    )
    assert "The film is sent for approval." in text(told)
    video.refresh_from_db()
    assert (video.visibility, video.approval) == ("private", "waiting")
    # It stays as it was sent, also by a script that saves while one types.
    late = contributor.post(
        page_of(video), {"title": "Other"}, headers={"accept": "application/json"}
    )
    assert late.status_code == 403
    assert "does not allow" in late.json()["error"]
    assert "token" not in late.json(), "the script would ask again and again"
    assert "Mon film" in text(editor.get("/studio/approvals"))
    assert "Waits for approval" in text(contributor.get("/studio/approvals"))
    page = text(editor.get(page_of(video)))
    assert "Chloe" in page
    assert "Approve</button>" in page
    sent = submission(video)
    no_reason = editor.post(f"{page_of(video)}/send-back", {"submission": sent}, follow=True)
    assert "Write why it is sent back" in text(no_reason)
    editor.post(
        f"{page_of(video)}/send-back", {"submission": sent, "reason": "No <b>captions</b>"}
    )
    seen = text(contributor.get(page_of(video)))
    assert "Sent back" in seen
    assert "No &lt;b&gt;captions&lt;/b&gt;" in seen
    contributor.post(page_of(video), {"title": "Mieux", "channel": where.public_id})
    contributor.post(f"{page_of(video)}/visibility", {"visibility": "unlisted"})
    # Whoever still looks at what was sent first approves nothing.
    old = editor.post(f"{page_of(video)}/approve", {"submission": "sub_old"}, follow=True)
    assert "What waits here is not what this page showed." in text(old)
    editor.post(f"{page_of(video)}/approve", {"submission": submission(video)})
    video.refresh_from_db()
    assert (video.title, video.visibility, video.approval) == ("Mieux", "unlisted", "")
    assert Client().get(f"/watch/{video.public_id}").status_code == 200
    assert not Submission.objects.exists()


def test_what_is_shown_changes_when_an_editor_has_approved_it(
    where: Channel, hers: Person, editor: Client
) -> None:
    video = film_of(hers, where, "Mon film", visibility="public")
    contributor = signed_in(hers)
    page = text(contributor.get(page_of(video)))
    assert "data-autosave" not in page
    assert "Send for approval" in page
    details = {
        "title": "Mon jardin", "channel": where.public_id, "tags": "été, mer",
        "chapters": "0:00 Un\n1:00 Deux",
        "seen": json.dumps({"title": "Mon film", "tags": "", "chapters": ""}),
    }  # fmt: skip
    contributor.post(page_of(video), details)
    watch = f"/watch/{video.public_id}"
    assert "Mon jardin" not in text(Client().get(watch))
    seen = text(editor.get(page_of(video)))
    assert "<del><bdi>Mon film</bdi></del> <ins><bdi>Mon jardin</bdi></ins>" in seen
    assert "été, mer" in seen
    # Taken back, it stands in the form again.
    contributor.post(f"{page_of(video)}/take-back")
    again = text(contributor.get(page_of(video)))
    assert 'value="Mon jardin"' in again
    assert "Taken back" in again
    contributor.post(page_of(video), details)
    editor.post(f"{page_of(video)}/approve", {"submission": submission(video)})
    assert "Mon jardin" in text(Client().get(watch))
    video.refresh_from_db()
    assert (video.tags, video.chapters[1]) == (["été", "mer"], [60_000, "Deux"])
    nothing = contributor.post(
        page_of(video), {"title": "Mon jardin", "channel": where.public_id}, follow=True
    )
    assert "Nothing differs from what viewers see." in text(nothing)


def test_what_an_editor_changed_meanwhile_is_not_lost(
    where: Channel, hers: Person, editor: Client
) -> None:
    video = film_of(hers, where, "Mon film", visibility="public")
    signed_in(hers).post(page_of(video), {"title": "A", "channel": where.public_id})
    editor.post(page_of(video), {"title": "B", "channel": where.public_id})
    told = editor.post(
        f"{page_of(video)}/approve", {"submission": submission(video)}, follow=True
    )
    assert "Somebody has changed the same" in text(told)
    video.refresh_from_db()
    assert (video.title, video.approval) == ("B", "waiting")


def test_a_film_that_is_shown_moves_by_no_proposal(where: Channel, hers: Person) -> None:
    other = channel("Other", "other")
    other.team.create(person=hers, role="editor", created_at=clock.now())
    video = film_of(hers, where, "Mon film", visibility="public")
    asked = {"title": "Mon film", "channel": other.public_id}
    assert signed_in(hers).post(page_of(video), asked).status_code == 422
    with pytest.raises(NotAllowed):
        approval.send_changes(
            video_id=video.public_id, changes={"channel": other.public_id}, seen=None,
            rights=rights.rights_of(hers), at=clock.now(),
        )  # fmt: skip
    assert not Submission.objects.exists()


@pytest.mark.parametrize("becomes", ["public", "members"])
def test_a_scheduled_film_that_is_approved_late_is_shown_at_once(
    where: Channel, hers: Person, becomes: str
) -> None:
    at = clock.now()
    video = film_of(hers, where)
    mine = rights.rights_of(hers)
    approval.send_to_publish(
        video_id=video.public_id, visibility="scheduled", publish_as=becomes,
        publish_at=at + timedelta(hours=1), rights=mine, at=at,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        approval.approve(
            video_id=video.public_id, submission_id=submission(video), rights=mine, at=at
        )
    approval.approve(
        video_id=video.public_id, submission_id=submission(video),
        rights=rights.OPERATOR, at=at + timedelta(hours=2),
    )  # fmt: skip
    video.refresh_from_db()
    assert (video.visibility, video.publish_at) == (becomes, None)


def test_a_film_is_sent_to_be_scheduled_for_members(
    where: Channel, hers: Person, editor: Client
) -> None:
    video = film_of(hers, where)
    chosen = {"visibility": "scheduled_members", "publish_at": "2099-07-01T20:15"}
    signed_in(hers).post(f"{page_of(video)}/visibility", chosen)
    assert "Scheduled, then for members, 07/01/2099 8:15 p.m." in text(
        editor.get(page_of(video))
    )
    editor.post(f"{page_of(video)}/approve", {"submission": submission(video)})
    video.refresh_from_db()
    assert (video.visibility, video.publish_as) == ("scheduled", "members")


def test_an_editor_who_shows_the_film_has_approved_it(
    where: Channel, hers: Person
) -> None:
    video, at = film_of(hers, where), clock.now()
    approval.send_to_publish(
        video_id=video.public_id, visibility="public", rights=rights.rights_of(hers), at=at
    )
    publication.set_visibility(
        video_id=video.public_id, visibility="draft", actor="cli", at=at
    )
    video.refresh_from_db()
    assert video.approval == "waiting"
    publication.set_visibility(
        video_id=video.public_id, visibility="public", actor="cli", at=at
    )
    video.refresh_from_db()
    assert video.approval == ""
    assert not Submission.objects.exists()
