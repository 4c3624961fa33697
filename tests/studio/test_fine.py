"""Smaller files, from the film's page: asked for, watched, stopped, shown."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lucarne.catalog import queries
from lucarne.core import clock, conf, jobs
from lucarne.media import fine, measuring, units
from lucarne.media.models import Fine, Unit
from lucarne_engine.errors import EncoderError
from tests.catalog import everything
from tests.engine.films import film

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def runner(studio: Client, folder: object) -> jobs.MemoryRunner:  # noqa: ARG001
    conf.load(
        data=conf.get().paths.data, uploads={"reserve_bytes": 0},
        media={"max_height": 180}, fine={"codecs": ["h264"]},
    )  # fmt: skip
    chosen = jobs.get_runner()
    assert isinstance(chosen, jobs.MemoryRunner)
    return chosen


@pytest.fixture
def video(studio: Client, runner: jobs.MemoryRunner) -> queries.VideoView:
    studio.post(
        "/studio/publish",
        {
            "film": SimpleUploadedFile("a.mp4", film("h264_short").read_bytes()),
            "title": "A film", "channel": queries.channels()[0].channel_id,
            "visibility": "public",
        },
    )  # fmt: skip
    runner.drain()
    return everything.films()[0]


def page_of(studio: Client, video: queries.VideoView) -> str:
    answer = studio.get(f"/studio/films/{video.video_id}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_anybody_asks_the_page_says_what_it_would_cost(
    studio: Client, video: queries.VideoView
) -> None:
    fine.count_delivered({video.film.asset_id: 12_000_000_000}, at=clock.now())
    page = page_of(studio, video)
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Smaller files" in words
    assert "Sent in the last 30 days 12 GB" in words
    assert "Expected in 180 days 72 GB" in words
    assert "It pays" in words
    assert "hx-trigger" not in page


@pytest.mark.slow
def test_asked_for_made_and_shown_as_a_picture(
    studio: Client, video: queries.VideoView, runner: jobs.MemoryRunner
) -> None:
    address = f"/studio/films/{video.video_id}/smaller"
    assert studio.get(address).status_code == 405
    assert studio.post(address).status_code == 302
    page = page_of(studio, video)
    assert "being encoded once more" in page
    assert "hx-trigger" in page
    assert "Make smaller files now" not in page
    runner.drain()
    page = page_of(studio, video)
    assert "its own ladder is what viewers get" in page
    assert "hx-trigger" not in page
    rungs = Unit.objects.get(kind="fine").rungs
    # every rung is a dot (and one in the legend), and a row of the table
    assert page.count("<circle class=\"rung h264\" cx") == len(rungs) + 1
    assert len(re.findall(r"<th scope=.row.>", page)) == len(rungs) + 1
    assert '<polyline class="hull h264"' in page
    # what was tried, at three qualities of its only size, and what a fixed ladder needs
    assert page.count('<circle class="tried h264"') == 3
    assert page.count('<polyline class="fixed"') == 1
    french = studio.get(
        f"/studio/films/{video.video_id}", headers={"Accept-Language": "fr"}
    ).content.decode()
    assert "Quelqu’un de l’équipe l’a demandé" in french
    assert "VMAF mesuré" in french


def test_measured_and_shown_before_anybody_asks(
    studio: Client, video: queries.VideoView
) -> None:
    page = page_of(studio, video)
    assert "is measured later, behind all other work" in page
    assert "<svg viewBox" not in page.partition('id="fine"')[2]
    assert measuring.consider(at=clock.now()) == video.film.asset_id
    page = page_of(studio, video)
    assert "The ladder is being measured" in page
    assert "Measuring the ladder" in page
    assert "hx-trigger" in page
    assert "Make smaller files now" in page
    row = Fine.objects.get()
    row.points = {"h264": [[320, 180, 22, 9000, 97], [320, 180, 36, 1500, 70]]}
    row.measured = {"h264-180": 90}
    row.decision |= {"saves": {"h264": 0.25}}
    row.save()
    Unit.objects.filter(kind="trial").update(state="done", cpu_s=12)
    page = page_of(studio, video)
    assert "being measured" not in page
    assert "hx-trigger" not in page
    # What was made, what would be made, and each of them once in the legend.
    assert page.count('<circle class="rung first" cx') == 2
    assert page.count('<circle class="rung possible h264" cx') == 2
    assert "What a second pass would make, H.264" in page
    assert page.count("second, not made") == 1
    assert "(25%, measured on this film)" in page
    assert '<polyline class="hull h264"' in page
    assert "Spent on measuring the ladder</dt><dd>15 s" in page
    french = studio.get(
        f"/studio/films/{video.video_id}", headers={"Accept-Language": "fr"}
    ).content.decode()
    assert "deuxième, pas fait" in french
    assert "Passé à mesurer l’échelle" in french


def test_not_measured_and_why(studio: Client, video: queries.VideoView) -> None:
    measuring.consider(at=clock.now())
    trial = Unit.objects.get(kind="trial")
    units.fail_unit(trial, EncoderError("encoder_failed", "x"), at=clock.now())
    page = page_of(studio, video)
    assert "Its ladder was not measured." in page
    assert "<code>encoder_failed</code>" in page
    assert "Make smaller files now" in page


def test_stopped(studio: Client, video: queries.VideoView) -> None:
    address = f"/studio/films/{video.video_id}/smaller"
    studio.post(address)
    assert studio.post(f"{address}/stop").status_code == 302
    assert Fine.objects.get().state == "failed"
    page = page_of(studio, video)
    assert "the film stays as it is" in page
    assert "Make smaller files now" in page


def test_strangers_ask_in_vain(video: queries.VideoView, client: Client) -> None:
    client.logout()
    address = f"/studio/films/{video.video_id}/smaller"
    for path in (address, f"{address}/stop"):
        assert "/sign-in" in client.post(path).url
    assert not Fine.objects.exists()
