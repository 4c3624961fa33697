"""The second pass over a film: asked for or earned, shown at once, or given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from lucarne.core import clock, conf, jobs
from lucarne.core.storage import get_store
from lucarne.media import (
    economy,
    fine,
    fine_view,
    measuring,
    operations,
    progress,
    queries,
    record,
    units,
)
from lucarne.media.models import Asset, Delivery, Fine, Track, Unit
from lucarne_engine.errors import EncoderError
from lucarne_engine.package.index import FilmIndex
from tests.engine.films import film
from tests.media import receiving
from tests.media.outlined import assert_outlined

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def now() -> datetime:
    return AT


@pytest.fixture
def ready(folder: Path, runner: jobs.MemoryRunner) -> Asset:
    conf.load(data=folder, uploads={"reserve_bytes": 0}, media={"max_height": 180})
    asset = receiving.received(film("h264_short"), at=AT)
    runner.drain()
    return queries.find(asset.public_id)


def index_of(asset: Asset) -> FilmIndex:
    state = queries.play_state(asset.public_id)
    assert state is not None
    index = queries.film_index(state)
    assert index is not None
    return index


@pytest.mark.slow
def test_a_fine_ladder_takes_the_place_of_the_first(
    ready: Asset, runner: jobs.MemoryRunner
) -> None:
    """It was measured before: nobody sees that, and nothing is tried twice."""
    before = index_of(ready)
    revision = queries.find(ready.public_id).revision
    assert_measured(ready, runner)
    assert index_of(ready) == before
    assert queries.find(ready.public_id).revision == revision
    trial = Unit.objects.get(asset=ready, kind="trial")
    first_scored = Fine.objects.get(asset=ready).measured
    later = AT + timedelta(minutes=1)
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=later)
    assert not fine.start(asset_id=ready.public_id, asked_by="per_1", at=later)
    runner.drain()
    done = Fine.objects.get(asset=ready)
    assert done.state == Fine.State.DONE
    assert done.decision["asked_by"] == "per_1"
    assert Unit.objects.get(asset=ready, kind="trial").pk == trial.pk
    assert done.measured.items() >= first_scored.items()
    after = index_of(ready)
    assert_outlined(ready)
    assert {track.codec[:4] for track in after.video} == {"avc1", "av01"}
    assert not {one.name for one in after.video} & {one.name for one in before.video}
    assert [track.name for track in after.audio] == [t.name for t in before.audio]
    # The same segments: a player may change over anywhere.
    for track in after.video:
        starts = [one.start for one in track.segments]
        assert starts == [one.start for one in before.video[0].segments]
    assert queries.find(ready.public_id).revision > revision
    # Who still has the old manifests goes on.
    for track in before.video:
        assert queries.track_index(ready.public_id, ready.plan_id, track.name)
    assert set(done.measured) >= {track.name for track in after.video}
    assert all(0 < score <= 100 for score in done.measured.values())
    spent = Unit.objects.filter(asset=ready, kind="fine").values_list("cpu_s", flat=True)
    assert all(spent)
    operations.sweep(at=clock.now() + timedelta(days=3))  # jobs have no other clock
    for track in before.video:
        assert not queries.track_index(ready.public_id, ready.plan_id, track.name)
    assert {one.name for one in index_of(ready).video} == {t.name for t in after.video}
    # What a fixed ladder costs is shown when its files are gone.
    shown = fine_view.view(ready.public_id, at=AT)
    assert shown is not None
    assert {one.name for one in shown.rungs if not one.is_fine} == set(first_scored)


def assert_measured(film: Asset, runner: jobs.MemoryRunner) -> None:
    assert measuring.consider(at=AT) == film.public_id
    assert progress.progress(film.public_id).is_measuring
    runner.drain()
    row = Fine.objects.get(asset=film)
    assert (row.state, set(row.points)) == (Fine.State.CURVES, {"h264", "av1"})
    # Its first pass is measured too: where a fixed ladder stands, of one rung here.
    assert set(row.measured) == {"h264-180"}
    assert row.decision == {"codecs": ["h264", "av1"], "saves": {}}
    spent = Unit.objects.filter(asset=film, kind__in=measuring.KINDS)
    assert len(spent) == 2
    assert all(unit.cpu_s > 0 and unit.state == "done" for unit in spent)
    shown = fine_view.view(film.public_id, at=AT)
    assert shown is not None
    assert (shown.state, shown.ladder, shown.may_start) == ("curves", "known", True)
    assert shown.measuring_cpu_s == pytest.approx(sum(unit.cpu_s for unit in spent))
    assert {one.is_made for one in shown.rungs if not one.is_fine} == {True}
    assert {one.is_made for one in shown.rungs if one.is_fine} == {False}
    assert measuring.consider(at=AT) is None
    after = progress.progress(film.public_id)
    assert not after.is_measuring
    assert not after.is_improving


@pytest.mark.slow
def test_only_av1_leaves_what_everybody_plays(
    ready: Asset, runner: jobs.MemoryRunner, folder: Path
) -> None:
    conf.load(data=folder, media={"max_height": 180}, fine={"codecs": ["av1"]})
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)
    runner.drain()
    assert {one.codec[:4] for one in index_of(ready).video} == {"avc1", "av01"}
    retired = Track.objects.filter(asset=ready, retired_at__isnull=False)
    assert {track.name for track in retired} == {"original", "aac-0"}


def test_what_this_machine_cannot_encode_is_not_begun(
    ready: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lucarne_engine.encode.can_encode", lambda codec: codec != "av1")
    asset_id = ready.public_id
    conf.load(data=conf.get().data, fine={"codecs": ["av1"]})
    assert not fine.start(asset_id=asset_id, asked_by="per_1", at=AT)
    conf.load(data=conf.get().data, fine={"codecs": ["av1", "h264"]})
    assert fine.start(asset_id=asset_id, asked_by="per_1", at=AT)
    assert Fine.objects.get(asset=ready).decision["codecs"] == ["h264"]


def test_without_ffmpeg_the_wish_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_codec: str) -> bool:
        raise EncoderError("ffmpeg_missing")

    monkeypatch.setattr("lucarne_engine.encode.can_encode", fail)
    assert fine.codecs() == ("h264", "av1")


def test_a_failed_pass_leaves_the_film_as_it_is(ready: Asset) -> None:
    before = index_of(ready)
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)
    unit = Unit.objects.get(asset=ready, kind="trial")
    units.fail_unit(unit, EncoderError("out_of_time", "x"), at=AT)
    failed = Fine.objects.get(asset=ready)
    assert (failed.state, failed.error_code) == (Fine.State.FAILED, "out_of_time")
    assert index_of(ready) == before
    assert queries.find(ready.public_id).state == Asset.State.READY
    # and may be tried again
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)


@pytest.mark.slow
def test_a_pass_canceled_halfway_leaves_no_file(
    ready: Asset, runner: jobs.MemoryRunner
) -> None:
    kept = {key for key, _ in get_store().keys(f"films/{ready.public_id}")}
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)
    trial = Unit.objects.get(asset=ready, kind="trial")
    units.run_unit(
        asset_id=ready.public_id, name=trial.name, clock=now, cancel=Event()
    )
    first = fine.waiting(ready).order_by("name").first()
    assert first is not None
    units.run_unit(
        asset_id=ready.public_id, name=first.name, clock=now, cancel=Event()
    )
    assert {k for k, _ in get_store().keys(f"films/{ready.public_id}")} > kept
    assert_outlined(ready)
    fine.cancel(asset_id=ready.public_id, at=AT)
    assert_outlined(ready)
    assert {k for k, _ in get_store().keys(f"films/{ready.public_id}")} == kept
    assert not fine.unfinished().exists()
    runner.drain()
    assert Fine.objects.get(asset=ready).state == Fine.State.FAILED


def test_what_died_is_taken_up_again(ready: Asset) -> None:
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)
    jobs.set_runner(jobs.MemoryRunner())
    assert [one.pk for one in fine.unfinished()] == [ready.pk]
    fine.enqueue(ready)
    assert [job.kind for job in jobs.list_jobs(set(jobs.State))] == ["media.fine"]


def test_the_economy_begins_with_what_is_watched_most(ready: Asset) -> None:
    other = Asset.objects.create(
        public_id="ast_other", source_name="b.mp4", size_bytes=1, received_at=AT,
        state="ready", ready_at=AT, plan=ready.plan, plan_id="p", width=320,
    )  # fmt: skip
    Unit.objects.create(asset=other, kind="video", name="v", cpu_s=60, state="done")
    assert fine.consider(at=AT) is None
    fine.count_delivered({ready.public_id: 1000, "ast_gone": 5}, at=AT)
    assert fine.consider(at=AT) is None
    fine.count_delivered({other.public_id: 10**12}, at=AT)
    fine.count_delivered({other.public_id: 10**12}, at=AT)
    assert Delivery.objects.get(asset=other).size_bytes == 2 * 10**12
    assert fine.consider(at=AT) == other.public_id
    # one at a time
    Delivery.objects.filter(asset=ready).update(size_bytes=10**13)
    assert fine.consider(at=AT) is None


def test_old_viewing_counts_no_more(ready: Asset) -> None:
    fine.count_delivered({ready.public_id: 10**12}, at=AT - timedelta(days=31))
    assert fine.consider(at=AT) is None
    fine.forget_old(at=AT + timedelta(days=500))
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("when", "begins"), [("never", False), ("always", True)])
def test_the_setting_decides(
    ready: Asset, folder: Path, when: str, begins: bool
) -> None:
    conf.load(data=folder, fine={"when": when})
    assert (fine.consider(at=AT) == ready.public_id) is begins


def test_the_arithmetic() -> None:
    prices = economy.Prices(per_gb=0.01, per_cpu_hour=0.02, horizon_days=60)
    decision = economy.decide(
        delivered_bytes=100 * 10**9, first_pass_cpu_s=3600, codecs=("h264",),
        prices=prices,
    )  # fmt: skip
    assert decision.expected_bytes == 200 * 10**9
    assert decision.saving == pytest.approx(200 * economy.SAVES["h264"] * 0.01)
    assert decision.cost == pytest.approx(economy.COSTS["h264"] * 0.02)
    assert decision.is_worth_it
    nobody = economy.decide(
        delivered_bytes=0, first_pass_cpu_s=1, codecs=("h264", "av1"), prices=prices
    )
    assert not nobody.is_worth_it


def test_what_is_shown_is_what_finish_says(ready: Asset) -> None:
    """Twice is harmless, and nothing happens without a plan."""
    revision = queries.find(ready.public_id).revision
    record.finish_fine(ready, at=AT)
    assert queries.find(ready.public_id).revision == revision


def test_a_pass_whose_job_is_given_up_is_over(ready: Asset) -> None:
    """A unit that takes its process down again and again must not wait for ever."""
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)
    (job,) = [one for one in jobs.list_jobs(set(jobs.State)) if one.kind == "media.fine"]
    jobs.cancel(job.id)
    operations.resume(at=AT, is_start=False)
    assert Fine.objects.get(asset=ready).state == Fine.State.FAILED
    # What was given up once is no verdict on the next try.
    later = AT + timedelta(hours=1)
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=later)
    operations.resume(at=later, is_start=False)
    assert Fine.objects.get(asset=ready).state == Fine.State.RUNNING


def test_a_film_that_is_deleted_takes_its_pass_along(ready: Asset) -> None:
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)
    operations.remove(asset_id=ready.public_id)
    assert not Fine.objects.exists()
    states = {one.state for one in jobs.list_jobs(set(jobs.State)) if one.kind == "media.fine"}
    assert states == {jobs.State.CANCELED}


def test_canceling_the_film_stops_its_pass(ready: Asset) -> None:
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)
    operations.cancel(asset_id=ready.public_id, at=AT)
    assert Fine.objects.get(asset=ready).state == Fine.State.FAILED
    assert queries.find(ready.public_id).state == Asset.State.READY
