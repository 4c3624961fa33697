"""Every door of the studio against every role: what opens, what stays closed.

The letters of a door say for whom it opens. The portal's owner comes through all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from lucarne.accounts.models import Person
from lucarne.accounts.roles import RIGHTS, Action, Reach, Role
from lucarne.catalog import bin as rubbish, captions, invitations, queries, rights
from lucarne.catalog.models import Channel, Submission, Version, Video
from lucarne.core import clock
from lucarne.core.models import AuditLine
from lucarne.core.storage import get_store
from lucarne.media import keys
from lucarne.media.models import Asset, Poster, Unit
from lucarne.membership import lists, operations as members
from lucarne.studio.urls import urlpatterns
from lucarne_engine.pictures.own import KEPT_FILE
from tests.portal.films import channel, film
from tests.studio.posters import picture
from tests.studio.teams import film_of, member, person, signed_in

pytestmark = pytest.mark.django_db

# Who knocks, and at whose film.
KNOCKERS = {
    "P": "the portal's owner",
    "O": "an owner",
    "E": "an editor",
    "c": "a contributor, at a film of hers that nobody else can watch",
    "k": "a contributor, at a film of hers that everybody can watch",
    "w": "a contributor, at a film of hers that waits for approval",
    "C": "a contributor, at somebody else's film",
    "A": "an analyst",
    "S": "somebody of another channel's team",
    "M": "a member of the portal, who is on no team",
    "N": "nobody who signed in",
}
TEAM = "OEckwCA"
SRT = b"1\n00:00:01,000 --> 00:00:03,000\nHello\n"


@dataclass(frozen=True, kw_only=True)
class Door:
    """``opens``: for whom; ``is_logged``: each that comes through is in the log."""

    name: str
    path: str
    opens: str
    data: dict[str, Any] | None = None  # None: a GET
    is_logged: bool = False
    accept: str = ""
    at: dict[str, Any] = field(default_factory=dict)  # facts of the film
    told: int = 200  # how who comes through is answered when there is nothing to do


EDITS, OWN_TOO, ALL = "OEc", "OEckw", TEAM
FILM = "/studio/films/{film}"
BINNED = {"deleted": True}
SHOWN = {"visibility": "public"}  # of what everybody can watch the studio says no more
DOORS = (
    Door(name="the film's page", path=FILM, opens=ALL),
    Door(name="how far it is", path=f"{FILM}/progress", opens=ALL),
    Door(name="autosave", path=FILM, opens=EDITS, data={"title": "New"},
         accept="application/json", is_logged=True),
    Door(name="save", path=FILM, opens=EDITS + "k", data={
        "title": "New", "channel": "{channel}"}, is_logged=True),
    Door(name="a draft", path=f"{FILM}/visibility", opens=EDITS,
         data={"visibility": "draft"}, is_logged=True),
    Door(name="a new secret link", path=f"{FILM}/link", opens="OE", data={},
         at={"visibility": "link", "details": {"link_key": "k" * 24}}, is_logged=True),
    Door(name="chapters", path=f"{FILM}/chapters", opens=EDITS,
         data={"from": "description"}, is_logged=True),
    Door(name="try again", path=f"{FILM}/retry", opens=OWN_TOO, data={},
         is_logged=True),
    Door(name="smaller files", path=f"{FILM}/smaller", opens=OWN_TOO, data={}),
    Door(name="no smaller files", path=f"{FILM}/smaller/stop", opens=OWN_TOO, data={},
         is_logged=True),
    Door(name="asking before the bin", path=f"{FILM}/delete", opens=EDITS),
    Door(name="the bin", path=f"{FILM}/delete", opens=EDITS, data={}, is_logged=True),
    Door(name="out of the bin", path="/studio/bin/{film}/restore", opens=EDITS,
         data={}, at=BINNED, is_logged=True),
    Door(name="asking before it is gone", path="/studio/bin/{film}/delete", opens="O",
         at=BINNED),
    Door(name="gone for good", path="/studio/bin/{film}/delete", opens="O", data={},
         at=BINNED, is_logged=True),
    Door(name="captions", path=f"{FILM}/captions", opens=ALL),
    Door(name="more captions", path=f"{FILM}/captions", opens=EDITS, data={
        "language": "de", "kind": "subtitles", "file": SRT}, is_logged=True),
    Door(name="one caption", path=f"{FILM}/captions/{{caption}}", opens=ALL),
    Door(name="a captions file", path=f"{FILM}/captions/{{caption}}/file", opens=ALL),
    Door(name="its details", path=f"{FILM}/captions/{{caption}}", opens=EDITS, data={
        "language": "fr", "kind": "subtitles"}, is_logged=True),
    Door(name="another file", path=f"{FILM}/captions/{{caption}}/replace", opens=EDITS,
         data={"file": SRT}, is_logged=True),
    Door(name="captions hidden", path=f"{FILM}/captions/{{caption}}/visible",
         opens=EDITS, data={"is_visible": "no"}, is_logged=True),
    Door(name="asking before", path=f"{FILM}/captions/{{caption}}/delete", opens=EDITS),
    Door(name="captions deleted", path=f"{FILM}/captions/{{caption}}/delete",
         opens=EDITS, data={}, is_logged=True),
    Door(name="statistics", path=f"{FILM}/statistics", opens=ALL),
    Door(name="a table of them", path=f"{FILM}/statistics/days.csv", opens=ALL),
    Door(name="stop", path=f"{FILM}/stop", opens=OWN_TOO, data={}),
    Door(name="a place in the line", path=f"{FILM}/urgency", opens=OWN_TOO,
         data={"urgency": "sooner"}, is_logged=True),
    Door(name="the support log", path=f"{FILM}/log", opens=ALL),
    Door(name="posters", path=f"{FILM}/poster", opens=EDITS),
    Door(name="a poster that is asked for", path=f"{FILM}/poster/state", opens=ALL,
         at=SHOWN),
    Door(name="the automatic poster", path=f"{FILM}/poster/choose", opens=EDITS,
         data={"automatic": "1"}, is_logged=True),
    Door(name="a moment", path=f"{FILM}/poster/moment", opens=EDITS, data={},
         told=422),
    Door(name="a picture", path=f"{FILM}/poster/picture", opens=EDITS, data={},
         told=422),
    Door(name="a crop", path=f"{FILM}/poster/{{poster}}/crop", opens=EDITS),
    Door(name="what is cropped", path=f"{FILM}/poster/{{poster}}/picture", opens=EDITS),
    Door(name="another file", path=f"{FILM}/replace", opens=EDITS),
    Door(name="how far that file is", path=f"{FILM}/replace/state", opens=ALL,
         at=SHOWN),
    Door(name="no other file", path=f"{FILM}/replace/cancel", opens=EDITS, data={}),
    Door(name="it again", path=f"{FILM}/replace/retry", opens=OWN_TOO, data={}),
    Door(name="the former file", path=f"{FILM}/replace/back", opens=EDITS, data={}),
    Door(name="the preview", path="/watch/{film}/preview", opens=ALL),
    Door(name="approval", path=f"{FILM}/approve", opens="OE",
         data={"submission": "{submission}"}, is_logged=True),
    Door(name="no approval", path=f"{FILM}/send-back", opens="OE",
         data={"submission": "{submission}", "reason": "Too long"}, is_logged=True),
    Door(name="taking back", path=f"{FILM}/take-back", opens="ckw", data={}),
    Door(name="publishing", path="/studio/publish", opens="OEckwCS"),
    Door(name="an announced film", path="/studio/uploads", opens="OEckwCS",
         data={"name": "a.mp4", "size": "9"}),
    Door(name="a sample", path="/studio/sample", opens="OES", data={}),
    Door(name="the bin's list", path="/studio/bin", opens=ALL + "S"),
    Door(name="what waits", path="/studio/approvals", opens=ALL + "S"),
    Door(name="channels", path="/studio/channels", opens=ALL + "S"),
    Door(name="the team", path="/studio/channels/{channel}", opens="O"),
    Door(name="an invitation", path="/studio/channels/{channel}", opens="O",
         data={"email": "new@example.org", "role": "editor"}, is_logged=True),
    Door(name="the channel's name", path="/studio/channels/{channel}/name", opens="O",
         data={"name": "{film}"}, is_logged=True),
    Door(name="another role", opens="O", data={"role": "editor"}, is_logged=True,
         path="/studio/channels/{channel}/members/{member}/role"),
    Door(name="off the team", opens="O", data={}, is_logged=True,
         path="/studio/channels/{channel}/members/{member}/remove"),
    Door(name="a link for who forgot her password", opens="", data={},
         path="/studio/people/{member}/link"),
    Door(name="no invitation", opens="O", data={}, is_logged=True,
         path="/studio/channels/{channel}/invitations/{invitation}/revoke"),
    Door(name="the log", path="/studio/channels/{channel}/log", opens="O"),
    Door(name="the log's file", path="/studio/channels/{channel}/log.csv", opens="O"),
    Door(name="the portal's log", path="/studio/log", opens=""),
    Door(name="members", path="/studio/members", opens=""),
    Door(name="one more member", path="/studio/members", opens="",
         data={"email": "new-{film}@example.org"}),
    Door(name="members as a file", path="/studio/members.csv", opens=""),
    Door(name="links as a file", path="/studio/members/links.csv", opens="", data={}),
    Door(name="a list", path="/studio/members/import", opens=""),
    Door(name="a list that is sent", path="/studio/members/import", opens="",
         data={"file": b"list@example.org\n"}),
    Door(name="what a list would do", path="/studio/members/import/{list}", opens=""),
    Door(name="a list taken in", path="/studio/members/import/{list}", opens="",
         data={}),
    Door(name="a member's link", path="/studio/members/{reader}/link", opens="", data={}),
    Door(name="asking when", path="/studio/members/{reader}/end", opens=""),
    Door(name="an end", path="/studio/members/{reader}/end", opens="",
         data={"when": "now"}),
    Door(name="no end", path="/studio/members/{reader}/take-up", opens="", data={}),
)  # fmt: skip


def knocker(letter: str, owner: Person, where: Channel) -> Person | None:
    if letter == "N":
        return None
    if letter == "P":
        return owner
    if letter == "S":
        return member(channel("Other", "other"), "owner", "Stranger")
    if letter == "M":
        members.add(email="reader@example.org", actor="test", at=clock.now())
        return person("Reader")
    roles = {"O": "owner", "E": "editor", "A": "analyst"}
    return member(where, roles.get(letter, "contributor"))


def prepared(
    letter: str, door: Door, who: Person | None, where: Channel, other: Person
) -> dict[str, str]:
    """Make what the door is about; return the names in its address."""
    needs = f"{door.path} {door.data}"
    facts = dict(door.at)
    is_binned = facts.pop("deleted", False)
    if letter == "k":
        facts.setdefault("visibility", "public")
    brought_by = who if letter in "ckw" and who else other
    made = film_of(brought_by, where, door.name, description="0:00 A\n0:20 B", **facts)
    names = {"film": made.public_id, "channel": where.public_id}
    if "{submission}" in needs or letter == "w":
        names["submission"] = f"sub_{made.pk}"
        Submission.objects.create(
            public_id=names["submission"], video=made, person=brought_by,
            visibility="public", sent_at=clock.now(),
        )  # fmt: skip
    if letter == "w" or "approval" in door.name:
        made.approval = "waiting"
        made.save()
    if "{poster}" in needs:
        names["poster"] = own_picture(made)
    begin_work(needs, made)
    if is_binned:
        rubbish.put_in(video_id=made.public_id, actor="test", at=clock.now())
    if "/studio/members/" in needs:
        names |= of_members(f"reader{made.pk}@example.org")
    if "{member}" in needs:
        names["member"] = member(where, "analyst", f"Member{made.pk}").public_id
    if "{invitation}" in needs:
        _, invitation = invitations.invite(
            channel_id=where.public_id, email=f"guest{made.pk}@example.org",
            role=Role.EDITOR, actor="test", at=clock.now(),
        )  # fmt: skip
        names["invitation"] = invitation.invitation_id
    return names


def begin_work(needs: str, made: Video) -> None:
    """Ask for a poster or another file, where the door tells how far that is."""
    if "/poster/state" in needs:
        Unit.objects.create(asset=made.asset, kind="frame", name="frm_x", facts={"at_ms": 0})
    if "/replace/state" in needs:
        coming = Asset.objects.create(
            public_id=f"ast_{made.pk}", size_bytes=1, received_at=clock.now()
        )
        Version.objects.create(video=made, asset=coming, asked_at=clock.now())


def of_members(email: str) -> dict[str, str]:
    """Make somebody a member, and a list of members that waits for a yes."""
    reader = members.add(email=email, actor="test", at=clock.now())
    list_id = lists.keep(f"other-{email}".encode(), at=clock.now())
    return {"reader": reader.member_id, "list": list_id}


def own_picture(video: Video) -> str:
    """Give a film a picture that somebody sent."""
    name, whole = "o1", [0, 0, 160, 90]
    Poster.objects.create(
        asset=video.asset, name=name, origin="own", size=whole[2:], crop=whole,
        made_at=clock.now(),
    )  # fmt: skip
    folder = keys.poster(video.asset.public_id, "", name)
    get_store().put_bytes(picture((160, 90), "JPEG"), f"{folder}/{KEPT_FILE}")
    return name


def captioned(made: dict[str, str]) -> dict[str, str]:
    """Give a film captions: they are read in a process of their own, so once."""
    caption = captions.add_caption(
        video_id=made["film"], data=SRT, source_name="a.srt", language="fr",
        kind="subtitles", actor="test", at=clock.now(),
    )  # fmt: skip
    return {**made, "caption": caption}


def knock(client: Client, door: Door, names: dict[str, str]) -> HttpResponse:
    headers = {"accept": door.accept} if door.accept else {}
    path = door.path.format(**names)
    if door.data is None:
        return client.get(path, headers=headers)
    data = {
        key: SimpleUploadedFile("a.srt", value)
        if isinstance(value, bytes)
        else value.format(**names)
        for key, value in door.data.items()
    }
    return client.post(path, data, headers=headers)


def came_through(door: Door, answer: HttpResponse) -> bool:
    if door.told >= 400:
        return answer.status_code == door.told
    is_sent_away = "/sign-in" in answer.get("Location", "") or "HX-Redirect" in answer
    return answer.status_code < 400 and not is_sent_away


@pytest.mark.parametrize("letter", KNOCKERS)
def test_every_door_against(letter: str, owner: Person, studio: Client) -> None:  # noqa: ARG001
    where, other = channel(), person("Other")
    who = knocker(letter, owner, where)
    client = signed_in(who) if who else Client()
    wrong: list[str] = []
    with_captions: dict[str, str] = {}
    for door in DOORS:
        names = with_captions
        if "{caption}" not in door.path:
            names = prepared(letter, door, who, where, other)
        elif not names:
            names = with_captions = captioned(prepared(letter, door, who, where, other))
        before = AuditLine.objects.count()
        answer = knock(client, door, names)
        lines = list(AuditLine.objects.order_by("pk")[before:])
        expected = letter in door.opens or (letter == "P" and door.name != "taking back")
        if came_through(door, answer) != expected:
            wrong.append(f"{door.name}: {answer.status_code}")
        if not expected and lines:
            wrong.append(f"{door.name}: closed, and yet {lines}")
        if expected and door.is_logged:
            assert who is not None
            found = {(one.actor, one.scope) for one in lines}
            if (who.public_id, where.public_id) not in found:
                wrong.append(f"{door.name}: not in the log of the channel, but {found}")
    assert wrong == []


# Doors that ask for no film or channel of anybody's but one's own, or have tests below.
ELSEWHERE = {
    "welcome", "invitation", "films", "films_csv", "change", "changes", "changed", "undo",
    "upload_state", "upload_draft", "upload_forget", "upload_fetch", "upload_again",
    "log_of_everything_csv",
}  # fmt: skip


def test_no_door_is_forgotten() -> None:
    names = defaultdict(lambda: "x")
    knocked_at = {
        resolve(door.path.format_map(names)).url_name
        for door in DOORS
        if door.path.startswith("/studio/")
    }
    assert {one.name for one in urlpatterns} - ELSEWHERE == knocked_at


def test_whoever_may_publish_nowhere_begins_no_upload(owner: Person) -> None:  # noqa: ARG001
    client = signed_in(member(channel(), "analyst"))
    for path in ("/studio/uploads", "/studio/uploads/upl_x/draft"):
        answer = client.post(path, {"name": "a.mp4", "size": "9"})
        assert (answer.status_code, "role" in answer.json()["error"]) == (403, True)
    for path in ("/studio/uploads/fetch", "/studio/uploads/upl_x/again"):
        assert client.post(path, {"address": "https://example.org/a"}).status_code == 403
    film("A film")
    assert client.get("/studio/log.csv").status_code == 403
    sent = {"scope": "all", "view": "", "language": "fr", "digest": "x"}
    assert client.post("/studio/change", sent).status_code == 422
    assert not Video.objects.filter(language="fr").exists()


def test_a_films_page_offers_nothing_that_would_be_refused(owner: Person) -> None:  # noqa: ARG001
    where = channel()
    made = film("A film")
    other = Asset.objects.create(
        public_id="ast_other", size_bytes=1, received_at=clock.now()
    )
    Version.objects.create(video=made, asset=other, asked_at=clock.now())
    page = f"/studio/films/{made.public_id}"
    for role, is_offered in (("editor", True), ("contributor", False), ("analyst", False)):
        client = signed_in(member(where, role))
        for replaced_at in (None, clock.now()):  # it comes; it was
            Version.objects.update(replaced_at=replaced_at)
            main = client.get(page).content.decode().partition("<main")[2]
            assert "The file" in main
            assert ('<form method="post"' in main) == is_offered, (role, replaced_at)
            assert ("Replace the file" in main) == (is_offered and replaced_at is not None)


def test_the_table_is_what_the_question_answers(owner: Person) -> None:  # noqa: ARG001
    where, elsewhere = channel(), channel("Other", "other")
    for role in Role:
        who = member(where, role)
        for action in Action:
            expected = RIGHTS[action][role] is not Reach.NONE
            assert rights.may(who, action, where.public_id) == expected
            assert not rights.may(who, action, elsewhere.public_id)
    assert not rights.may(person("Nobody"), Action.SEE, where.public_id)


def test_one_sees_the_films_of_ones_channels_alone(owner: Person) -> None:  # noqa: ARG001
    where = channel()
    film("Ours", visibility="draft", where=where)
    film("Theirs", where=channel("Other", "other"))
    film("Hidden", visibility="private", where=channel("Other", "other"))
    client = signed_in(member(where, "analyst"))
    for path in ("/studio/", "/studio/films.csv", "/studio/?q=s", "/studio/?sort=title"):
        answer = client.get(path)
        text = b"".join(answer) if answer.streaming else answer.content
        assert b"Ours" in text or "q=s" in path
        assert b"Theirs" not in text, path
        assert b"Hidden" not in text, path
    assert b"Other" not in client.get("/studio/").content
    elsewhere = queries.channels()[-1].channel_id
    assert client.get(f"/studio/?channel={elsewhere}").status_code == 422


def test_whoever_is_taken_off_the_team_is_out_at_once(owner: Person) -> None:
    where = channel()
    video = film("Secret", visibility="private", where=where)
    editor = member(where, "editor")
    client = signed_in(editor)
    page, watch = f"/studio/films/{video.public_id}", f"/watch/{video.public_id}"
    assert client.get(page).status_code == client.get(watch).status_code == 200
    signed_in(owner).post(
        f"/studio/channels/{where.public_id}/members/{editor.public_id}/remove"
    )
    assert client.get(page).status_code == 403
    assert client.get(f"{watch}/state").status_code == 404
    gone = client.get(watch)
    assert gone.status_code == 403
    assert "you are not on it" in gone.content.decode()
    assert client.post(page, {"title": "Mine"}).status_code == 403
    assert b"Secret" not in client.get("/studio/").content


def test_a_contributor_shows_nothing_by_any_form(owner: Person) -> None:  # noqa: ARG001
    where = channel()
    who = member(where, "contributor")
    client = signed_in(who)
    video = film_of(who, where)
    page = client.get("/studio/publish").content.decode()
    assert 'value="draft"' in page
    assert 'value="public"' not in page
    for visibility in ("public", "private"):
        answer = client.post(
            "/studio/publish",
            {
                "film": SimpleUploadedFile("a.mp4", b"x" * 99), "title": "A",
                "channel": where.public_id, "visibility": visibility,
            },
        )  # fmt: skip
        assert answer.status_code == 422, visibility
    # Not by many at once, nor by moving it to where an editor would have to be asked.
    other = channel("Other", "other")
    other.team.create(person=who, role="analyst", created_at=clock.now())
    for asked in ({"visibility": "public"}, {"visibility": "unlisted"}):
        said = client.get(
            "/studio/change",
            {"preview": "1", "scope": "all", "view": "", **asked},
        ).content.decode()
        assert "1 film is left out: your role does not allow to change it so." in said
        assert 'name="digest"' not in said
    moved = client.post(
        f"/studio/films/{video.public_id}",
        {"title": "Own", "channel": other.public_id},
    )
    assert moved.status_code == 422
    video.refresh_from_db()
    assert (video.visibility, video.channel_id) == ("private", where.pk)


def test_a_change_of_many_leaves_out_what_one_may_not_change(owner: Person) -> None:
    where = channel()
    who = member(where, "contributor")
    client = signed_in(who)
    mine = film_of(who, where, "Mine")
    film_of(owner, where, "Hers")
    film_of(who, where, "Shown", visibility="public")
    film("Theirs", where=channel("Other", "other"))
    asked = {"scope": "all", "view": "", "language": "fr"}
    said = client.get("/studio/change", {"preview": "1", **asked}).content.decode()
    assert "1 film changes." in said
    assert "2 films are left out: your role does not allow to change them so." in said
    digest = said.partition('name="digest" value="')[2].partition('"')[0]
    done = client.post("/studio/change", {**asked, "digest": digest})
    assert dict(Video.objects.values_list("title", "language")) == {
        "Mine": "fr", "Hers": "", "Shown": "", "Theirs": ""
    }  # fmt: skip
    # An editor changes all of them; the contributor gives back only her own.
    editor = signed_in(member(where, "editor"))
    asked = {"scope": "all", "view": "", "license": "cc-by"}
    said = editor.get("/studio/change", {"preview": "1", **asked}).content.decode()
    digest = said.partition('name="digest" value="')[2].partition('"')[0]
    where_to = editor.post("/studio/change", {**asked, "digest": digest})["Location"]
    seen = client.post(f"{where_to}/undo", follow=True).content.decode()
    assert "1 film is as it was before." in seen
    assert "2 films stay as they are: your role does not allow" in seen
    mine.refresh_from_db()
    assert (mine.license, mine.language) == ("", "fr")
    stranger = signed_in(member(channel("Other", "other"), "owner", "Stranger"))
    for address in (done["Location"], where_to):
        assert stranger.get(address).status_code == 404
        assert stranger.post(f"{address}/undo").status_code == 404
    assert "films" not in stranger.get("/studio/changes").content.decode().partition(
        "<h1>"
    )[2].partition("<ul")[2]


def test_an_undo_shows_nothing_that_needs_approval(owner: Person) -> None:
    where = channel()
    who = member(where, "contributor")
    video = film_of(who, where, "Mine", visibility="public")
    editor = signed_in(owner)
    asked = {"scope": "all", "view": "", "visibility": "private"}
    said = editor.get("/studio/change", {"preview": "1", **asked}).content.decode()
    digest = said.partition('name="digest" value="')[2].partition('"')[0]
    address = editor.post("/studio/change", {**asked, "digest": digest})["Location"]
    seen = signed_in(who).post(f"{address}/undo", follow=True).content.decode()
    assert "1 film stays as it is" in seen
    video.refresh_from_db()
    assert video.visibility == "private"


def test_whoever_is_on_no_team_has_no_door_in_the_studio(owner: Person) -> None:  # noqa: ARG001
    members.add(email="reader@example.org", actor="test", at=clock.now())
    client = signed_in(person("Reader"))
    assert client.get("/studio/")["Location"] == "/"
    for path in (
        "films.csv", "change", "changes", "changes/blk_x", "log.csv", "uploads/upl_x",
    ):  # fmt: skip
        assert client.get(f"/studio/{path}").status_code in {403, 410}, path
    for path in ("changes/blk_x/undo", "uploads/fetch", "uploads/upl_x/again"):
        assert client.post(f"/studio/{path}", {}).status_code == 403, path
