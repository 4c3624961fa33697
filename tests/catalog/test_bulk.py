"""Changing many films at once: the preview is what is done, and undoing is exact."""

from __future__ import annotations

import datetime as dt

import pytest

from lucarne.catalog import (
    bin as rubbish,
    bulk,
    bulk_history,
    bulk_preview,
    details,
    publication,
)
from lucarne.catalog.bulk_preview import Changes, Selection
from lucarne.catalog.errors import (
    BadLanguage,
    BadSchedule,
    FilmsChanged,
    NothingChosen,
    NothingToChange,
    TooManyTags,
    UnknownChannel,
    UnknownEdit,
)
from lucarne.catalog.film_list import FilmFilter
from lucarne.catalog.models import BulkEdit, Video
from lucarne.core import clock
from lucarne.core.models import AuditLine
from tests.portal.films import channel, film

pytestmark = pytest.mark.django_db
PRIVATE = Changes(visibility="private")


def chosen(*videos: Video) -> Selection:
    return Selection(video_ids=tuple(video.public_id for video in videos))


def changed(selection: Selection, changes: Changes, actor: str = "per_anne") -> str:
    seen = bulk_preview.preview(selection=selection, changes=changes, at=clock.now())
    return bulk.change(
        selection=selection, changes=changes, digest=seen.digest, actor=actor,
        at=clock.now(),
    )  # fmt: skip


def undone(edit_id: str) -> tuple[int, int, int]:
    found = bulk.undo(edit_id=edit_id, actor="per_anne", at=clock.now())
    return found.restored, found.changed_since, found.gone


def facts(video: Video) -> tuple[object, ...]:
    """Return all of a film that a change could touch."""
    video.refresh_from_db()
    return (
        video.visibility, video.channel_id, video.published_at, video.first_published_at,
        video.publish_at, video.link_key, video.tags, video.language, video.category,
        video.license, video.publish_as,
        sorted(video.tag_keys.values_list("key", flat=True)),
    )  # fmt: skip


def test_a_preview_says_what_changes_and_changes_nothing() -> None:
    open_one, hidden, done = (
        film("A"),
        film("B", visibility="draft"),
        film("C", visibility="private"),
    )
    seen = bulk_preview.preview(
        selection=chosen(open_one, hidden, done), changes=PRIVATE, at=clock.now()
    )
    assert (seen.films, seen.changing, seen.opening, seen.closing) == (3, 2, 0, 1)
    assert {(one.title, one.before["visibility"]["is"], one.after["visibility"]["is"]) for one in seen.shown} == {
        ("A", "public", "private"), ("B", "draft", "private")
    }  # fmt: skip
    opened = bulk_preview.preview(
        selection=chosen(hidden, done),
        changes=Changes(visibility="public"),
        at=clock.now(),
    )
    assert (opened.opening, opened.closing) == (2, 0)
    # Members, and whoever has a secret address, cannot watch on either.
    for visibility, closing in (("private", 2), ("members", 1), ("public", 0)):
        seen = bulk_preview.preview(
            selection=chosen(
                film("D", visibility="link", details={"link_key": visibility[-1] * 24}),
                film("E", visibility="members"),
            ),
            changes=Changes(visibility=visibility),
            at=clock.now(),
        )
        assert seen.closing == closing, visibility
    assert [facts(one)[0] for one in (open_one, hidden, done)] == [
        "public",
        "draft",
        "private",
    ]
    assert not AuditLine.objects.exists()


def test_a_change_and_its_undoing_are_exact_and_audited() -> None:
    other = channel("Jazz", "jazz")
    films = [
        film("A"),
        film("B", visibility="draft", where=other),
        film("C", visibility="private"),
    ]
    before = [facts(one) for one in films]
    epoch = films[0].asset.epoch
    edit_id = changed(
        chosen(*films), Changes(visibility="private", channel=other.public_id)
    )
    assert {facts(one)[:2] for one in films} == {("private", other.pk)}
    films[0].asset.refresh_from_db()
    assert films[0].asset.epoch > epoch, "addresses of its media are closed"
    of_film = AuditLine.objects.filter(subject=films[0].public_id)
    line = of_film.get(scope=films[0].channel.public_id, verb="video.edited")
    # A film that moves is in the log of both channels.
    assert of_film.get(scope=other.public_id).detail == line.detail
    assert line.actor == "per_anne"
    assert line.detail["after"] == {"visibility": "private", "channel": other.public_id}
    assert line.detail["before"]["visibility"] == "public"
    assert AuditLine.objects.get(subject=edit_id).detail["films"] == 3
    assert undone(edit_id) == (3, 0, 0)
    assert [facts(one) for one in films] == before
    assert of_film.count() == 4
    assert bulk_history.edit_view(edit_id).is_undone
    assert undone(edit_id) == (0, 0, 0)


def test_a_film_that_was_changed_since_keeps_what_it_has() -> None:
    kept, gone, same = film("Kept"), film("Gone"), film("Same")
    edit_id = changed(chosen(kept, gone, same), PRIVATE)
    publication.set_visibility(
        video_id=kept.public_id, visibility="draft", actor="", at=clock.now()
    )
    rubbish.put_in(video_id=gone.public_id, actor="", at=clock.now())
    states = {
        one.change.video_id: one.state for one in bulk_history.edit_lines(edit_id)
    }
    assert states == {
        kept.public_id: "changed_since", gone.public_id: "gone", same.public_id: "changed"
    }  # fmt: skip
    assert undone(edit_id) == (1, 1, 1)
    assert (facts(kept)[0], facts(same)[0]) == ("draft", "public")
    # What is given back later can be undone later.
    publication.set_visibility(
        video_id=kept.public_id, visibility="private", actor="", at=clock.now()
    )
    assert undone(edit_id) == (1, 0, 1)
    assert facts(kept)[0] == "public"


def test_another_detail_may_change_meanwhile() -> None:
    video = film("A title")
    edit_id = changed(chosen(video), PRIVATE)
    details.edit(
        video_id=video.public_id, changes={"title": "A better title"}, actor="",
        at=clock.now(),
    )  # fmt: skip
    assert undone(edit_id) == (1, 0, 0)
    assert facts(video)[0] == "public"
    assert video.title == "A better title"


EVERYTHING = Changes(
    visibility="scheduled", publish_at=clock.now() + dt.timedelta(days=2),
    add_tags=("Été", "forêt"), remove_tags=("HIVER",), language="français",
    category="nature", license="cc-by",
)  # fmt: skip


def test_every_detail_comes_back() -> None:
    films = [film("A"), film("B", visibility="draft"), film("C", visibility="private")]
    details.edit(
        video_id=films[0].public_id, changes={"tags": ("Hiver", "Forêt", "nuit")},
        actor="", at=clock.now(),
    )  # fmt: skip
    publication.set_visibility(
        video_id=films[2].public_id, visibility="link", actor="", at=clock.now()
    )
    before = [facts(one) for one in films]
    edit_id = changed(chosen(*films), EVERYTHING)
    assert [one.tags for one in films if facts(one)] == [
        ["Forêt", "nuit", "Été"], ["Été", "forêt"], ["Été", "forêt"]
    ]  # fmt: skip
    assert facts(films[0])[-1] == ["forêt", "nuit", "été"]
    for one in films:
        assert facts(one)[0] == "scheduled"
        assert (one.publish_at, one.link_key) == (EVERYTHING.publish_at, "")
        assert (one.language, one.category, one.license) == ("fr", "nature", "cc-by")
    assert "link_key" not in str(AuditLine.objects.filter(verb="video.edited").values())
    assert undone(edit_id) == (3, 0, 0)
    assert [facts(one) for one in films] == before


def test_who_watches_goes_on_while_a_film_stays_open() -> None:
    video = film("A")
    epoch = video.asset.epoch
    edit_id = changed(chosen(video), Changes(visibility="unlisted", language="fr"))
    assert facts(video)[0] == "unlisted"
    assert undone(edit_id) == (1, 0, 0)
    video.asset.refresh_from_db()
    assert video.asset.epoch == epoch


def test_a_film_never_published_is_so_again() -> None:
    video = film("A", visibility="draft")
    edit_id = changed(chosen(video), Changes(visibility="public"))
    assert facts(video)[2] is not None
    assert undone(edit_id) == (1, 0, 0)
    assert facts(video)[:4] == ("draft", video.channel_id, None, None)


def test_every_film_has_a_secret_address_of_its_own() -> None:
    films = [film("A"), film("B")]
    edit_id = changed(chosen(*films), Changes(visibility="link"))
    keys = {facts(one)[5] for one in films}
    assert len(keys) == 2
    assert "" not in keys
    # Who renews one has changed the film since.
    publication.renew_link(video_id=films[0].public_id, actor="", at=clock.now())
    assert undone(edit_id) == (1, 1, 0)


def test_a_film_that_was_scheduled_and_published_meanwhile_stays_public() -> None:
    video = film("A", visibility="draft")
    edit_id = changed(chosen(video), EVERYTHING)
    publication.publish_due(at=clock.now() + dt.timedelta(days=3))
    assert undone(edit_id) == (0, 1, 0)
    assert facts(video)[0] == "public"


def test_what_was_seen_is_what_is_done() -> None:
    selection = Selection(wanted=FilmFilter(visibility="public"))
    film("A")
    seen = bulk_preview.preview(selection=selection, changes=PRIVATE, at=clock.now())
    film("B")
    with pytest.raises(FilmsChanged):
        bulk.change(
            selection=selection, changes=PRIVATE, digest=seen.digest, actor="",
            at=clock.now(),
        )  # fmt: skip
    assert set(Video.objects.values_list("visibility", flat=True)) == {"public"}
    assert not BulkEdit.objects.exists()


def test_all_that_match_are_changed_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_BATCH", 3)
    for n in range(8):
        film(f"Film {n}", visibility="draft")
    film("Another", visibility="private")
    edit_id = changed(
        Selection(wanted=FilmFilter(text="film")), Changes(visibility="public")
    )
    assert (
        Video.objects.filter(visibility="public", published_at__isnull=False).count()
        == 8
    )
    assert bulk_history.edit_view(edit_id).films == 8
    assert undone(edit_id) == (8, 0, 0)
    assert Video.objects.filter(visibility="draft", published_at=None).count() == 8


def test_bad_choices_say_what_to_do() -> None:
    video = film("A")
    with pytest.raises(NothingChosen):
        bulk_preview.preview(
            selection=Selection(video_ids=("vid_none",)),
            changes=PRIVATE,
            at=clock.now(),
        )
    with pytest.raises(NothingToChange):
        bulk_preview.preview(selection=chosen(video), changes=Changes(), at=clock.now())
    with pytest.raises(UnknownChannel):
        bulk_preview.preview(
            selection=chosen(video), changes=Changes(channel="chn_none"), at=clock.now()
        )
    with pytest.raises(NothingToChange):
        changed(chosen(video), Changes(visibility="public"))
    for publish_at in (None, clock.now() - dt.timedelta(minutes=1)):
        with pytest.raises(BadSchedule):
            changed(
                chosen(video), Changes(visibility="scheduled", publish_at=publish_at)
            )
    with pytest.raises(BadLanguage):
        changed(chosen(video), Changes(language="no language"))
    many = tuple(f"tag {n}" for n in range(20))
    changed(chosen(video), Changes(add_tags=many))
    with pytest.raises(TooManyTags, match="A"):
        changed(chosen(video), Changes(add_tags=tuple(f"more {n}" for n in range(11))))
    with pytest.raises(UnknownEdit):
        undone("blk_none")


def test_changes_are_kept_for_thirty_days() -> None:
    edit_id = changed(chosen(film("A")), PRIVATE)
    bulk.forget(at=clock.now() + dt.timedelta(days=29))
    assert [one.edit_id for one in bulk_history.recent_edits()] == [edit_id]
    bulk.forget(at=clock.now() + dt.timedelta(days=31))
    assert bulk_history.recent_edits() == ()


def test_films_are_scheduled_for_members_and_back() -> None:
    soon = clock.now() + dt.timedelta(days=1)
    films = [
        film("A"),
        film("B", visibility="scheduled", details={"publish_at": soon}),
        film("C", visibility="members"),
    ]
    publication.publish_playable(at=clock.now())
    before = [facts(one) for one in films]
    asked = Changes(visibility="scheduled", publish_at=soon, publish_as="members")
    edit_id = changed(chosen(*films), asked)
    for one in films:
        one.refresh_from_db()
        assert (one.visibility, one.publish_as) == ("scheduled", "members")
    # Only what differs counts: a film that is so already is not changed again.
    seen = bulk_preview.preview(
        selection=chosen(*films), changes=asked, at=clock.now()
    )
    assert (seen.changing, seen.same) == (0, 3)
    line = bulk_history.edit_lines(edit_id)[1]
    assert line.change.after["visibility"]["publish_as"] == "members"
    assert "publish_as" not in line.change.before["visibility"]
    assert undone(edit_id) == (3, 0, 0)
    assert [facts(one) for one in films] == before
    # What has become one for members since is not what the change made of it.
    edit_id = changed(chosen(films[0]), asked)
    assert publication.publish_due(at=soon) == 2
    assert undone(edit_id) == (0, 1, 0)
