"""The list of films, one film's page, and what can be done there."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lucarne.catalog import publication, queries
from lucarne.core import clock, jobs
from lucarne.media import preparing
from lucarne.media.models import Asset, Unit
from lucarne_engine.encode.sample import make_sample
from lucarne_engine.plan import Policy, make_plan, to_json
from tests.catalog import everything
from tests.engine.plan.reports import audio, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(studio: Client) -> queries.VideoView:
    """Give a film that could not be read: it failed, and says why."""
    channel = queries.channels()[0].channel_id
    studio.post(
        "/studio/publish",
        {
            "film": SimpleUploadedFile("letter.mp4", b"Dear Sir or Madam, " * 100),
            "title": "A letter", "channel": channel, "visibility": "public",
        },
    )  # fmt: skip
    return everything.films()[0]


def page_of(video: queries.VideoView) -> str:
    return f"/studio/films/{video.video_id}"


def test_an_empty_studio_offers_two_ways_to_begin(studio: Client) -> None:
    page = studio.get("/studio/").content.decode()
    assert 'href="/studio/publish"' in page
    assert 'action="/studio/sample"' in page


@pytest.mark.usefixtures("video")
def test_the_list_names_state_and_visibility(studio: Client) -> None:
    page = studio.get("/studio/").content.decode()
    assert "A letter" in page
    assert "Failed" in page
    assert "Public" in page


def test_a_failed_film_says_why_and_what_to_do(
    studio: Client, video: queries.VideoView
) -> None:
    page = studio.get(page_of(video)).content.decode()
    assert "“letter.mp4” is not a film or a sound that can be read." in page
    assert "not_media" in page
    # What the file is stays as it is: another one is asked for, and no other try.
    assert f'action="{page_of(video)}/retry"' not in page
    assert "this film needs another file" in page
    assert f'id="work-replace" href="{page_of(video)}/replace"' in page
    # Nothing is going on any more: nobody listens, or asks again and again.
    assert "data-follow" not in page
    assert "hx-trigger" not in page


def test_work_in_progress_is_asked_for_again(
    studio: Client, video: queries.VideoView
) -> None:
    Asset.objects.update(state="encoding", error_code="", failed_at=None)
    page = studio.get(page_of(video)).content.decode()
    assert f'hx-get="{page_of(video)}/progress"' in page
    assert 'data-follow="/follow/' in page
    assert 'aria-live="polite"' in page
    fragment = studio.get(page_of(video) + "/progress").content.decode()
    assert "<html" not in fragment
    assert 'data-follow="/follow/' in fragment
    assert 'data-state="working"' in fragment


def test_a_watchable_film_has_a_link_to_its_page(
    studio: Client, video: queries.VideoView
) -> None:
    Asset.objects.update(state="encoding", error_code="", playable_at=clock.now())
    fragment = studio.get(page_of(video) + "/progress").content.decode()
    assert f'href="/watch/{video.video_id}"' in fragment
    assert "Watchable now." in fragment


def test_the_page_says_how_loud_each_sound_is(
    studio: Client, video: queries.VideoView
) -> None:
    sounds = (audio(title="VF", channels=6, layout="5.1", codec="flac"),)
    plan = make_plan(report(audio=sounds), Policy())
    asset = Asset.objects.get()
    Asset.objects.update(state="encoding", error_code="", plan=to_json(plan))
    for name, gain in (("sound-0", -2.5), ("sound-0-51", 0.0)):
        facts = {"lufs": -13.5, "peak_dbtp": -0.3, "gain_db": gain}
        Unit.objects.create(
            asset=asset, kind="audio", name=f"audio-{name}", rungs=[name], facts=facts
        )
    page = studio.get(page_of(video) + "/progress").content.decode()
    found = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<dd.*?</dd>", page)]
    measured = "−13.5 LUFS, peaks of −0.3 dBTP in the file"
    assert f"VF, French, stereo: {measured}; made quieter by 2.5 dB" in found
    assert f"VF, French, 5.1: {measured}; left as it is" in found


def test_what_another_try_cannot_change_is_not_tried_again(
    studio: Client, video: queries.VideoView
) -> None:
    answer = studio.post(page_of(video) + "/retry", follow=True)
    assert answer.content.decode().count("Trying again would change nothing") == 2
    assert Asset.objects.get().state == "failed"


def test_retrying_takes_a_failed_film_up_again(
    studio: Client, video: queries.VideoView
) -> None:
    Asset.objects.update(error_code="disk_full")
    page = studio.get(page_of(video)).content.decode()
    assert f'action="{page_of(video)}/retry"' in page
    assert "needs another file" not in page
    assert studio.get(page_of(video) + "/retry").status_code == 405
    assert studio.post(page_of(video) + "/retry").status_code == 302
    assert Asset.objects.get().state == "received"
    assert Asset.objects.get().error_code == ""


def test_deleting_asks_first_and_puts_the_film_in_the_bin(
    studio: Client, video: queries.VideoView, folder: Path
) -> None:
    master = folder / "store" / "masters" / video.film.asset_id
    question = studio.get(page_of(video) + "/delete")
    assert "A letter" in question.content.decode()
    assert queries.find(video.video_id)
    answer = studio.post(page_of(video) + "/delete")
    assert answer["Location"] == "/studio/"
    assert queries.find(video.video_id) is None
    assert master.exists()
    assert studio.get(page_of(video)).status_code == 404
    # A page that still watches it is led there too.
    watching = studio.get(page_of(video) + "/progress")
    assert watching["HX-Redirect"] == page_of(video)


def test_the_studio_is_for_signed_in_people(video: queries.VideoView) -> None:
    stranger = Client()
    answer = stranger.get(page_of(video) + "/progress")
    assert answer["HX-Redirect"] == page_of(video)
    assert "letter" not in answer.content.decode()
    for path in ("", "/delete"):
        answer = stranger.get(page_of(video) + path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=")
    for path in ("/retry", "/delete", "/visibility", "/link", "/chapters"):
        assert stranger.post(page_of(video) + path).status_code == 302
    assert stranger.post(page_of(video), {"title": "Mine"}).status_code == 401
    for path in ("/studio/bin", f"/studio/bin/{video.video_id}/delete"):
        assert stranger.get(path).status_code == 302
    assert stranger.post(f"/studio/bin/{video.video_id}/restore").status_code == 302
    assert stranger.post("/studio/sample").status_code == 302
    assert queries.find(video.video_id)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_sample_film_is_made_after_the_answer(
    studio: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = partial(make_sample, seconds=1)
    monkeypatch.setattr(preparing, "make_sample", short)
    answer = studio.post("/studio/sample")
    page = answer["Location"]
    assert "Making the sample film…" in studio.get(page).content.decode()
    runner = jobs.get_runner()
    assert isinstance(runner, jobs.MemoryRunner)
    runner.drain()
    text = studio.get(page).content.decode()
    assert "Ready: every quality can be watched." in text
    assert "Looking into the file" in text
    assert studio.get(page.replace("/studio/films/", "/watch/")).status_code == 200


@pytest.mark.parametrize("visibility", ["private", "draft"])
def test_a_hidden_film_is_for_signed_in_people(
    studio: Client, video: queries.VideoView, visibility: str
) -> None:
    publication.set_visibility(
        video_id=video.video_id, visibility=visibility, actor="", at=clock.now()
    )
    address = f"/watch/{video.video_id}"
    stranger = Client().get(address)
    assert stranger.status_code in {403, 404}
    assert "A letter" not in stranger.content.decode()
    assert studio.get(address).status_code == 200


def test_forms_want_their_token(owner, video: queries.VideoView) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    for path in ("", "/retry", "/delete", "/visibility", "/link", "/chapters"):
        assert strict.post(page_of(video) + path).status_code == 403
    assert strict.post("/studio/sample").status_code == 403


@pytest.mark.parametrize(
    "path", ["/studio/", "/studio/publish", "/studio/bin", "film", "delete"]
)
def test_no_page_has_inline_script_or_style(
    studio: Client, video: queries.VideoView, path: str
) -> None:
    address = {"film": page_of(video), "delete": page_of(video) + "/delete"}
    page = studio.get(address.get(path, path)).content.decode()
    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick" not in page
