"""Changing many films at once: the preview is what is done, and undoing is exact."""

from __future__ import annotations

import datetime as dt

import pytest

from lucarne.catalog import bulk, bulk_history, operations
from lucarne.catalog.bulk import Changes, Selection
from lucarne.catalog.errors import (
    FilmsChanged,
    NothingChosen,
    NothingToChange,
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
    seen = bulk.preview(selection=selection, changes=changes)
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
        video.visibility,
        video.channel_id,
        video.published_at,
        video.first_published_at,
    )


def test_a_preview_says_what_changes_and_changes_nothing() -> None:
    open_one, hidden, done = (
        film("A"),
        film("B", visibility="draft"),
        film("C", visibility="private"),
    )
    seen = bulk.preview(selection=chosen(open_one, hidden, done), changes=PRIVATE)
    assert (seen.films, seen.changing, seen.opening, seen.closing) == (3, 2, 0, 1)
    assert {(one.title, one.before["visibility"], one.after["visibility"]) for one in seen.shown} == {
        ("A", "public", "private"), ("B", "draft", "private")
    }  # fmt: skip
    opened = bulk.preview(
        selection=chosen(hidden, done), changes=Changes(visibility="public")
    )
    assert (opened.opening, opened.closing) == (2, 0)
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
    line = AuditLine.objects.get(subject=films[0].public_id, verb="video.edited")
    assert line.actor == "per_anne"
    assert line.detail["after"] == {"visibility": "private", "channel": other.public_id}
    assert line.detail["before"]["visibility"] == "public"
    assert AuditLine.objects.get(subject=edit_id).detail["films"] == 3
    assert undone(edit_id) == (3, 0, 0)
    assert [facts(one) for one in films] == before
    assert AuditLine.objects.filter(subject=films[0].public_id).count() == 2
    assert bulk_history.edit_view(edit_id).is_undone
    assert undone(edit_id) == (0, 0, 0)


def test_a_film_that_was_changed_since_keeps_what_it_has() -> None:
    kept, gone, same = film("Kept"), film("Gone"), film("Same")
    edit_id = changed(chosen(kept, gone, same), PRIVATE)
    operations.set_visibility(
        video_id=kept.public_id, visibility="draft", actor="", at=clock.now()
    )
    operations.delete_video(video_id=gone.public_id, actor="", at=clock.now())
    states = {
        one.change.video_id: one.state for one in bulk_history.edit_lines(edit_id)
    }
    assert states == {
        kept.public_id: "changed_since", gone.public_id: "gone", same.public_id: "changed"
    }  # fmt: skip
    assert undone(edit_id) == (1, 1, 1)
    assert (facts(kept)[0], facts(same)[0]) == ("draft", "public")
    # What is given back later can be undone later.
    operations.set_visibility(
        video_id=kept.public_id, visibility="private", actor="", at=clock.now()
    )
    assert undone(edit_id) == (1, 0, 1)
    assert facts(kept)[0] == "public"


def test_another_detail_may_change_meanwhile() -> None:
    video = film("A title")
    edit_id = changed(chosen(video), PRIVATE)
    operations.edit_video(
        video_id=video.public_id, title="A better title", description="", actor="",
        channel_id=video.channel.public_id, visibility="private", at=clock.now(),
    )  # fmt: skip
    assert undone(edit_id) == (1, 0, 0)
    assert facts(video)[0] == "public"
    assert video.title == "A better title"


def test_what_was_seen_is_what_is_done() -> None:
    selection = Selection(wanted=FilmFilter(visibility="public"))
    film("A")
    seen = bulk.preview(selection=selection, changes=PRIVATE)
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
        bulk.preview(selection=Selection(video_ids=("vid_none",)), changes=PRIVATE)
    with pytest.raises(NothingToChange):
        bulk.preview(selection=chosen(video), changes=Changes())
    with pytest.raises(UnknownChannel):
        bulk.preview(selection=chosen(video), changes=Changes(channel="chn_none"))
    with pytest.raises(NothingToChange):
        changed(chosen(video), Changes(visibility="public"))
    with pytest.raises(UnknownEdit):
        undone("blk_none")


def test_changes_are_kept_for_thirty_days() -> None:
    edit_id = changed(chosen(film("A")), PRIVATE)
    bulk.forget(at=clock.now() + dt.timedelta(days=29))
    assert [one.edit_id for one in bulk_history.recent_edits()] == [edit_id]
    bulk.forget(at=clock.now() + dt.timedelta(days=31))
    assert bulk_history.recent_edits() == ()
