"""Films that are worked on while they arrive, against the same films afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from lucarne.core import conf, jobs
from lucarne.media import (
    ahead,
    following,
    incoming,
    operations,
    parts,
    policies,
    preparing,
    queries,
    units,
    uploads,
)
from lucarne.media.errors import TooMuch
from lucarne.media.models import Asset, Run, Track, Unit, Upload
from lucarne.media.uploads import UploadView
from lucarne_engine.errors import EncoderError
from lucarne_engine.plan import make_plan
from lucarne_engine.probe import ebml
from lucarne_engine.probe.ebml import children
from lucarne_engine.reader import FilmReader
from tests.engine.films import film as plain_film
from tests.media.arriving_films import SECONDS, film, sent_index

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
WHO = "per_0000000000000000"
Runner = jobs.MemoryRunner


def now() -> datetime:
    return AT


@pytest.fixture(autouse=True)
def nobody_else_reads() -> Iterator[None]:
    """Four films are read at a time; none of another test."""
    following.sweep(idle_s=-1)
    yield
    following.sweep(idle_s=-1)


@pytest.fixture(autouse=True)
def small_pieces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a second, chunks of four: the tests' films are short."""
    media = {"max_height": 180, "segment_ms": 1000, "chunk_ms": 4000}
    conf.load(data=folder, uploads={"reserve_bytes": 0}, media=media)
    monkeypatch.setattr(ahead, "LOOKS", (16 * 1024, 1024 * 1024))
    monkeypatch.setattr(ahead, "STEP_BYTES", 64 * 1024)
    monkeypatch.setattr(ahead, "_EVERY_S", 0.0)


def begin(path: Path) -> UploadView:
    return uploads.begin(
        person_id=WHO, name=path.name, size_bytes=path.stat().st_size, at=AT
    )


def send(view: UploadView, path: Path, until: int | None = None) -> None:
    """Go on with an upload, up to a byte of the film."""
    offset = parts.path_of(view.upload_id).stat().st_size
    writer = uploads.writer(view, offset=offset)
    try:
        writer.write(path.read_bytes()[offset:until])
        writer.commit()
    finally:
        writer.close()


def send_index(view: UploadView, path: Path, data: bytes | None = None) -> bool:
    begins, ends = sent_index(path)
    data = data or path.read_bytes()[begins:ends]
    return ahead.take_index(upload_id=view.upload_id, offset=begins, data=data)


def publish(view: UploadView) -> Asset:
    with transaction.atomic():
        whole = uploads.hand_over(upload_id=view.upload_id, person_id=WHO, at=AT)
        asset = operations.receive(
            path=whole.path, source_name=view.name, early=whole.early, at=AT
        )
    operations.prepare(asset_id=asset.public_id, clock=now)
    return queries.find(asset.public_id)


def made(asset: Asset, folder: Path) -> dict[str, bytes]:
    """What was made of a film: by track and file, its bytes; and its index."""
    root = folder / "store" / "films" / asset.public_id / asset.plan_id
    files = {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.m??")
    }
    for track in Track.objects.filter(asset=asset):
        runs = Run.objects.filter(track=track).order_by("first_number")
        rows = [row for run in runs for row in run.segments]
        files[f"{track.name} rows"] = repr(rows).encode()
        files[f"{track.name} outline"] = repr(track.outline).encode()
    return files


def early(view: UploadView) -> Asset | None:
    return Upload.objects.get(public_id=view.upload_id).early


def states(asset: Asset) -> dict[str, str]:
    return dict(asset.units.order_by("name").values_list("name", "state"))


INDEXED = ("hevc", "h264", "vp9_webm", "hevc_mkv")
OPEN = ("fragmented", "cmaf", "h264_ts", "mpeg2_ps", "vp9_live")


@pytest.mark.parametrize("name", [*INDEXED, "h264_front", *OPEN])
def test_what_is_made_ahead_is_what_is_made_afterwards(
    name: str, folder: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(name)
    size = path.stat().st_size
    view = begin(path)
    if name in INDEXED:
        assert send_index(view, path)
    for percent in (20, 55, 80):
        send(view, path, size * percent // 100)
        runner.drain()
    asset = early(view)
    assert asset is not None
    done = [one for one, state in states(asset).items() if state == "done"]
    assert "video-00000" in done
    has_sound = name != "hevc_mkv"  # its clusters are too long for what is here
    assert ("opening-aac-0" in done) == has_sound
    # Nobody can see it, and nothing of the film's own is claimed.
    assert (asset.state, asset.playable_at, asset.size_bytes) == ("arriving", None, 0)
    assert queries.film_index(queries.play_state(asset.public_id)) is None  # type: ignore[arg-type]
    send(view, path)
    with monkeypatch.context() as context:
        if has_sound:  # then it was read while it arrived, and is not read again
            context.setattr(preparing, "FilmReader", None)
        whole = publish(view)
    assert whole.pk == asset.pk
    assert whole.playable_at == AT  # before one more job ran
    assert all(states(whole)[one] == "done" for one in done)
    runner.drain()
    whole = queries.find(whole.public_id)
    assert whole.state == Asset.State.READY
    assert not list(incoming.folder().iterdir())
    other = begin(path)
    conf.load(
        data=folder, uploads={"reserve_bytes": 0, "overlap": False},
        media={"max_height": 180, "segment_ms": 1000, "chunk_ms": 4000},
    )  # fmt: skip
    send(other, path)
    assert early(other) is None
    plain = publish(other)
    runner.drain()
    plain = queries.find(plain.public_id)
    assert (plain.plan, plain.report) == (whole.plan, whole.report)
    assert plain.warnings == whole.warnings
    assert made(plain, folder) == made(whole, folder)


def arriving(path: Path, runner: Runner) -> tuple[UploadView, Asset]:
    view = begin(path)
    send_index(view, path)
    send(view, path, path.stat().st_size * 8 // 10)
    runner.drain()
    asset = early(view)
    assert asset is not None
    assert "done" in states(asset).values()
    return view, asset


def lying(path: Path) -> bytes:
    """An index whose times are right: the plan alone cannot tell that it lies."""
    begins, ends = sent_index(path)
    lie = bytearray(path.read_bytes()[begins:ends])
    late = lie.index(b"stsz") + 16 + 4 * (24 * SECONDS - 5) + 3
    lie[late] ^= 1  # one of the last pictures is a byte longer or shorter
    return bytes(lie)


@pytest.mark.parametrize("is_true", [True, False])
def test_a_film_is_published_while_its_first_chunk_is_encoded(
    is_true: bool, folder: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film("hevc")
    view = begin(path)
    assert send_index(view, path, None if is_true else lying(path))
    encode_chunk = units.encode.encode_chunk
    published: list[Asset] = []
    before: list[Asset | None] = []

    def meanwhile(*args: Any, **how: Any) -> Any:
        if not published:
            before.append(early(view))
            send(view, path)
            published.append(publish(view))
            assert published[0].playable_at is None
            if is_true:  # the ordinary job comes while this one is at it
                units.run_unit(
                    asset_id=published[0].public_id, name="video-00000", clock=now,
                    cancel=Event(),
                )  # fmt: skip
        return encode_chunk(*args, **how)

    monkeypatch.setattr(units.encode, "encode_chunk", meanwhile)
    send(view, path, path.stat().st_size * 8 // 10)
    runner.drain()
    whole = queries.find(published[0].public_id)
    assert (whole.state, whole.error_code) == (Asset.State.READY, "")
    assert before[0] is not None
    assert (whole.plan_id == before[0].plan_id) == is_true
    assert (whole.layout == ahead.DISCARDED) == (not is_true)
    assert {track.plan_id for track in Track.objects.all()} == {whole.plan_id}
    kept = {one.name for one in (folder / "store/films" / whole.public_id).iterdir()}
    assert kept == {whole.plan_id, "posters"}
    # Nothing was done twice.
    assert max(whole.units.values_list("attempts", flat=True)) == 1


def test_what_is_given_up_leaves_nothing(folder: Path, runner: Runner) -> None:
    path = film("hevc")
    view, asset = arriving(path, runner)
    uploads.give_up(upload_id=view.upload_id, person_id=WHO)
    assert not Asset.objects.exists()
    assert not list((folder / "store").rglob("*.m4s"))
    assert not list(incoming.folder().iterdir())
    # A process that died between the rows and the files.
    view, asset = arriving(path, runner)
    Upload.objects.all().delete()
    operations.sweep(at=AT)
    assert not Asset.objects.exists()
    assert not list((folder / "store").rglob("*.m4s"))
    assert runner.drain() == 0
    assert not asset.units.exists()


def test_an_abandoned_upload_takes_its_early_work_along(
    folder: Path, runner: Runner
) -> None:
    arriving(film("hevc"), runner)
    operations.sweep(at=datetime.now(UTC) + timedelta(days=30))
    assert not Asset.objects.exists()
    assert not list((folder / "store").rglob("*.m4s"))


def test_a_unit_waits_for_its_bytes_and_for_the_film_when_it_fails(
    runner: Runner,
) -> None:
    path = film("hevc")
    view = begin(path)
    send_index(view, path)
    send(view, path, 200_000)
    runner.drain()
    asset = early(view)
    assert asset is not None
    waiting = asset.units.filter(kind=Unit.Kind.VIDEO).order_by("chunk")
    assert [unit.state for unit in waiting if unit.end_byte > 200_000]
    last = list(waiting)[-1]
    units.run_unit(asset_id=asset.public_id, name=last.name, clock=now, cancel=Event())
    last.refresh_from_db()
    assert (last.state, last.end_byte, last.error_code) == ("waiting", 0, "")
    send(view, path)
    whole = publish(view)
    runner.drain()
    assert queries.find(whole.public_id).state == Asset.State.READY


def lying_cues(path: Path) -> bytes:
    """An index that names a cluster one byte too early; all else in it is true."""
    begins, ends = sent_index(path)
    lie = bytearray(path.read_bytes()[begins:ends])
    file = BytesIO(lie)
    [cues] = [one for one in children(file, 0, len(lie)) if one.kind == ebml.CUES]
    point = list(children(file, cues.body, cues.end))[-3]
    *_, places = children(file, point.body, point.end)
    [cluster] = [one for one in children(file, places.body, places.end) if one.kind == 0xF1]
    lie[cluster.end - 1] -= 1
    return bytes(lie)


def test_cues_that_lie_are_found_out(runner: Runner) -> None:
    path = film("vp9_webm")
    view = begin(path)
    assert send_index(view, path, lying_cues(path))
    for percent in (50, 70):
        send(view, path, path.stat().st_size * percent // 100)
        runner.drain()
    asset = early(view)
    assert asset is not None
    assert "done" in states(asset).values()
    send(view, path)
    whole = publish(view)
    assert whole.layout == ahead.DISCARDED
    runner.drain()
    assert queries.find(whole.public_id).state == Asset.State.READY


def few_cues(path: Path) -> bytes:
    """An index that names where a film begins and ends, and nothing between."""
    begins, ends = sent_index(path)
    index = bytearray(path.read_bytes()[begins:ends])
    file = BytesIO(index)
    [cues] = [one for one in children(file, 0, len(index)) if one.kind == ebml.CUES]
    points = [one for one in children(file, cues.body, cues.end) if one.kind == 0xBB]
    for point in points[2:-1]:
        index[point.begin] = 0xEC  # Void
    return bytes(index)


def test_cues_that_promise_too_little_are_no_index(runner: Runner) -> None:
    path = film("vp9_webm")
    view = begin(path)
    assert send_index(view, path, few_cues(path))
    send(view, path, path.stat().st_size * 7 // 10)
    runner.drain()
    assert early(view) is None
    send(view, path)
    whole = publish(view)
    assert (whole.state, whole.error_code) == (Asset.State.ENCODING, "")


def test_who_finds_no_reader_free_is_read_afterwards(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MOST", 1)
    views = {name: begin(film(name)) for name in ("fragmented", "cmaf")}
    for name, view in views.items():
        send(view, film(name), film(name).stat().st_size * 8 // 10)
        runner.drain()
    assert [early(view) is None for view in views.values()] == [False, True]
    send(views["cmaf"], film("cmaf"))
    whole = publish(views["cmaf"])
    assert (whole.state, whole.error_code) == (Asset.State.ENCODING, "")
    # The one that is read goes on to be.
    assert early(views["fragmented"]) is not None


def test_a_copy_that_fails_leaves_the_sounds_to_be_made(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pictures began before it was all here, so the film is published already."""
    path = film("h264")
    view, _ = arriving(path, runner)
    send(view, path)
    whole = publish(view)
    assert states(whole)["copy"] == "waiting"
    assert "audio-aac-0" not in states(whole)

    def damaged(*_: Any, **__: Any) -> None:
        raise EncoderError("encoder_failed", "x")

    with monkeypatch.context() as context:
        context.setattr(FilmReader, "remux", damaged)
        units.run_unit(asset_id=whole.public_id, name="copy", clock=now, cancel=Event())
    found = states(whole)
    assert (found["copy"], found["audio-aac-0"]) == ("done", "waiting")
    for name in ("audio-aac-0", *(one for one in found if one.startswith("video"))):
        units.run_unit(asset_id=whole.public_id, name=name, clock=now, cancel=Event())
    whole = queries.find(whole.public_id)
    assert (whole.error_code, whole.playable_at, whole.warnings) == ("", AT, [])
    tracks = set(Track.objects.filter(asset=whole).values_list("name", flat=True))
    assert "aac-0" in tracks
    assert "original" not in tracks


def test_what_was_made_of_too_few_bytes_is_thrown_away(runner: Runner) -> None:
    path = film("vp9_webm")
    _, asset = arriving(path, runner)
    with FilmReader(path) as reader:
        report, layout = reader.look()
    plan = make_plan(report, policies.policy())
    assert ahead.confirm(asset, report, plan, layout)
    assert states(asset)
    more = replace(layout, ends=tuple(end + 400_000 for end in layout.ends))
    assert not ahead.confirm(asset, report, plan, more)
    assert not states(asset)


@pytest.mark.parametrize("name", ["h264_ts", "vp9_opus", "text"])
def test_what_cannot_be_prepared_is_prepared_afterwards(
    name: str, runner: Runner
) -> None:
    path = plain_film(name)
    view = begin(path)
    half = path.stat().st_size // 2
    send(view, path, half)
    runner.drain()
    assert early(view) is None
    no_index = b"\0\0\0\x10moov\0\0\0\x08mvex"
    assert not ahead.take_index(upload_id=view.upload_id, offset=1, data=no_index)
    send(view, path)
    asset = publish(view)
    runner.drain()
    wanted = "failed" if name == "text" else "ready"
    assert queries.find(asset.public_id).state == wanted


def test_a_film_that_goes_on_otherwise_than_it_began_is_made_anew(
    runner: Runner,
) -> None:
    path = film("slower")
    view = begin(path)
    for percent in (60, 85):
        send(view, path, path.stat().st_size * percent // 100)
        runner.drain()
    asset = early(view)
    assert asset is not None
    assert states(asset)["video-00000"] == "done"
    send(view, path)
    whole = publish(view)
    assert (whole.pk, whole.layout) == (asset.pk, ahead.DISCARDED)
    runner.drain()
    whole = queries.find(whole.public_id)
    assert (whole.state, whole.error_code) == (Asset.State.READY, "")


@pytest.mark.parametrize("name", ["hevc", "fragmented"])
def test_who_reads_a_film_may_be_lost(
    name: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(name)
    view = begin(path)
    if name in INDEXED:
        send_index(view, path)
    send(view, path, path.stat().st_size // 2)
    runner.drain()
    following.end(view.upload_id)  # as when the portal is started again
    send(view, path, path.stat().st_size * 8 // 10)
    runner.drain()
    asset = early(view)
    assert asset is not None
    following.end(view.upload_id)
    monkeypatch.setattr(following, "MOST", 0)
    send(view, path)
    whole = publish(view)
    assert (whole.pk, whole.layout) == (asset.pk, asset.layout)
    assert whole.playable_at == AT


def test_bytes_that_are_taken_back_take_along_what_was_made_of_them(
    folder: Path, runner: Runner
) -> None:
    path = film("fragmented")
    view = begin(path)
    send(view, path, path.stat().st_size // 2)
    writer = uploads.writer(view, offset=path.stat().st_size // 2)
    try:
        writer.write(path.read_bytes()[path.stat().st_size // 2 : -100_000])
        runner.drain()
        assert early(view) is not None
        with pytest.raises(TooMuch):
            writer.write(b"x" * 200_000)
    finally:
        writer.close()
    assert early(view) is None
    assert not Asset.objects.exists()
    assert not list((folder / "store").rglob("*.m4s"))
    send(view, path)
    assert publish(view).plan_id


@pytest.mark.parametrize("name", ["fragmented", "h264_ts"])
def test_a_film_that_is_damaged_is_what_it_is_without_this(
    name: str, folder: Path, tmp_path: Path, runner: Runner
) -> None:
    data = bytearray(film(name).read_bytes())
    hole = slice(len(data) // 2, len(data) // 2 + 40_000)
    data[hole] = bytes(40_000)
    data[-30_000:-10_000] = random.Random(1).randbytes(20_000)
    path = tmp_path / film(name).name
    path.write_bytes(data)
    found = []
    for overlap in (True, False):
        conf.load(
            data=folder, uploads={"reserve_bytes": 0, "overlap": overlap},
            media={"max_height": 180, "segment_ms": 1000, "chunk_ms": 4000},
        )  # fmt: skip
        view = begin(path)
        for percent in (45, 80, 100):
            send(view, path, len(data) * percent // 100)
            runner.drain()
        asset = publish(view)
        runner.drain()
        asset = queries.find(asset.public_id)
        found.append((asset.state, asset.error_code, asset.plan, asset.report))
    assert found[0] == found[1]
