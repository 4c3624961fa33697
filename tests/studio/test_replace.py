"""Another file for a film: while it comes, when it is shown, when it fails; back again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.catalog import (
    bin as rubbish,
    captions,
    publication,
    queries,
    quotas,
    versions,
)
from lucarne.catalog.errors import UnknownVideo
from lucarne.catalog.models import Caption, Version, Video
from lucarne.core import clock, jobs
from lucarne.core.models import AuditLine
from lucarne.core.storage import get_store
from lucarne.media import keys, posters, queries as media, texts
from lucarne.media.models import Asset
from tests.engine.films import film as source
from tests.media import receiving
from tests.portal.films import film as film_rows
from tests.studio.posters import picture, send

pytestmark = pytest.mark.django_db(transaction=True)
SRT = b"1\n00:00:01,000 --> 00:00:03,000\nHello\n"
JSON = {"Accept": "application/json"}


@pytest.fixture
def video(studio: Client, owner: Person) -> Video:  # noqa: ARG001 - the portal comes first
    """A film of ten seconds that plays."""
    made = film_rows("Le jardin", details={"created_by": owner})
    old = made.asset
    made.asset = receiving.received(source("h264_aac"), name="old.mp4", at=clock.now())
    made.chapters = [[0, "Begin"], [8000, "Late"]]
    made.chapters_from = "person"
    made.save()
    old.delete()
    return made


def page_of(video: Video, more: str = "") -> str:
    return f"/studio/films/{video.public_id}/replace{more}"


def film_page(studio: Client, video: Video) -> str:
    return studio.get(f"/studio/films/{video.public_id}").content.decode()


def post(studio: Client, video: Video, name: str, **more: Any) -> HttpResponse:
    path = source(name)
    file = SimpleUploadedFile(f"new{path.suffix}", path.read_bytes())
    return studio.post(page_of(video), {"film": file, **more}, headers=JSON)


def now(video: Video) -> queries.VideoView:
    found = queries.find(video.public_id)
    assert found is not None
    return found


def verbs() -> list[str]:
    lines = AuditLine.objects.filter(verb__startswith="video.").order_by("id")
    return [line.verb.partition(".")[2] for line in lines]


def epochs(*asset_ids: str) -> list[int]:
    found = dict(Asset.objects.values_list("public_id", "epoch"))
    return [found[one] for one in asset_ids]


def left_in(folder: Path) -> list[Path]:
    return list((folder / "incoming").iterdir())


def test_the_old_file_plays_on_until_the_new_one_can(
    studio: Client, video: Video, runner: jobs.MemoryRunner, owner: Person
) -> None:
    old = now(video).film
    caption = captions.add_caption(
        video_id=video.public_id, data=SRT, source_name="a.srt", language="en",
        kind="captions", actor="x", at=clock.now(),
    )  # fmt: skip
    Caption.objects.create(
        public_id="cap_old", video=video, language="de", kind="subtitles",
        is_from_film=True, file_name="gone", cue_count=9, size_bytes=9,
        created_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    send(studio, video.public_id, picture())
    chosen = now(video).film.poster
    before = Client().get(f"/watch/{video.public_id}").content.decode()

    answer = post(studio, video, "extras_webm")
    assert answer.status_code == 201
    assert answer.json()["location"] == f"/studio/films/{video.public_id}#file"
    new = Version.objects.get().asset.public_id
    assert now(video).film.asset_id == old.asset_id
    page = film_page(studio, video)
    assert "The new file is being prepared" in page
    assert "5 seconds shorter" in page
    assert "new.webm" in studio.get(page_of(video, "/state")).content.decode()
    # A second one waits; its bytes do not stay.
    second = post(studio, video, "h264_short")
    assert (second.status_code, "being prepared" in second.json()["error"]) == (409, True)
    # Both take room, and are one film.
    sizes = sum(Asset.objects.values_list("size_bytes", flat=True))
    usage = quotas.usage_of_person(owner.public_id)
    assert (usage.size_bytes, usage.films) == (sizes, 1)

    runner.drain()
    shown = now(video)
    assert shown.film.asset_id == new
    assert (shown.title, shown.published_at is not None) == ("Le jardin", True)
    assert studio.get(page_of(video, "/state"))["HX-Redirect"]
    # Who watches is not disturbed: what her page names is still there.
    state = media.play_state(old.asset_id)
    assert state is not None
    assert (state.epoch, state.is_playable) == (old.epoch, True)
    assert old.asset_id in before
    for asset_id in (old.asset_id, new):
        view = Caption.objects.get(public_id=caption)
        assert texts.content(asset_id, view.file_name)
    # The new file has German words too: they take the place of those of the old one.
    german = Caption.objects.get(language="de")
    assert german.public_id == "cap_old"
    assert texts.content(new, german.file_name)
    # A chosen poster stays, also where the new film has one of its own.
    assert shown.film.poster == chosen
    assert posters.posters_of(new)[0].is_automatic
    # Chapters are kept, and it is said which are seen no longer.
    assert [one.title for one in shown.chapters] == ["Begin", "Late"]
    assert [one.title for one in shown.shown_chapters] == ["Begin"]
    page = film_page(studio, video)
    assert "1 chapter begins after the end of the film" in page
    assert "5 seconds shorter than its former file" in page
    form = {"title": "New title", "channel": shown.channel.channel_id, "chapters": "0:00 Begin\n0:08 Late"}
    assert studio.post(f"/studio/films/{video.public_id}", form).status_code == 302
    assert len(now(video).chapters) == 2

    studio.post(page_of(video, "/back"), {"file": old.asset_id})
    assert now(video).film.asset_id == old.asset_id
    assert now(video).film.poster == chosen
    assert Version.objects.get().asset.public_id == new
    assert verbs()[-5:] == ["poster", "replacing", "replaced", "edited", "file_restored"]

    # What is closed is closed with every file of it.
    was = epochs(old.asset_id, new)
    publication.set_visibility(
        video_id=video.public_id, visibility="private", actor="x", at=clock.now()
    )
    assert epochs(old.asset_id, new) == [one + 1 for one in was]

    at = clock.now() + versions.KEPT_FOR + timedelta(minutes=1)
    assert versions.forget_old(at=clock.now()) == 0
    assert versions.forget_old(at=at) == 1
    assert not [key for key, _ in get_store().keys("films") if new in key]
    assert now(video).film.is_playable
    gone = studio.post(page_of(video, "/back"), {"file": new}, follow=True)
    assert "not here any more" in gone.content.decode()


@pytest.mark.parametrize("name", ["text", "moov_lost", "playlist", "archive"])
def test_a_file_that_is_no_film_changes_nothing(
    studio: Client,
    video: Video,
    runner: jobs.MemoryRunner,
    folder: Path,
    name: str,
) -> None:
    before = now(video)
    post(studio, video, name)
    assert now(video) == before
    page = film_page(studio, video)
    assert "Nothing has changed for viewers" in page
    assert f"<code>{Version.objects.get().asset.error_code}</code>" in page
    assert "Try again" not in page
    answer = studio.post(page_of(video, "/retry"), follow=True)
    assert "Trying again would change nothing" in answer.content.decode()
    assert verbs()[-1] == "replacing"
    Asset.objects.filter(state="failed").update(error_code="disk_full")
    assert "Try again" in film_page(studio, video)
    studio.post(page_of(video, "/retry"))
    assert (now(video), verbs()[-1]) == (before, "tried_again")
    runner.drain()
    # Another one may come, and takes the place of the one that failed.
    assert post(studio, video, name).status_code == 201
    assert (Version.objects.count(), Asset.objects.count()) == (1, 2)
    studio.post(page_of(video, "/cancel"))
    assert (Version.objects.count(), Asset.objects.count()) == (0, 1)
    assert "Nothing has changed" not in film_page(studio, video)
    assert left_in(folder) == []
    assert verbs()[-1] == "replace_canceled"


@pytest.mark.parametrize("code", ["not_media", "disk_full"])
def test_a_failed_film_becomes_one_that_plays(
    studio: Client, video: Video, code: str
) -> None:
    """What its page advises, where another try would change nothing."""
    playing = video.asset
    video.asset = receiving.received(source("text"), name="no.mp4", at=clock.now())
    video.save()
    playing.delete()
    broken = video.asset.public_id
    Asset.objects.filter(public_id=broken).update(error_code=code)
    page = film_page(studio, video)
    is_offered = f'id="work-replace" href="{page_of(video)}"' in page
    assert is_offered == (code == "not_media")
    assert post(studio, video, "h264_short").status_code == 201
    assert (now(video).film.is_playable, now(video).film.is_failed) == (True, False)
    page = film_page(studio, video)
    assert "work-replace" not in page
    assert "needs another file" not in page
    assert "than its former file" not in page  # which had no length
    # A file that nobody could ever see is kept only if another try may help it.
    kept = [one.asset.public_id for one in Version.objects.all()]
    assert kept == ([broken] if code == "disk_full" else [])
    assert Asset.objects.filter(public_id=broken).count() == len(kept)
    assert get_store().exists(keys.master(broken)) == bool(kept)


def test_it_can_be_canceled_and_the_film_deleted_meanwhile(
    studio: Client, video: Video, runner: jobs.MemoryRunner, folder: Path
) -> None:
    post(studio, video, "vp9_opus")
    first = Version.objects.get().asset.public_id
    studio.post(page_of(video, "/cancel"))
    runner.drain()
    assert not Asset.objects.filter(public_id=first).exists()
    assert now(video).source_name == "old.mp4"

    post(studio, video, "vp9_opus")
    rubbish.put_in(video_id=video.public_id, actor="x", at=clock.now())
    assert post(studio, video, "h264_short").status_code == 404
    with pytest.raises(UnknownVideo):
        versions.cancel(video_id=video.public_id, actor="x", at=clock.now())
    runner.drain()
    rubbish.take_out(video_id=video.public_id, actor="x", at=clock.now())
    assert now(video).source_name == "new.webm"

    post(studio, video, "h264_short")
    rubbish.put_in(video_id=video.public_id, actor="x", at=clock.now())
    rubbish.delete(video_id=video.public_id, actor="x", at=clock.now())
    runner.drain()
    assert not Asset.objects.exists()
    assert list(get_store().keys("films")) == []
    assert list(get_store().keys("masters")) == []
    assert left_in(folder) == []


def test_what_is_refused_at_once(studio: Client, video: Video, folder: Path) -> None:
    same = post(studio, video, "h264_aac")
    assert (same.status_code, "has already" in same.json()["error"]) == (409, True)
    nothing = studio.post(page_of(video), {})
    assert (nothing.status_code, "Choose a film first" in nothing.content.decode()) == (422, True)
    stolen = studio.post(page_of(video), {"upload": "upl_x"}, headers=JSON)
    assert stolen.status_code == 410
    assert left_in(folder) == []
    # One film is all that she may have: another file of it is not one more.
    quotas.set_limits(
        subject=now(video).channel.channel_id, max_bytes=None, max_films=1, actor="x",
        at=clock.now(),
    )  # fmt: skip
    assert post(studio, video, "h264_short").status_code == 201


def test_what_a_process_did_not_tell_is_found(studio: Client, video: Video) -> None:
    post(studio, video, "vp9_opus")
    coming = Version.objects.get().asset
    Asset.objects.filter(pk=coming.pk).update(playable_at=clock.now())
    versions.catch_up(at=clock.now())
    assert now(video).film.asset_id == coming.public_id


def test_visitors_find_no_way_to_it(video: Video) -> None:
    client = Client()
    assert "/sign-in" in client.get(page_of(video))["Location"]
    for more in ("", "/cancel", "/retry", "/back"):
        assert "/sign-in" in client.post(page_of(video, more))["Location"]
    assert client.get(page_of(video, "/state"))["HX-Redirect"]
