"""The bin: closed, kept for 30 days, restored or deleted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from lucarne.accounts.models import Person
from lucarne.catalog import bin as rubbish, publication, queries
from lucarne.catalog.errors import UnknownVideo
from lucarne.catalog.models import Video
from lucarne.cli import storage_check
from lucarne.core import housekeeping, storage
from lucarne.core.models import AuditLine
from lucarne.media import keys
from lucarne.media.models import Asset
from lucarne.playback.queries import decide, may_know
from tests.catalog import everything
from tests.catalog.conftest import AT, Film

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = timedelta(days=30)


def in_bin() -> list[queries.VideoView]:
    return list(queries.videos_in_bin().items)


def put_in(video: queries.VideoView) -> None:
    rubbish.put_in(video_id=video.video_id, actor="per_lea", at=AT)


def test_a_film_in_the_bin_is_closed_and_comes_back_as_it_was(row: Film) -> None:
    video = row(visibility="public", published_at=AT, first_published_at=AT)
    put_in(video)
    assert queries.find(video.video_id) is None
    assert queries.public_videos().items == ()
    assert everything.films() == ()
    assert queries.find_by_asset(video.film.asset_id) is None
    (binned,) = in_bin()
    assert binned.film.epoch == video.film.epoch + 1
    for person in (AnonymousUser(), Person()):
        assert not may_know(person, binned)
        assert not decide(person, binned, AT).may_play

    rubbish.take_out(video_id=video.video_id, actor="per_lea", at=AT + MONTH)
    assert in_bin() == []
    (listed,) = queries.public_videos().items
    assert listed.published_at == AT
    verbs = AuditLine.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs)[1:] == ["video.binned", "video.restored"]


def test_a_film_whose_time_comes_in_the_bin_stays_there(row: Film) -> None:
    video = row(visibility="scheduled", publish_at=AT + timedelta(hours=1))
    put_in(video)
    late = AT + timedelta(days=2)
    assert publication.publish_due(at=late) == 0
    assert publication.publish_playable(at=late) == 0
    rubbish.take_out(video_id=video.video_id, actor="", at=late)
    assert publication.publish_due(at=late) == 1


def test_a_secret_address_does_not_lead_into_the_bin(row: Film) -> None:
    video = row(visibility="link", link_key="k" * 24)
    put_in(video)
    assert queries.find_by_link("k" * 24) is None
    (binned,) = in_bin()
    assert not may_know(AnonymousUser(), binned, link_key="k" * 24)


def test_the_chores_empty_the_bin_after_30_days(row: Film, folder: Path) -> None:
    video, kept = row(), row("Kept")
    storage.get_store().put_bytes(b"x", keys.master(video.film.asset_id))
    put_in(video)
    rubbish.put_in(video_id=kept.video_id, actor="", at=AT + timedelta(days=1))
    housekeeping.run_once(at=AT + MONTH - timedelta(seconds=1), is_start=False)
    assert len(in_bin()) == 2
    housekeeping.run_once(at=AT + MONTH, is_start=False)
    assert [one.title for one in in_bin()] == ["Kept"]
    assert Asset.objects.count() == Video.objects.count() == 1
    assert [path for path in (folder / "store").rglob("*") if path.is_file()] == []


def test_only_what_is_in_the_bin_is_deleted(row: Film) -> None:
    video = row()
    for operation in (rubbish.delete, rubbish.take_out):
        with pytest.raises(UnknownVideo):
            operation(video_id=video.video_id, actor="", at=AT)
    put_in(video)
    with pytest.raises(UnknownVideo):
        put_in(video)
    rubbish.delete(video_id=video.video_id, actor="per_lea", at=AT)
    assert not Video.objects.exists()
    assert not Asset.objects.exists()


def test_the_storage_check_knows_the_bin(row: Film, folder: Path) -> None:
    video = row()
    storage.get_store().put_bytes(b"x", keys.master(video.film.asset_id))
    (folder / "lucarne.sqlite3").touch()  # tests have their rows elsewhere
    put_in(video)
    in_the_bin, well = storage_check.look()
    assert (well.id, well.level) == ("storage", "ok"), well.sentence
    assert (in_the_bin.id, in_the_bin.level) == ("storage-bin", "ok")
    assert "1 film is in the bin" in in_the_bin.sentence
    assert "2026-12-25" in in_the_bin.sentence
