"""A film's poster: proposed, any moment, a picture from elsewhere; back again."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from threading import Event

import pytest
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from PIL import Image

from lucarne.catalog import bin as rubbish, queries
from lucarne.catalog.errors import UnknownVideo
from lucarne.catalog.models import Video
from lucarne.catalog.posters import choose_automatic
from lucarne.core import clock, jobs
from lucarne.core.models import AuditLine
from lucarne.core.storage import get_store
from lucarne.media import keys, new_posters, operations, posters, sentences, units
from lucarne.media.models import Asset, Poster, Unit
from lucarne.studio.templatetags.studio_words import cue_time
from lucarne_engine.pictures import Still
from tests.engine.films import film as source
from tests.media import receiving
from tests.portal.films import film
from tests.studio.posters import picture, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def video(studio: Client) -> Video:  # noqa: ARG001 - the portal comes first
    """A film that is all rows, with a poster as older versions kept it."""
    made = film("Le jardin")
    Poster.objects.create(
        asset=made.asset, origin="automatic", color="#336699", made_at=clock.now()
    )
    return made


def page_of(video: Video, more: str = "") -> str:
    return f"/studio/films/{video.public_id}/poster{more}"


def shown(video: Video) -> Asset:
    return Asset.objects.get(pk=video.asset_id)


def red_at_left(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as opened:
        left, _, blue = opened.getpixel((5, opened.height // 2))  # type: ignore[misc]
    return bool(left > 150 > blue)


def stored(asset: Asset, name: str) -> bytes:
    with get_store().open(f"{keys.poster(asset.public_id, '', asset.poster)}/{name}") as file:
        return file.read()


def test_a_picture_is_sent_cut_and_taken_back(studio: Client, video: Video) -> None:
    assert f'href="{page_of(video)}"' in studio.get(page_of(video)[:-7]).content.decode()
    answer = send(studio, video.public_id, picture(), "Été\u202e.png")
    asset = shown(video)
    name = asset.poster
    assert answer["Location"] == page_of(video, f"/{name}/crop")
    with Image.open(io.BytesIO(stored(asset, "poster.jpg"))) as made:
        assert made.size == (800, 450)
    # Everywhere the film is, under an address that no other picture has.
    address = f"/{asset.public_id}/posters/{name}/"
    client = Client()
    watch = client.get(f"/watch/{video.public_id}").content.decode()
    assert len(re.findall(re.escape(f"{address}poster.jpg"), watch)) >= 4
    assert re.search(rf'og:image" content="http://testserver/media/[^"]*{address}', watch)
    assert f"{address}poster.jpg" in client.get("/").content.decode()
    assert f"{address}thumb-320.jpg" in studio.get("/studio/").content.decode()

    crop = studio.get(page_of(video, f"/{name}/crop")).content.decode()
    assert "Été.png" not in crop
    assert 'name="top" value="175"' in crop
    own = studio.get(page_of(video, f"/{name}/picture"))
    assert (own.status_code, own["Content-Type"]) == (200, "image/jpeg")
    wrong = studio.post(page_of(video, f"/{name}/crop"), {"left": "x", "top": 0, "width": 9})
    assert wrong.status_code == 422
    right = {"left": "420", "top": "5000", "width": "380", "shape": "wide"}
    studio.post(page_of(video, f"/{name}/crop"), right)
    cut = shown(video)
    assert cut.poster != name
    assert not red_at_left(stored(cut, "poster.jpg"))
    page = studio.get(page_of(video)).content.decode()
    assert "Été.png" in page
    assert "\u202e" not in page

    studio.post(page_of(video, "/choose"), {"automatic": ""})
    asset = shown(video)
    assert (asset.poster, asset.has_poster, asset.color) == ("", True, "#336699")
    studio.post(page_of(video, "/choose"), {"name": cut.poster})
    assert shown(video).poster == cut.poster
    lines = AuditLine.objects.filter(verb="video.poster").order_by("id")
    origins = [line.detail["origin"] for line in lines]
    assert origins == ["own", "own", "automatic", "own"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"hello", "picture_unknown"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "picture_unknown"),
        (picture()[:600], "picture_broken"),
        (picture((1, 1)), "picture_small"),
        (b"", "picture_empty"),
    ],
    ids=["text", "svg", "cut", "dot", "empty"],
)
def test_what_is_no_picture_is_refused_with_a_sentence(
    studio: Client, video: Video, sent: bytes, code: str
) -> None:
    answer = send(studio, video.public_id, sent)
    name = "Your picture" if code == "picture_empty" else "a.png"
    sentence = sentences.refusal(code, name=name)
    assert answer.status_code == 422
    assert escape(sentence) in answer.content.decode()
    assert shown(video).poster == ""
    assert not Poster.objects.exclude(name="").exists()


def test_what_is_too_large_is_refused_before_it_is_read(
    studio: Client, video: Video
) -> None:
    answer = studio.post(
        page_of(video, "/picture"), b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(25_000_000),
    )  # fmt: skip
    assert answer.status_code == 413
    assert "20 MB" in answer.content.decode()


@pytest.mark.parametrize("text", ["", "noon", "1:75", "-3", "1:2:3:4", "0x3", "٣"])
def test_what_is_no_moment_is_refused(studio: Client, video: Video, text: str) -> None:
    answer = studio.post(page_of(video, "/moment"), {"moment": text})
    assert answer.status_code == 422
    assert not Unit.objects.exists()


@pytest.fixture
def real(studio: Client, runner: jobs.MemoryRunner) -> Video:  # noqa: ARG001
    """A film that was really made."""
    asset = receiving.received(source("h264_aac"), name="a.mp4", at=clock.now())
    runner.drain()
    made = film("Une mire")
    old, made.asset = made.asset, asset
    made.save()
    old.delete()
    return made


def test_a_real_film(
    studio: Client, real: Video, runner: jobs.MemoryRunner
) -> None:
    """Proposed, any moment, the last word; through another encode, into the bin."""
    asset = shown(real)
    found = posters.posters_of(asset.public_id)
    assert [one.origin for one in found][:1] == ["automatic"]
    first = asset.poster
    assert first == found[0].name
    # A moment beyond the end; one that is there, with a progress to look at.
    late = studio.post(page_of(real, "/moment"), {"moment": "0:10.5"})
    assert late.status_code == 422
    assert "The film ends at" in late.content.decode()
    studio.post(page_of(real, "/moment"), {"moment": "0:03,5"})
    page = studio.get(page_of(real)).content.decode()
    assert "The picture at 0:03.5 is being taken" in page
    assert "being taken" in studio.get(page_of(real, "/state")).content.decode()
    assert shown(real).poster == first
    runner.drain()
    assert studio.get(page_of(real, "/state"))["HX-Redirect"] == page_of(real)
    frame = shown(real).poster
    assert frame != first
    assert posters.find(asset.public_id, frame).at_ms == 3500

    # Whoever chose last has her will.
    studio.post(page_of(real, "/moment"), {"moment": "1"})
    studio.post(page_of(real, "/moment"), {"moment": "2"})
    studio.post(page_of(real, "/choose"), {"name": frame})
    runner.drain()
    assert shown(real).poster == frame

    # Another encode makes another automatic one, and leaves hers alone.
    Unit.objects.filter(asset=asset, kind="pictures").update(state="waiting")
    units.run_unit(
        asset_id=asset.public_id, name="pictures", clock=clock.now,
        cancel=Event(),
    )  # fmt: skip
    assert shown(real).poster == frame
    studio.post(page_of(real, "/choose"), {"automatic": ""})
    assert shown(real).poster == first

    # What cannot be taken says so, and hurts nothing else.
    get_store().put_bytes(b"nothing", keys.master(asset.public_id))
    studio.post(page_of(real, "/moment"), {"moment": "1"})
    runner.drain()
    page = studio.get(page_of(real)).content.decode()
    assert "could not be taken" in page
    assert shown(real).state == "ready"

    rubbish.put_in(video_id=real.public_id, actor="x", at=clock.now())
    assert studio.get(page_of(real)).status_code == 404
    with pytest.raises(UnknownVideo):
        choose_automatic(video_id=real.public_id, actor="x", at=clock.now())
    rubbish.delete(video_id=real.public_id, actor="x", at=clock.now())
    assert not [key for key, _ in get_store().keys("films") if asset.public_id in key]
    assert not Poster.objects.exists()


def test_a_moment_that_is_taken_too_late_is_not_shown(
    studio: Client, video: Video, tmp_path: Path
) -> None:
    """Somebody chose another poster while the job was at it."""
    files = tuple(tmp_path / name for name in posters.FILES)
    for path in files:
        path.write_bytes(picture(form="JPEG"))
    unit = Unit.objects.create(
        asset=video.asset, kind="frame", name="frm_x", facts={"at_ms": 5}
    )
    studio.post(page_of(video, "/choose"), {"automatic": ""})
    still = Still(at=Fraction(5, 1000), color="#111111", files=files)
    new_posters.keep_frame(unit, still, at=clock.now())
    assert shown(video).poster == ""
    assert Poster.objects.get(origin="frame").retired_at is not None


def test_old_posters_leave_the_store_when_no_page_names_them(
    studio: Client, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posters, "KEPT", 2)
    for red in range(posters.KEPT + 2):
        made = io.BytesIO()
        Image.new("RGB", (640, 360), (20 * red, 0, 0)).save(made, "PNG")
        send(studio, video.public_id, made.getvalue())
    asset = shown(video)
    last = asset.poster
    chosen = [one for one in posters.posters_of(asset.public_id) if one.is_own]
    assert len(chosen) == posters.KEPT
    assert chosen[0].is_shown
    at = clock.now()
    operations.sweep(at=at)
    assert Poster.objects.count() == posters.KEPT + 3
    operations.sweep(at=at + posters.RETIRED_FOR + timedelta(minutes=1))
    assert Poster.objects.count() == posters.KEPT + 1
    folders = {key.split("/")[3] for key, _ in get_store().keys("films") if "/posters/" in key}
    assert len(folders) == posters.KEPT
    assert last in folders


def test_visitors_find_no_way_to_it(video: Video) -> None:
    client = Client()
    for more in ("", "/x/crop", "/x/picture"):
        assert "/sign-in" in client.get(page_of(video, more))["Location"]
    for more in ("/choose", "/moment", "/picture", "/x/crop"):
        assert "/sign-in" in client.post(page_of(video, more))["Location"]


def test_unknown_posters_are_not_found(studio: Client, video: Video) -> None:
    assert studio.get(page_of(video, "/o123/crop")).status_code == 404
    assert studio.get(page_of(video, "/o123/picture")).status_code == 404
    answer = studio.post(page_of(video, "/choose"), {"name": "../x"}, follow=True)
    assert "not here any more" in answer.content.decode()
    assert queries.find(video.public_id) is not None
    with pytest.raises(posters.UnknownPoster):
        new_posters.cut_own(
            asset_id=video.asset.public_id, name="", shape=(16, 9), left=0, top=0,
            width=9, at=clock.now(),
        )  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [("en", "1:02.5"), ("fr", "1:02,5")])
def test_a_moment_is_written_as_it_is_typed(language: str, text: str) -> None:
    with translation.override(language):
        assert cue_time(62_500) == text
