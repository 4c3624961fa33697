"""One part of a film is tried again, and nothing else; what is canceled stays so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from lucarne.core import jobs
from lucarne.core.storage import get_store
from lucarne.media import again, keys, operations, progress, queries, record, units
from lucarne.media.models import Asset, Unit
from lucarne_engine.errors import (
    ENCODER_CODES,
    SOURCE_CODES,
    Cancelled,
    EncoderError,
)
from tests.engine.films import film
from tests.media import receiving
from tests.media.planned import planned

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def now() -> datetime:
    return AT


def unit(asset: Asset, name: str) -> Unit:
    return Unit.objects.select_related("asset").get(asset=asset, name=name)


def unreadable() -> Asset:
    """Give a film whose file has gone bad since it was looked into."""
    asset = planned(at=AT)
    get_store().put_bytes(b"no film", keys.master(asset.public_id))
    return asset


def done(asset: Asset, *names: str) -> None:
    for name in names:
        record.finish_unit(unit(asset, name), at=AT)


def fail(asset: Asset, name: str, code: str) -> None:
    units.fail_unit(unit(asset, name), EncoderError(code, "it said so"), at=AT)


def states(asset: Asset) -> dict[str, str]:
    shown = progress.progress(asset.public_id)
    return {one.name: one.state for one in shown.renditions}


def state(asset: Asset) -> tuple[str, str]:
    asset.refresh_from_db()
    return asset.state, asset.error_code


def waiting() -> set[str]:
    return {job.key.partition(":")[2] for job in jobs.list_jobs([jobs.State.WAITING])}


@pytest.mark.usefixtures("folder")
def test_one_rendition_is_tried_again_alone() -> None:
    asset = planned(at=AT)
    done(asset, "video-00000", "audio-sound-0")
    fail(asset, "video-00001", "out_of_memory")
    done(asset, "video-00002")
    assert state(asset) == ("failed", "out_of_memory")
    shown = progress.progress(asset.public_id).renditions
    assert {(one.state, one.may_retry) for one in shown} == {("failed", True)}
    assert "needs more memory than allowed" in shown[0].error_sentence

    assert again.retry_part(asset_id=asset.public_id, part="h264-360")
    assert state(asset) == ("encoding", "")
    assert waiting() == {"video-00001-h264-360", "poster", "pictures"}
    assert unit(asset, "video-00001").rungs == ["h264-480", "h264-720", "h264-1080"]
    assert states(asset)["h264-360"] == "running"
    done(asset, "video-00001-h264-360")
    # It is whole; the film still lacks the others, and says why.
    assert state(asset) == ("failed", "out_of_memory")
    assert states(asset) == {
        "h264-360": "done", "h264-480": "failed", "h264-720": "failed",
        "h264-1080": "failed",
    }  # fmt: skip

    assert again.retry_part(asset_id=asset.public_id, part="h264-1080")
    fail(asset, "video-00001-h264-1080", "stalled")
    assert state(asset) == ("failed", "stalled")
    operations.retry(asset_id=asset.public_id, at=AT)
    assert waiting() >= {"video-00001", "video-00001-h264-1080"}
    done(asset, "video-00001", "video-00001-h264-1080")
    assert state(asset) == ("ready", "")


@pytest.mark.usefixtures("folder")
def test_pictures_of_a_ready_film_are_tried_again() -> None:
    asset = planned(at=AT)
    done(asset, "video-00000", "video-00001", "video-00002", "audio-sound-0", "poster")
    fail(asset, "pictures", "encoder_failed")
    assert state(asset)[0] == "ready"
    assert asset.warnings == ["pictures_failed"]
    stage = next(
        s for s in progress.progress(asset.public_id).stages if s.name == "pictures"
    )
    assert (stage.state, stage.may_retry) == ("failed", True)
    assert again.retry_part(asset_id=asset.public_id, part="pictures")
    asset.refresh_from_db()
    assert (asset.state, asset.warnings) == ("ready", [])
    assert waiting() == {"pictures"}


@pytest.mark.usefixtures("folder")
def test_what_did_not_fail_is_not_tried_again() -> None:
    asset = planned(at=AT)
    for part in ("h264-360", "pictures", "audio", "nothing", ""):
        assert not again.retry_part(asset_id=asset.public_id, part=part)
    assert waiting() == set()


def test_only_what_may_end_otherwise_is_worth_another_try() -> None:
    assert all(map(again.may_help, ENCODER_CODES))
    assert again.may_help("")  # nobody knows why
    stays = {code for code in SOURCE_CODES if not again.may_help(code)}
    assert SOURCE_CODES - stays == {"too_long", "missing"}


@pytest.mark.usefixtures("folder")
def test_a_part_that_only_another_file_helps_is_not_tried_again() -> None:
    asset = planned(at=AT)
    fail(asset, "video-00001", "undecodable")
    fail(asset, "pictures", "undecodable")
    shown = progress.progress(asset.public_id)
    assert not shown.may_retry
    assert not any(one.may_retry for one in (*shown.renditions, *shown.stages))
    for part in ("h264-360", "pictures"):
        assert not again.retry_part(asset_id=asset.public_id, part=part)
    assert state(asset) == ("failed", "undecodable")


@pytest.mark.usefixtures("folder")
def test_after_a_cancel_one_rendition_can_go_on() -> None:
    asset = planned(at=AT)
    done(asset, "audio-sound-0")
    operations.cancel(asset_id=asset.public_id, at=AT)
    assert set(states(asset).values()) == {"canceled"}
    assert again.retry_part(asset_id=asset.public_id, part="h264-720")
    names = [f"video-0000{n}-h264-720" for n in range(3)]
    assert waiting() == set(names)
    done(asset, *names)
    assert state(asset) == ("failed", "cancelled")
    assert states(asset)["h264-720"] == "done"


def test_what_is_canceled_while_it_is_looked_into_makes_no_work(
    folder: Path, runner: jobs.MemoryRunner
) -> None:
    """The film is copied, and plays, when somebody stops it before its units are made."""
    path = film("h264_short")

    def stopping() -> datetime:
        for asset in Asset.objects.filter(state="preparing"):
            operations.cancel(asset_id=asset.public_id, at=AT)
        return AT

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "prepare", lambda **_: None)
        asset = receiving.received(path, at=AT)
    operations.prepare(asset_id=asset.public_id, clock=stopping)
    asset = queries.find(asset.public_id)
    assert (asset.state, asset.error_code) == ("failed", "cancelled")
    assert asset.playable_at is not None
    assert {one.state for one in asset.units.all()} == {"canceled"}
    assert not any(job.kind == "media.encode" for job in jobs.list_jobs())
    operations.retry(asset_id=asset.public_id, at=AT)
    runner.drain()
    assert queries.find(asset.public_id).state == "ready"
    assert folder


class Canceling(Event):
    """Is set by a cancel of the film, at the moment when it is looked at."""

    def __init__(self, asset: Asset) -> None:
        super().__init__()
        self._asset_id = asset.public_id

    def is_set(self) -> bool:
        if not super().is_set():
            operations.cancel(asset_id=self._asset_id, at=AT)
            self.set()
        return True


@pytest.mark.usefixtures("folder")
def test_a_unit_that_is_canceled_while_it_runs_stays_canceled() -> None:
    asset = unreadable()
    stop = Canceling(asset)
    with pytest.raises(Cancelled):
        units.run_unit(
            asset_id=asset.public_id, name="video-00000", clock=now, cancel=stop
        )
    assert {one.state for one in asset.units.all()} == {"canceled"}


@pytest.mark.usefixtures("folder")
def test_each_attempt_that_failed_is_remembered() -> None:
    asset = unreadable()
    for _ in range(units.FAILURES_KEPT + 1):
        units.run_unit(
            asset_id=asset.public_id, name="video-00000", clock=now, cancel=Event()
        )
        Unit.objects.update(state="waiting")
    failed = unit(asset, "video-00000")
    assert len(failed.failures) == units.FAILURES_KEPT < failed.attempts
    assert {one["code"] for one in failed.failures} == {"undecodable"}
    assert all(one["detail"] for one in failed.failures)
