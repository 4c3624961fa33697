"""Captions of a film: what is added, refused, hidden, replaced and deleted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from lucarne.catalog import caption_queries, captions
from lucarne.catalog.caption_queries import CaptionView
from lucarne.catalog.errors import BadLanguage, CaptionThere, UnknownCaption
from lucarne.catalog.models import Caption, Video
from lucarne.core import clock
from lucarne.core.models import AuditLine
from lucarne.core.storage import get_store
from lucarne.media import keys, text_sentences, texts
from lucarne_engine.captions import model
from lucarne_engine.captions.model import MOST_BYTES
from tests.portal.films import film

pytestmark = pytest.mark.django_db(transaction=True)

SRT = "1\n00:00:01,000 --> 00:00:03,000\n<i>Là-bas</i> & {}\n"


@pytest.fixture
def video(studio: Client) -> Video:  # noqa: ARG001 - the portal comes first
    return film("Le jardin")


def page_of(video: Video) -> str:
    return f"/studio/films/{video.public_id}/captions"


def send(studio: Client, video: Video, data: bytes, **facts: Any) -> HttpResponse:
    fields = {"language": "fr", "kind": "subtitles", "title": "", "is_visible": "on"}
    file = SimpleUploadedFile(facts.pop("name", "a.srt"), data)
    return studio.post(page_of(video), {**fields, **facts, "file": file})


def only(video: Video) -> CaptionView:
    (caption,) = caption_queries.captions_of(video.public_id)
    return caption


def verbs() -> list[str]:
    lines = AuditLine.objects.filter(verb__startswith="caption.").order_by("id")
    return [line.verb.partition(".")[2] for line in lines]


def key_of(caption: CaptionView) -> str:
    return keys.text(caption.asset_id, caption.file_name)


def test_the_film_leads_to_its_captions(studio: Client, video: Video) -> None:
    page = studio.get(f"/studio/films/{video.public_id}").content.decode()
    assert f'href="{page_of(video)}"' in page
    assert "no captions yet" in studio.get(page_of(video)).content.decode()


def test_a_file_is_added_shown_and_given_back(studio: Client, video: Video) -> None:
    answer = send(studio, video, SRT.format("<x").encode("cp1252"), name="Été\u202e.srt")
    caption = only(video)
    address = f"{page_of(video)}/{caption.caption_id}"
    assert (answer.status_code, answer["Location"]) == (302, address)
    page = studio.get(address).content.decode()
    assert "Là-bas &amp; &lt;x" in page
    assert "0:01.0" in page
    assert "the file is not in UTF-8" in page
    assert f'src="{address}/file?preview"' in page
    listed = studio.get(page_of(video)).content.decode()
    assert "French" in listed
    assert "Été.srt" in listed
    assert "\u202e" not in listed
    kept = studio.get(f"{address}/file")
    assert kept["Content-Type"] == "text/vtt; charset=utf-8"
    assert kept["Content-Disposition"] == (
        f'attachment; filename="{video.public_id}-fr-subtitles.vtt"'
    )
    assert kept.content.decode() == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<i>Là-bas</i> &amp; &lt;x\n"
    )
    assert "Content-Disposition" not in studio.get(f"{address}/file?preview")
    assert verbs() == ["added"]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04" + b"x" * 99, "The file is an archive."),
        (b"\0" * 5 + b"\xff" * 99, "The file is not text."),
        (b"Dear Sir", "The file is neither WebVTT, SRT nor TTML."),
        (b"WEBVTT\n\n00:03.000 --> 00:01.000\na", "Line 3: “00:03.000 --> 00:01.000” ends before it begins."),
        (b"1\n00:00:01 --> 00:00:0x\n<b>a", "Line 2: “00:00:01 --> 00:00:0x” is not a time from when to when."),
        (b"WEBVTT\n\n00:10:03.000 --> 00:10:04.000\na", "Line 3: all captions come after the film’s end."),
        (b"<tt>\n<p>", "Line 2: the XML of this TTML file is broken"),
        (b"x" * (MOST_BYTES + 1), "The file is larger than 4 MB"),
        (b"x" * (MOST_BYTES + 200_000), "The file is larger than 4 MB"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_is_refused_with_its_line(
    studio: Client, video: Video, sent: bytes, sentence: str
) -> None:
    answer = send(studio, video, sent)
    assert answer.status_code in {413, 422}
    assert escape(sentence) in answer.content.decode()
    assert not Caption.objects.exists()
    assert list(get_store().keys()) == []


def test_all_that_is_wrong_is_said_at_once(studio: Client, video: Video) -> None:
    text = b"WEBVTT\n\n00:03.000 --> 00:01.000\na\n\nx --> y\nb"
    page = send(studio, video, text).content.decode()
    assert "Line 3:" in page
    assert "Line 6:" in page


def test_the_form_says_what_is_missing(studio: Client, video: Video) -> None:
    answer = studio.post(page_of(video), {"language": "tlh"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for sentence in ("Choose a file first.", "Choose the language.", "Choose the kind."):
        assert sentence in page


def test_two_of_a_kind_need_names(studio: Client, video: Video) -> None:
    data = SRT.format("a").encode()
    assert send(studio, video, data).status_code == 302
    again = send(studio, video, data)
    assert again.status_code == 422
    assert "has captions of this kind in this language already" in again.content.decode()
    assert send(studio, video, data, title="Commentary").status_code == 302
    assert send(studio, video, data, kind="captions").status_code == 302
    names = [one.own_name for one in caption_queries.captions_of(video.public_id)]
    assert names == ["Français", "Français", "Français – Commentary"]


def test_hidden_changed_replaced_deleted(studio: Client, video: Video) -> None:
    send(studio, video, SRT.format("first").encode())
    first = only(video)
    address = f"{page_of(video)}/{first.caption_id}"
    asset = first.asset_id
    assert len(caption_queries.shown_captions(asset)) == 1
    studio.post(f"{address}/visible", {"is_visible": "no"})
    assert caption_queries.shown_captions(asset) == ()
    assert "Hidden" in studio.get(page_of(video)).content.decode()
    studio.post(
        address,
        {"language": "de", "kind": "captions", "title": "x", "is_visible": "on"},
    )
    changed = only(video)
    assert (changed.language, changed.kind, changed.is_visible) == ("de", "captions", True)
    bad = studio.post(
        f"{address}/replace", {"file": SimpleUploadedFile("b.vtt", b"nothing")}
    )
    assert bad.status_code == 422
    assert "neither WebVTT, SRT nor TTML" in bad.content.decode()
    too_large = SimpleUploadedFile("b.vtt", b"x" * (MOST_BYTES + 200_000))
    assert studio.post(f"{address}/replace", {"file": too_large}).status_code == 413
    assert only(video) == changed
    good = SimpleUploadedFile("b.srt", SRT.format("second").encode())
    assert studio.post(f"{address}/replace", {"file": good}).status_code == 302
    second = only(video)
    assert second.source_name == "b.srt"
    assert b"second" in studio.get(f"{address}/file").content
    assert dict(get_store().keys()).keys() == {key_of(second)}
    assert "cannot" not in studio.get(f"{address}/delete").content.decode()
    assert studio.post(f"{address}/delete").status_code == 302
    assert list(get_store().keys()) == []
    assert studio.get(address).status_code == 404
    assert verbs() == ["added", "hidden", "changed", "replaced", "deleted"]


def test_only_people_of_the_portal_come_in(client: Client, video: Video) -> None:
    stranger = Client()
    for path in ("", "/cap_x", "/cap_x/file", "/cap_x/delete"):
        answer = stranger.get(page_of(video) + path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in")
    assert send(stranger, video, b"WEBVTT").status_code == 302
    careless = Client(enforce_csrf_checks=True)
    careless.cookies = client.cookies
    assert send(careless, video, SRT.encode()).status_code == 403
    replace = careless.post(f"{page_of(video)}/cap_x/replace", {})
    assert replace.status_code in {403, 404}


def test_operations_refuse_what_the_forms_cannot_send(video: Video) -> None:
    facts: dict[str, Any] = {
        "video_id": video.public_id, "data": SRT.encode(), "source_name": "a.srt",
        "kind": "subtitles", "actor": "test", "at": clock.now(),
    }  # fmt: skip
    for language in ("", "klingon language", "fr_FR", "é"):
        with pytest.raises(BadLanguage):
            captions.add_caption(language=language, **facts)
    captions.add_caption(language="pt-BR", **facts)
    with pytest.raises(CaptionThere):
        captions.add_caption(language="pt-BR", **facts)
    with pytest.raises(UnknownCaption):
        captions.delete_caption(
            video_id=video.public_id, caption_id="cap_x", actor="", at=clock.now()
        )
    assert only(video).own_name == "Português Brasileiro"


def test_languages_have_names() -> None:
    names = {
        "fr": ("Français", "French"), "fr-CA": ("Français (fr-ca)", "French (fr-ca)"),
        "pt-BR": ("Português Brasileiro", "Brazilian Portuguese"),
        "yue": ("yue", "yue"), "": ("", "Unknown language"),
    }  # fmt: skip
    for tag, expected in names.items():
        found = caption_queries.own_name(tag), caption_queries.language_name(tag)
        assert found == expected
    with translation.override("fr"):
        assert caption_queries.language_name("pt-BR") == "Portugais brésilien"
        assert dict(caption_queries.languages())["en"] == "Anglais"


def test_a_deleted_film_takes_its_captions_with_it(studio: Client, video: Video) -> None:
    send(studio, video, SRT.encode())
    studio.post(f"/studio/films/{video.public_id}/delete")
    assert Caption.objects.exists()
    studio.post(f"/studio/bin/{video.public_id}/delete")
    assert not Caption.objects.exists()
    assert list(get_store().keys()) == []


def test_every_finding_has_a_sentence() -> None:
    assert set(text_sentences.ERRORS) == model.ERRORS
    assert set(text_sentences.NOTES) == model.NOTES
    for code in model.ERRORS | model.NOTES:
        finding = model.Finding(code=code, line=7, text="x", more=2)
        sentence = text_sentences.sentence(finding)
        assert not re.search(r"[{}]", sentence)
        assert sentence.endswith("(2 more like it.)")


def test_the_store_knows_its_captions(studio: Client, video: Video) -> None:
    send(studio, video, SRT.encode())
    (known,) = caption_queries.known_files()
    assert known.key == key_of(only(video))
    assert known.size_bytes == get_store().size(known.key)
    assert texts.content(only(video).asset_id, "cap_none") is None
