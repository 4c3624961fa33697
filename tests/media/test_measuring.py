"""Every film's curves: measured once when it is ready, and used by a pass that follows.

With a trial that takes no time; test_fine measures a film in earnest.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from lucarne.core import conf, jobs
from lucarne.core.storage import get_store
from lucarne.media import (
    economy,
    fine,
    fine_view,
    keys,
    ladder,
    measuring,
    operations,
    progress,
    queries,
    record,
    tasks,
    units,
)
from lucarne.media.models import Asset, Fine, Track, Unit
from lucarne_engine.errors import EncoderError
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.plan.curve import Point
from lucarne_engine.plan.make import make_plan
from lucarne_engine.plan.model import Policy
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.reader import probe
from tests.engine.films import film

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
POINTS = {
    codec: (
        Point(width=320, height=180, crf=low, bits=9000, vmaf=97),
        Point(width=320, height=180, crf=high, bits=1500, vmaf=70),
    )
    for codec, low, high in (("h264", 22, 36), ("av1", 28, 50))
}


def now() -> datetime:
    return AT


@functools.cache
def looked_into() -> tuple[str, str]:
    report = probe(film("h264_short"))
    plan = make_plan(report, Policy(max_height=180))
    return report_codec.to_json(report), plan_codec.to_json(plan)


def written(name: str, **facts: object) -> Asset:
    """Write down a film as if it had been encoded: it costs none of the time."""
    get_store().put_bytes(b"a film", keys.master(name))
    report, plan = looked_into()
    usual = {"source_name": "a.mp4", "size_bytes": 1, "received_at": AT, "ready_at": AT}
    how = {"state": "ready", "plan_id": "p", "width": 320, "height": 180, **facts}
    return Asset.objects.create(
        public_id=name, report=report, plan=plan, **{**usual, **how}
    )


@pytest.fixture
def ready(folder: Path, runner: jobs.MemoryRunner) -> Asset:  # noqa: ARG001
    return written("ast_ready")


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Let a trial find POINTS at once; hear which codecs each was asked for."""
    asked: list[tuple[str, ...]] = []

    def try_film(*_: object, codecs: Any, on_cpu: Any, **__: object) -> Any:
        asked.append(tuple(codecs))
        on_cpu(2.5)
        return {codec: POINTS[codec] for codec in codecs}

    monkeypatch.setattr("lucarne_engine.quality.try_film", try_film)
    return asked


def run(asset: Asset, kind: str) -> None:
    for unit in fine.waiting(asset).filter(kind=kind):
        units.run_unit(
            asset_id=asset.public_id, name=unit.name, clock=now, cancel=Event()
        )


def row_of(asset: Asset) -> Fine:
    return Fine.objects.get(asset=asset)


@pytest.mark.parametrize(
    ("settings", "is_measured"),
    [
        ({"when": "never"}, False),
        ({"when": "never", "curves": "every"}, True),
        ({"when": "economy"}, True),
        ({"when": "economy", "curves": "fine"}, False),
    ],
)
def test_the_setting_decides(
    ready: Asset, folder: Path, settings: dict[str, str], is_measured: bool
) -> None:
    conf.load(data=folder, fine=settings)
    tasks.measure(at=AT, is_start=False)
    assert Fine.objects.filter(asset=ready).exists() is is_measured
    shown = fine_view.view(ready.public_id, at=AT)
    assert shown is not None
    assert shown.ladder == ("running" if is_measured else "")


def test_the_newest_first_and_one_at_a_time(
    ready: Asset, tried: list[tuple[str, ...]]
) -> None:
    newest = written("ast_newest", ready_at=AT + timedelta(days=1))
    written("ast_sound", ready_at=AT + timedelta(days=2), width=0)
    written("ast_not_yet", ready_at=None, state="encoding")
    assert measuring.consider(at=AT) == newest.public_id
    assert measuring.consider(at=AT) is None
    Unit.objects.filter(asset=newest).update(state="done")
    assert measuring.consider(at=AT) == ready.public_id
    assert not tried


def test_a_pass_that_follows_tries_nothing_again(
    ready: Asset, tried: list[tuple[str, ...]]
) -> None:
    measuring.consider(at=AT)
    run(ready, "trial")
    assert tried == [("h264", "av1")]
    Unit.objects.filter(asset=ready, kind="score").update(state="done", cpu_s=1.5)
    later = AT + timedelta(days=1)
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=later)
    row = row_of(ready)
    assert row.plan
    assert row.decision["asked_by"] == "per_1"
    assert set(row.points) == {"h264", "av1"}
    # What measuring took was of this film: it stays counted.
    kinds = fine.waiting(ready).values_list("kind", flat=True)
    assert set(kinds) == {"fine"}
    shown = fine_view.view(ready.public_id, at=AT)
    assert shown is not None
    assert shown.measuring_cpu_s == 4


def test_bits_are_set_right_by_what_the_first_pass_needed(
    ready: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = plan_codec.from_json(ready.plan).rungs[-1]
    track = Track.objects.create(
        asset=ready, plan_id=ready.plan_id, name=top.name, kind="video", codec="avc1",
        timescale=1000, init_bytes=1, width=320, height=180, longest_segment="2",
    )  # fmt: skip
    track.runs.create(first_number=0, segments=[[0, 2000, 60_000, 1], [2000, 2000, 40_000, 1]])
    record.note_outline(track)
    told: list[float] = []

    def try_film(*_: object, top_bits: float, **__: object) -> Any:
        told.append(top_bits)
        return POINTS

    monkeypatch.setattr("lucarne_engine.quality.try_film", try_film)
    measuring.consider(at=AT)
    run(ready, "trial")
    rate = float(plan_codec.from_json(ready.plan).frame_rate)
    assert told[0] == pytest.approx(8 * 100_000 / 4 / rate, rel=0.01)


def test_only_a_codec_that_was_not_tried_is_tried(
    ready: Asset, folder: Path, tried: list[tuple[str, ...]]
) -> None:
    conf.load(data=folder, fine={"codecs": ["h264"]})
    measuring.consider(at=AT)
    run(ready, "trial")
    conf.load(data=folder, fine={"codecs": ["h264", "av1"]})
    later = AT + timedelta(days=1)
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=later)
    assert not row_of(ready).plan
    run(ready, "trial")
    assert tried == [("h264",), ("av1",)]
    assert {unit.rungs[0][:4] for unit in fine.waiting(ready)} == {"h264", "av1-"}


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_a_pass_asked_for_meanwhile_goes_on_with_the_trial(
    ready: Asset, tried: list[tuple[str, ...]], state: str
) -> None:
    measuring.consider(at=AT)
    Unit.objects.filter(asset=ready, kind="trial").update(state=state)
    later = AT + timedelta(minutes=1)
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=later)
    assert progress.progress(ready.public_id).is_improving
    run(ready, "trial")
    assert len(tried) == 1
    assert set(fine.waiting(ready).values_list("kind", flat=True)) == {"fine"}


def test_a_trial_that_fails_is_said_and_not_made_again(ready: Asset) -> None:
    measuring.consider(at=AT)
    trial = Unit.objects.get(asset=ready, kind="trial")
    units.fail_unit(trial, EncoderError("encoder_failed", "x"), at=AT)
    shown = fine_view.view(ready.public_id, at=AT)
    assert shown is not None
    assert (shown.ladder, shown.error_code) == ("failed", "encoder_failed")
    assert measuring.consider(at=AT) is None
    assert queries.find(ready.public_id).state == Asset.State.READY
    assert fine.start(asset_id=ready.public_id, asked_by="per_1", at=AT)


def test_pictures_that_tell_nothing(
    ready: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Black at any quality: two points that are the same."""
    same = [POINTS["h264"][0]] * 2
    monkeypatch.setattr(
        "lucarne_engine.quality.try_film", lambda *_, codecs, **__: dict.fromkeys(codecs, same)
    )
    measuring.consider(at=AT)
    run(ready, "trial")
    assert not fine.waiting(ready).exists()
    shown = fine_view.view(ready.public_id, at=AT)
    assert shown is not None
    assert (shown.ladder, shown.has_figures) == ("plain", False)


def test_what_died_is_taken_up_again(ready: Asset) -> None:
    measuring.consider(at=AT)
    Unit.objects.filter(asset=ready, kind="trial").update(state="running")
    jobs.set_runner(jobs.MemoryRunner())
    tasks.take_up(at=AT, is_start=True)
    assert [job.kind for job in jobs.list_jobs(set(jobs.State))] == ["media.fine"]


def test_a_canceled_film_is_not_measured(ready: Asset) -> None:
    measuring.consider(at=AT)
    operations.cancel(asset_id=ready.public_id, at=AT)
    assert not fine.unfinished().exists()
    assert measuring.consider(at=AT) is None
    assert row_of(ready).error_code == "cancelled"
    states = {one.state for one in jobs.list_jobs(set(jobs.State)) if one.kind == "media.fine"}
    assert states == {jobs.State.CANCELED}


def test_a_film_deleted_meanwhile(ready: Asset, tried: list[tuple[str, ...]]) -> None:
    measuring.consider(at=AT)
    trial = Unit.objects.select_related("asset").get(asset=ready, kind="trial")

    def gone(*_: object, **__: object) -> dict[str, object]:
        operations.remove(asset_id=ready.public_id)
        return {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lucarne_engine.quality.try_film", gone)
        units.run_unit(
            asset_id=ready.public_id, name=trial.name, clock=now, cancel=Event()
        )
    assert not tried
    assert not Unit.objects.exists()


def test_the_economy_counts_what_this_film_would_save(
    ready: Asset, tried: list[tuple[str, ...]]
) -> None:
    assert not fine.decide(ready, at=AT, asked_by="").is_measured
    Unit.objects.create(asset=ready, kind="video", name="v", cpu_s=60, state="done")
    before = fine.decide(ready, at=AT, asked_by="").cpu_hours
    measuring.consider(at=AT)
    run(ready, "trial")
    Fine.objects.filter(asset=ready).update(
        decision={"codecs": ["h264", "av1"], "saves": {"h264": 0.1, "av1": 0.2}}
    )
    fine.count_delivered({ready.public_id: 10**12}, at=AT)
    decision = fine.decide(ready, at=AT, asked_by="")
    assert decision.is_measured
    assert decision.saved_share == pytest.approx(0.8 * 0.2 + 0.2 * 0.1)
    # The trial is paid already.
    assert decision.cpu_hours == pytest.approx(before - 2.5 / 3600)
    assert economy.from_json(decision.to_json()) == decision
    assert fine.consider(at=AT) == ready.public_id
    assert len(tried) == 1


def test_what_would_be_saved_is_read_between_the_rungs_that_were_measured() -> None:
    def rung(kbps: int, *, is_fine: bool = False, **vmaf: float) -> ladder.RungView:
        known = {"expected_vmaf": None, "measured_vmaf": None} | vmaf
        return ladder.RungView(
            name="x", codec="av1" if is_fine else "h264", width=320, height=180,
            is_fine=is_fine, is_made=not is_fine, kbps=kbps, size_bytes=1, **known,
        )  # fmt: skip

    first = [rung(1000, measured_vmaf=80), rung(4000, measured_vmaf=96), rung(9000)]
    # Halfway between: 2000 at 88. What is beyond the ends says nothing.
    would_be = [(500, 88), (2000, 96), (8000, 99), (10, 20)]
    fine_rungs = [rung(kbps, is_fine=True, expected_vmaf=vmaf) for kbps, vmaf in would_be]
    assert ladder.saved([*first, *fine_rungs]) == {
        "av1": pytest.approx((0.75 + 0.5) / 2)
    }
    assert ladder.saved(fine_rungs) == {}
