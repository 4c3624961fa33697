"""What a person may do with work: stop it, try a part again, move it, take its log."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client

from lucarne.catalog.models import Channel
from lucarne.core import clock, jobs
from lucarne.media import units
from lucarne.media.models import Asset, Unit
from lucarne_engine.errors import EncoderError
from tests.media.planned import plan, planned
from tests.portal.films import film

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asset(studio: Client) -> Asset:
    """Give a film of the studio that is planned, with nothing done."""
    assert studio
    asset = planned(at=clock.now(), name="Zoé.mp4")
    made = film("Chez Zoé", where=Channel.objects.get())
    empty, made.asset_id = made.asset_id, asset.pk
    made.save(update_fields=["asset"])
    Asset.objects.filter(pk=empty).delete()
    return asset


def page_of(asset: Asset) -> str:
    from tests.catalog import everything

    (video,) = everything.films()
    assert video.film.asset_id == asset.public_id
    return f"/studio/films/{video.video_id}"


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def fail(asset: Asset, name: str) -> None:
    unit = Unit.objects.select_related("asset").get(asset=asset, name=name)
    error = EncoderError("out_of_memory", "killed")
    units.fail_unit(unit, error, at=clock.now())


def test_a_film_in_work_can_be_stopped_and_goes_on(studio: Client, asset: Asset) -> None:
    page = page_of(asset)
    assert f'action="{page}/stop"' in text(studio.get(page))
    answer = studio.post(f"{page}/stop", follow=True)
    assert "What is finished of it is kept." in text(answer)
    assert "Go on with it" in text(answer)
    assert "Canceled" in text(answer)
    assert f'action="{page}/stop"' not in text(answer)
    assert "was over already" in text(studio.post(f"{page}/stop", follow=True))
    assert "Stop the work" in text(studio.post(f"{page}/retry", follow=True))


def test_one_quality_is_tried_again(studio: Client, asset: Asset) -> None:
    page = page_of(asset)
    fail(asset, "video-00001")
    shown = text(studio.get(page))
    assert "needs more memory than allowed" in shown
    assert 'name="part" value="h264-720"' in shown
    assert "720p: try again" in shown
    answer = studio.post(f"{page}/retry", {"part": "h264-720"}, follow=True)
    assert "It is tried again" in text(answer)
    assert Unit.objects.get(name="video-00001-h264-720").state == "waiting"
    again = studio.post(f"{page}/retry", {"part": "h264-720"}, follow=True)
    assert "nothing to try again" in text(again)
    nonsense = studio.post(f"{page}/retry", {"part": "\0<b>" * 99}, follow=True)
    assert "nothing to try again" in text(nonsense)


def test_a_film_is_moved_in_the_line(studio: Client, asset: Asset) -> None:
    page = page_of(asset)
    for wanted, said in (
        ("sooner", "Goes before all other films."),
        ("later", "Goes after all other films."),
        ("normal", "Before all others"),
    ):
        answer = studio.post(f"{page}/urgency", {"urgency": wanted}, follow=True)
        assert said in text(answer)
    assert studio.post(f"{page}/urgency", {"urgency": "now"}).status_code == 404
    assert studio.post(f"{page}/urgency").status_code == 404


def test_the_page_says_who_is_before(studio: Client, asset: Asset) -> None:
    other = planned(at=clock.now(), urgency=-1)
    assert "1 film before this one" in text(studio.get(page_of(asset)))
    Asset.objects.filter(pk=other.pk).update(state="failed")
    assert "before this one" not in text(studio.get(page_of(asset)))


def test_a_finished_quality_of_a_film_in_work_can_be_watched(
    studio: Client, asset: Asset
) -> None:
    Asset.objects.filter(pk=asset.pk).update(playable_at=clock.now())
    units_ = Unit.objects.filter(asset=asset, kind="video")
    for unit in units_:
        unit.rungs = ["h264-480", "h264-720", "h264-1080"]
        unit.save(update_fields=["rungs"])
        Unit.objects.create(
            asset=asset, kind="video", name=f"{unit.name}-first", frames=unit.frames,
            rungs=["h264-360"], state="done", chunk=unit.chunk,
        )  # fmt: skip
    shown = text(studio.get(page_of(asset)))
    assert "360p ready: watchable now." in shown
    assert shown.count("Watchable now</a>") == 1
    assert len(plan().rungs) == 4


def test_the_log_is_a_file_without_names(studio: Client, asset: Asset) -> None:
    fail(asset, "video-00001")
    page = page_of(asset)
    answer = studio.get(f"{page}/log")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    video = page.rpartition("/")[2]
    assert answer["Content-Disposition"] == f'attachment; filename="lucarne-{video}.log"'
    assert "error: out_of_memory" in text(answer)
    assert "Zoé" not in text(answer)
    named = text(studio.get(f"{page}/log?names=1"))
    assert "title: Chez Zoé\nfile: Zoé.mp4" in named


def test_strangers_and_forgers_do_nothing(
    owner: Any, asset: Asset, client: Client
) -> None:
    page = page_of(asset)
    stranger, strict = Client(), Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    for path in ("/stop", "/urgency", "/retry"):
        answer = stranger.post(page + path, {"urgency": "sooner"})
        assert answer["Location"].startswith("/sign-in?next=")
        assert strict.post(page + path, {"urgency": "sooner"}).status_code == 403
        assert client.get(page + path).status_code == 405
    assert stranger.get(f"{page}/log")["Location"].startswith("/sign-in?next=")
    for path in ("/stop", "/urgency"):
        assert client.post(f"/studio/films/vid_none{path}").status_code == 404
    assert client.get("/studio/films/vid_none/log").status_code == 404
    asset.refresh_from_db()
    assert (asset.state, asset.urgency) == ("encoding", 0)
    assert jobs.list_jobs() == []


def test_the_list_has_a_line_for_each_film_in_work(
    studio: Client, asset: Asset
) -> None:
    page = text(studio.get("/studio/"))
    assert 'data-follow="/follow/' in page
    assert f'<span id="work-{asset.public_id}"></span>' in page
    assert "Watchable now" not in page
    Asset.objects.filter(pk=asset.pk).update(playable_at=clock.now())
    assert "Watchable now</a>" in text(studio.get("/studio/"))
    Asset.objects.filter(pk=asset.pk).update(state="failed")
    page = text(studio.get("/studio/"))
    assert "data-follow" not in page
    assert "data-work" not in page
