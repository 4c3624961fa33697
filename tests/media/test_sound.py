"""Sound of a film: heard at once as it is, then as loud as all others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lucarne.core import conf, jobs
from lucarne.media import progress, queries, units, worklist
from lucarne.media.models import Asset, Track, Unit
from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.package.index import FilmIndex
from tests.engine.encode.chunks import made
from tests.engine.films import film
from tests.media import receiving

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def now() -> datetime:
    return AT


def received(path: Path) -> Asset:
    return receiving.received(path, at=AT)


def index_of(asset: Asset) -> FilmIndex:
    state = queries.play_state(asset.public_id)
    assert state is not None
    index = queries.film_index(state)
    assert index is not None
    return index


def heard(asset: Asset) -> list[tuple[str, int]]:
    return [(track.name, track.channels) for track in index_of(asset).audio]


def run(asset: Asset, name: str) -> Unit:
    units.run_unit(
        asset_id=asset.public_id, name=name, clock=now, cancel=units.Event()
    )
    return Unit.objects.get(asset=asset, name=name)


def test_a_copy_is_heard_until_the_film_is_ready(
    folder: Path, runner: jobs.MemoryRunner
) -> None:
    asset = received(film("h264_short"))
    assert heard(asset) == [("aac-0", 2)]
    made_of = run(asset, "audio-sound-0")
    assert made_of.state == Unit.State.DONE
    assert made_of.facts["gain_db"] < -1  # a loud tone
    # It is there, and nobody who watches is told of it.
    assert queries.track_index(asset.public_id, asset.plan_id, "sound-0") is not None
    assert heard(asset) == [("aac-0", 2)]
    revision = queries.find(asset.public_id).revision
    runner.drain()
    assert heard(asset) == [("sound-0", 2)]
    assert queries.find(asset.public_id).revision > revision
    retired = Track.objects.filter(asset=asset, retired_at__isnull=False)
    assert {track.name for track in retired} == {"aac-0", "original"}
    # Whoever holds the old playlists still finds their segments.
    store = folder / "store" / "films" / asset.public_id
    assert any(store.rglob("aac-0/0.m4s"))
    assert queries.track_index(asset.public_id, asset.plan_id, "aac-0") is not None


@pytest.mark.usefixtures("runner")
def test_a_film_is_not_ready_before_its_sound_is() -> None:
    asset = received(film("h264_short"))
    names = [unit.name for unit in asset.units.all() if not worklist.is_later(unit)]
    for name in names:
        run(asset, name)
    assert queries.find(asset.public_id).state == Asset.State.ENCODING
    run(asset, "audio-sound-0")
    assert queries.find(asset.public_id).state == Asset.State.READY


@pytest.mark.usefixtures("folder")
def test_sound_that_is_right_stays(tmp_path: Path, runner: jobs.MemoryRunner) -> None:
    tone = "-f lavfi -i sine=f=997:r=48000:d=4 -af volume=5dB"  # -16 LUFS
    asset = received(made(tmp_path / "tone.m4a", f"{tone} -ac 2 -c:a aac -b:a 160k"))
    runner.drain()
    assert queries.find(asset.public_id).state == Asset.State.READY
    (unit,) = asset.units.filter(name="audio-sound-0")
    assert abs(unit.facts["lufs"] + 16) <= 1
    assert unit.facts["gain_db"] == 0
    assert heard(asset) == [("aac-0", 2)]
    (sound,) = progress.progress(asset.public_id).sounds
    assert (sound.lufs, sound.gain_db) == (unit.facts["lufs"], 0)


def test_surround_sound_comes_beside_stereo(runner: jobs.MemoryRunner) -> None:
    asset = received(film("surround"))
    for name in ("video-00000", "audio-aac-0"):
        run(asset, name)
    assert heard(asset) == [("aac-0", 2)]
    runner.drain()
    assert heard(asset) == [("sound-0", 2), ("sound-0-51", 6)]
    assert [track.is_default for track in index_of(asset).audio] == [True, False]
    told = progress.progress(asset.public_id).sounds
    assert [sound.channels for sound in told] == [2, 6]


def test_loudness_may_be_left_as_it_is(folder: Path, runner: jobs.MemoryRunner) -> None:
    conf.load(
        data=folder, uploads={"reserve_bytes": 0},
        media={"max_height": 180, "loudness": "off"},
    )  # fmt: skip
    asset = received(film("h264_short"))
    runner.drain()
    assert heard(asset) == [("aac-0", 2)]
    assert not any(worklist.is_later(unit) for unit in asset.units.all())


@pytest.mark.parametrize(
    ("error", "warnings"),
    [
        (EncoderError("encoder_failed", "x"), ["sound_not_levelled"]),
        (SourceError("undecodable", "x"), []),
    ],
)
def test_a_film_is_published_with_the_sound_it_has(
    error: EncoderError | SourceError, warnings: list[str], runner: jobs.MemoryRunner
) -> None:
    asset = received(film("h264_short"))
    unit = asset.units.get(name="audio-sound-0")
    units.fail_unit(unit, error, at=AT)
    runner.drain()
    asset = queries.find(asset.public_id)
    assert (asset.state, asset.warnings) == (Asset.State.READY, warnings)
    assert heard(asset) == [("aac-0", 2)]


@pytest.mark.usefixtures("runner")
def test_a_long_film_takes_no_place_before_others() -> None:
    """What viewers of another film wait for is in the quick queue."""
    asset = received(film("h264_short"))

    def queues() -> set[str]:
        listed = jobs.list_jobs(set(jobs.State))
        return {job.kind for job in listed if job.key.endswith("audio-sound-0")}

    assert queues() == {"media.aside"}
    jobs.cancel_prefix("media.aside", asset.public_id)
    Asset.objects.filter(pk=asset.pk).update(duration_ms=worklist.LONG_MS + 1)
    worklist.enqueue(queries.find(asset.public_id))
    assert "media.level" in queues()
