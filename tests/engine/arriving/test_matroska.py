"""Matroska and WebM of which the beginning and the index are here, by the engine's doors."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lucarne_engine import encode
from lucarne_engine.arriving import (
    Span,
    beginning,
    chunk_spans,
    is_index,
    make_view,
    opening,
    sound_span,
)
from lucarne_engine.arriving.matroska import void
from lucarne_engine.errors import EngineError
from lucarne_engine.plan import make_plan
from lucarne_engine.plan.model import Plan, Policy
from lucarne_engine.probe import promise
from lucarne_engine.probe.ebml import Cue, EbmlError, children, read_cues, segment_of
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.probe.timing import PacketLog
from lucarne_engine.reader import FilmReader
from tests.media.arriving_films import film, sent_index

POLICY = Policy(max_height=180, segment_ms=1000, chunk_ms=4000)


def view(path: Path, target: Path, *spans: Span, index: bytes | None = None) -> Path:
    """A view of a film, with noise wherever there is nothing."""
    begin, end = sent_index(path)
    data, size = path.read_bytes(), path.stat().st_size
    index = index or data[begin:end]
    until = max(span.end for span in spans)
    head = opening(path, index, size_bytes=size, until=until)
    make_view(
        target, source=path, size_bytes=size, spans=[head, *spans], index=index,
        index_offset=begin,
    )  # fmt: skip
    noise = bytearray(Random(7).randbytes(size))
    made = target.read_bytes()
    for span in (head, *spans, Span(begin=begin, end=end)):
        noise[span.begin : span.end] = made[span.begin : span.end]
    for span in (head, *spans):  # what makes a hole an element
        noise[span.end : span.end + 9] = made[span.end : span.end + 9]
    target.write_bytes(noise)
    return target


def start(path: Path, percent: int) -> Span:
    """What a look is taken at when so much of a film is here."""
    begin, end = sent_index(path)
    data, size = path.read_bytes(), path.stat().st_size
    return beginning(
        path, data[begin:end], index_offset=begin, size_bytes=size,
        until=size * percent // 100,
    )  # fmt: skip


def look(path: Path, **how: bool) -> tuple[SourceReport, Layout]:
    with FilmReader(path) as reader:
        return reader.look(**how)


@cache
def whole(name: str) -> tuple[SourceReport, Layout]:
    return look(film(name))


def facts(report: SourceReport) -> SourceReport:
    assert report.video is not None
    video = replace(report.video, can_copy=True, bitrate_kbps=0)
    audio = tuple(replace(one, can_copy=True, bitrate_kbps=0) for one in report.audio)
    return replace(report, problems=(), video=video, audio=audio)


@pytest.mark.parametrize(
    "name", ["vp9_webm", "vp9_cues_front", "hevc_mkv", "hevc_open_mkv", "h264_mkv"]
)
def test_beginning_and_cues_say_what_the_film_will_be(
    name: str, tmp_path: Path
) -> None:
    path = film(name)
    report, layout = whole(name)
    begun = start(path, 50)
    assert layout.looked_to < begun.end < path.stat().st_size // 2
    early, expected = look(view(path, tmp_path / "view", begun), is_arriving=True)
    assert facts(early) == facts(report)
    assert (expected.digest, expected.looked_to) == (layout.digest, layout.looked_to)
    plan = make_plan(report, POLICY)
    spans = chunk_spans(layout, report, plan)
    parts = chunk_spans(expected, early, plan)
    here = [
        (need, had) for need, had in zip(spans, parts, strict=True) if need and had
    ]
    assert here
    for need, had in here:
        assert had.begin <= need.begin < need.end <= had.end
    heard, opened = sound_span(layout, plan, 2), sound_span(expected, plan, 2)
    assert heard is not None
    assert opened is not None
    assert heard.end <= opened.end < path.stat().st_size


def chunk_bytes(
    source: Path, report: SourceReport, plan: Plan, number: int, out: Path
) -> tuple[Any, ...]:
    out.mkdir()
    made = encode.encode_chunk(
        source, report, plan, chunk=number, rungs=(plan.rungs[0].name,), out=out,
        on_progress=lambda _: None, is_partial=True,
    )  # fmt: skip
    [track] = made.tracks
    files = [file.read_bytes() for file in (track.init, *track.files)]
    return files, made.decoded_frames, made.problems


@pytest.mark.parametrize("name", ["vp9_webm", "hevc_mkv", "hevc_open_mkv"])
def test_a_chunk_is_made_of_its_own_clusters(name: str, tmp_path: Path) -> None:
    path = film(name)
    report, _ = whole(name)
    plan = make_plan(report, POLICY)
    early, layout = look(view(path, tmp_path / "v", start(path, 50)), is_arriving=True)
    spans = chunk_spans(layout, early, plan)
    numbers = [n for n, span in enumerate(spans) if span][:3]
    assert len(numbers) > 1
    for number in (numbers[0], numbers[-1]):
        span = spans[number]
        assert span is not None
        part = view(path, tmp_path / "view", span)
        made, expected = (
            chunk_bytes(source, report, plan, number, tmp_path / f"{source.name}{number}")
            for source in (part, path)
        )
        assert made == expected


def test_what_promises_nothing_is_not_planned(tmp_path: Path) -> None:
    path = film("vp9_webm")
    for percent in (1, 10):  # before the first cluster, and within the first
        begun = start(path, percent)
        target = tmp_path / str(percent)
        with pytest.raises(EngineError):
            look(view(path, target, begun), is_arriving=True)
    live = film("vp9_live")
    with live.open("rb") as file, pytest.raises(EbmlError):
        read_cues(file, live.stat().st_size)


@pytest.mark.parametrize("name", ["vp9_webm", "hevc_mkv"])
def test_what_is_read_first_ends_after_six_seconds(name: str) -> None:
    path = film(name)
    begin, end = sent_index(path)
    index, size = path.read_bytes()[begin:end], path.stat().st_size
    with path.open("rb") as file:
        cues = {cue.time: cue.place for cue in read_cues(file, size)}
    opened = opening(path, index, size_bytes=size, until=size)
    # A cluster begins with the sound before its picture.
    assert opened.begin == 0
    assert cues[6000] <= opened.end <= cues[8000]


# -- indexes that lie


def test_cues_that_lie_cost_work_and_nothing_else(tmp_path: Path) -> None:
    path = film("vp9_webm")
    begin, end = sent_index(path)
    data, begun = path.read_bytes(), start(path, 50)
    random = Random(11)
    at = data.index(b"\x1c\x53\xbb\x6b", begin) - begin
    planned = 0
    for n in range(8):
        lie = bytearray(data[begin:end])
        for _ in range(1 + n):
            lie[random.randrange(at + 4, len(lie))] ^= 1 << random.randrange(8)
        part = view(path, tmp_path / str(n), begun, index=bytes(lie))
        try:
            look(part, is_arriving=True)
        except EngineError:
            continue
        planned += 1
    assert planned < 8


def test_no_bytes_are_more_than_an_error() -> None:
    data = film("vp9_webm").read_bytes()
    head = data.index(b"\x1f\x43\xb6\x75")
    cues = data.index(b"\x1c\x53\xbb\x6b", len(data) // 2)
    random = Random(3)
    found = 0
    for _ in range(1000):
        changed = bytearray(data)
        for _ in range(random.randrange(1, 6)):
            place = random.choice((random.randrange(head), random.randrange(cues, len(data))))
            changed[place] = random.randrange(256)
        with suppress(EbmlError):
            found += bool(read_cues(BytesIO(changed), len(changed)))
    assert 0 < found < 1000


GOP, GOPS, STEP = 50, 12, 40  # pictures; milliseconds


def promised() -> tuple[dict[int, PacketLog], list[Cue], PacketLog]:
    """A picture whose clusters 3 to 9 are missing, its cues, and all of it."""
    every = PacketLog(time_base=Fraction(1, 1000))
    for number in range(GOP * GOPS):
        if number % GOP == 0:
            every.keys.append(number)
        every.pts.append(STEP * number)
        every.places.append(1000 * (1 + number // GOP) + 10 * (number % GOP))
    every.durations = [STEP] * len(every.pts)
    every.sizes = [10] * len(every.pts)
    part = PacketLog(time_base=every.time_base)
    for number in (*range(3 * GOP), *range(10 * GOP, 12 * GOP)):
        if number % GOP == 0:
            part.keys.append(len(part.pts))
        for name in ("pts", "places", "durations", "sizes"):
            getattr(part, name).append(getattr(every, name)[number])
    cues = [Cue(time=STEP * GOP * n, place=1000 * (1 + n)) for n in range(GOPS)]
    return {0: part}, cues, every


def test_a_hole_is_filled_with_what_its_cues_promise() -> None:
    logs, cues, every = promised()
    promise.complete(logs, 0, cues, size_bytes=13_000, most=1000)
    made = logs[0]
    assert (made.pts, made.keys) == (every.pts, every.keys)
    assert made.durations == every.durations
    assert all(
        place <= real and real + 10 <= place + size
        for place, size, real in zip(made.places, made.sizes, every.places, strict=True)
    )
    # A picture in the middle of a cluster comes with no more than that cluster.
    assert (made.places[151], made.sizes[151]) == (4000, 1000)


def test_cues_that_promise_too_little_are_an_error() -> None:
    for kept in (slice(0), slice(3), slice(None, None, 6)):
        logs, cues, _every = promised()
        with pytest.raises(EngineError) as refused:
            promise.complete(logs, 0, cues[kept], size_bytes=13_000, most=1000)
        assert "its cues promise too little" in refused.value.detail


def test_promises_that_cannot_be_kept_are_errors() -> None:
    random = Random(5)
    kept = 0
    for _ in range(1500):
        logs, cues, _every = promised()
        for _ in range(random.randrange(1, 4)):
            n = random.randrange(len(cues))
            time = random.choice((cues[n].time, random.randrange(1 << 62), 0, n * 999))
            place = random.choice((cues[n].place, random.randrange(1 << 62), 0))
            cues[n] = Cue(time=time, place=place)
        if random.random() < 0.5:
            logs[0].pts[random.randrange(len(logs[0].pts))] = random.randrange(1 << 40)
        try:
            promise.complete(logs, 0, cues, size_bytes=13_000, most=1000)
            kept += 1
        except EngineError:
            continue
        assert len(logs[0].pts) <= 1001
    assert kept < 750


@pytest.mark.parametrize("length", [2, 3, 8, 9, 10, 127, 128, 1 << 40])
def test_a_hole_is_one_element(length: int) -> None:
    header = void(length)
    data = BytesIO(header + bytes(min(length, 200) - len(header)))
    [found] = children(data, 0, length)
    assert (found.kind, found.begin, found.end) == (0xEC, 0, length)


def test_an_index_is_whole_elements_from_a_cluster_on() -> None:
    path = film("vp9_webm")
    begin, end = sent_index(path)
    data = path.read_bytes()[begin:end]
    assert is_index(data)
    assert is_index(bytearray(data))
    for broken in (data[:-1], data[1:], data + b"\0", b"", data[:4]):
        assert not is_index(broken)
    with path.open("rb") as file:
        assert segment_of(file, end).end == end
