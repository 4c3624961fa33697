"""The words inside a film become its captions, once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from lucarne.catalog import (
    bin as rubbish,
    caption_queries,
    captions,
    hooks,
    operations as catalog,
)
from lucarne.catalog.operations import PublishedFilm
from lucarne.core import events, jobs
from lucarne.core.storage import get_store
from lucarne.media import keys, queries, record, streams, texts, units
from lucarne.media.events import TextsFound
from lucarne.media.models import Asset, Unit
from lucarne_engine.errors import EncoderError
from tests.engine.films import film

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("runner")]
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def now() -> datetime:
    return AT


def published(name: str) -> PublishedFilm:
    catalog.create_channel(name="Nature", actor="test", at=AT)
    with streams.taken(film(name), name=name, person_id="test", at=AT) as sent:
        return catalog.publish_film(
            upload_id=sent.upload_id, title="A film", actor="test", clock=now, at=AT
        )


def run(made: PublishedFilm) -> None:
    units.run_unit(asset_id=made.asset_id, name="texts", clock=now, cancel=Event())


def told(made: PublishedFilm) -> list[tuple[str, str, str, bool]]:
    return [
        (one.language, one.kind, one.title, one.is_visible)
        for one in caption_queries.captions_of(made.video_id)
    ]


@pytest.fixture
def deaf_catalog() -> Iterator[None]:
    """Let the catalog not hear what media says, as in a process that died."""
    events.unsubscribe(TextsFound, hooks.adopt_when_found)
    yield
    events.subscribe(TextsFound)(hooks.adopt_when_found)


EXPECTED = [("", "captions", "", True), ("fr", "subtitles", "Affiches", False)]


def test_tracks_become_captions_once() -> None:
    made = published("extras_mkv")
    before = queries.find(made.asset_id).revision
    run(made)
    # "Affiches" only translates signs: it is there, and hidden.
    assert told(made) == EXPECTED
    assert queries.find(made.asset_id).revision > before
    assert texts.waiting() == []
    run(made)  # a unit that is done is left alone
    (first, _) = caption_queries.captions_of(made.video_id)
    assert first.is_from_film
    assert [cue.text for cue in texts.cues(made.asset_id, first.file_name)] == ["Hello?"]
    captions.delete_caption(
        video_id=made.video_id, caption_id=first.caption_id, actor="test", at=AT
    )
    hooks.adopt_forgotten(at=AT, is_start=True)
    assert told(made) == EXPECTED[1:]


@pytest.mark.usefixtures("deaf_catalog")
def test_what_nobody_heard_of_is_found_by_the_chores() -> None:
    made = published("extras_mkv")
    run(made)
    assert told(made) == []
    hooks.adopt_forgotten(at=AT, is_start=False)
    hooks.adopt_forgotten(at=AT, is_start=False)
    assert told(made) == EXPECTED


def test_a_film_without_words_has_no_such_unit() -> None:
    made = published("h264_short")
    assert not Unit.objects.filter(kind=Unit.Kind.TEXT).exists()
    assert told(made) == []


def test_words_that_cannot_be_read_are_a_warning_only() -> None:
    made = published("extras_mkv")
    unit = Unit.objects.get(kind=Unit.Kind.TEXT)
    units.fail_unit(unit, EncoderError("encoder_failed", "x"), at=AT)
    asset = queries.find(made.asset_id)
    assert asset.warnings == ["texts_failed"]
    assert asset.state == Asset.State.ENCODING


def test_nothing_is_left_of_a_film_that_was_deleted_meanwhile() -> None:
    made = published("extras_mkv")
    unit = Unit.objects.select_related("asset").get(kind=Unit.Kind.TEXT)
    rubbish.put_in(video_id=made.video_id, actor="test", at=AT)
    rubbish.delete(video_id=made.video_id, actor="test", at=AT)
    name = texts.keep(asset_id=made.asset_id, owner="track2", cues=()).name
    texts.keep_found(unit, (), at=AT)
    assert not get_store().exists(keys.text(made.asset_id, name))


def test_the_film_is_ready_without_them(runner: jobs.MemoryRunner, folder: Path) -> None:
    assert folder
    made = published("extras_mkv")
    asset = queries.find(made.asset_id)
    asset.units.exclude(kind=Unit.Kind.TEXT).update(state=Unit.State.DONE)
    record.finish_asset(asset, at=AT)
    assert queries.find(made.asset_id).state == Asset.State.READY
    assert runner is jobs.get_runner()
