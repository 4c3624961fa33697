"""What can be made of a part of a film: the same as of all of it, from nothing else."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lucarne_engine import encode
from lucarne_engine.arriving import (
    Missing,
    Span,
    chunk_spans,
    find_index,
    is_index,
    make_view,
    sound_span,
)
from lucarne_engine.errors import EncoderError
from lucarne_engine.plan import make_plan
from lucarne_engine.plan.model import Plan, Policy
from lucarne_engine.probe.layout import Layout
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader
from tests.media.arriving_films import film

HEAD = 65_536
POLICY = Policy(max_height=180, segment_ms=1000, chunk_ms=4000)


def index_of(path: Path) -> tuple[int, int]:
    found = find_index(path)
    assert found is not None
    return found


def view(path: Path, target: Path, *spans: Span, filling: str = "holes") -> Path:
    """A view of a film; in its holes, zeros or noise."""
    begin, end = index_of(path)
    data, size = path.read_bytes(), path.stat().st_size
    spans = (Span(begin=0, end=HEAD), *spans)
    make_view(
        target, source=path, size_bytes=size, spans=spans,
        index=data[begin:end], index_offset=begin,
    )  # fmt: skip
    if filling == "noise":
        noise = bytearray(Random(7).randbytes(size))
        for span in (*spans, Span(begin=begin, end=end)):
            noise[span.begin : span.end] = data[span.begin : span.end]
        target.write_bytes(noise)
    return target


def look(path: Path, **how: bool) -> tuple[SourceReport, Layout]:
    with FilmReader(path) as reader:
        return reader.look(**how)


def facts(report: SourceReport) -> SourceReport:
    assert report.video is not None
    video = replace(report.video, can_copy=True)
    return replace(report, problems=(), video=video)


@pytest.mark.parametrize("name", ["hevc", "h264", "h264_front", "vp9"])
def test_a_look_at_the_beginning_says_what_the_film_will_be(
    name: str, tmp_path: Path
) -> None:
    path = film(name)
    report, layout = look(path)
    for filling in ("holes", "noise"):
        part = view(path, tmp_path / filling, filling=filling)
        early, expected = look(part, is_arriving=True)
        assert facts(early) == facts(report)
        assert expected == layout
        assert layout.looked_to < HEAD


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


@pytest.mark.parametrize("name", ["hevc", "vp9"])
def test_a_chunk_is_made_of_its_own_bytes_and_no_others(
    name: str, tmp_path: Path
) -> None:
    path = film(name)
    report, layout = look(path)
    plan = make_plan(report, POLICY)
    made = 0
    for chunk, span in zip(
        plan.chunks, chunk_spans(layout, report, plan), strict=True
    ):
        if span is None:
            continue
        made += 1
        whole, *parts = (
            chunk_bytes(source, report, plan, chunk.number, tmp_path / f"{n}-{made}")
            for n, source in enumerate((
                path,
                view(path, tmp_path / "holes", span),
                view(path, tmp_path / "noise", span, filling="noise"),
            ))
        )  # fmt: skip
        assert parts == [whole, whole]
    assert made > 1


def test_a_chunk_that_cannot_be_entered_is_not_made(tmp_path: Path) -> None:
    path = film("vp9")
    report, _ = look(path)
    plan = make_plan(report, POLICY)
    part = view(path, tmp_path / "view", filling="noise")
    with pytest.raises(EncoderError):
        chunk_bytes(part, report, plan, len(plan.chunks) - 1, tmp_path / "out")


def test_the_opening_of_a_sound_is_how_all_of_it_begins(tmp_path: Path) -> None:
    path = film("vp9")
    report, layout = look(path)
    plan = make_plan(report, POLICY)
    span = sound_span(layout, plan, 2)
    assert span is not None
    assert span.end < path.stat().st_size
    part = view(path, tmp_path / "view", span, filling="noise")

    def sound(source: Path, segments: int) -> list[bytes]:
        out = tmp_path / f"sound-{segments}"
        out.mkdir()
        track = encode.encode_audio(
            source, report, plan, name="aac-0", out=out, segments=segments,
            on_segments=lambda _: None, on_progress=lambda _: None,
        )  # fmt: skip
        return [file.read_bytes() for file in (track.init, *track.files)]

    opening, whole = sound(part, 2), sound(path, 0)
    assert len(opening) == 3
    assert opening == whole[:3]


def test_a_view_needs_what_it_is_made_of(tmp_path: Path) -> None:
    source = tmp_path / "growing"
    source.write_bytes(b"0123456789")

    def make(*spans: Span) -> bytes:
        make_view(
            tmp_path / "view", source=source, size_bytes=20, spans=spans,
            index=b"index", index_offset=14,
        )  # fmt: skip
        return (tmp_path / "view").read_bytes()

    made = make(Span(begin=2, end=4), Span(begin=3, end=6))
    assert made == b"\0\0" + b"2345" + b"\0" * 8 + b"index" + b"\0"
    with pytest.raises(Missing):
        make(Span(begin=2, end=11))


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


MOOV = box(b"moov", box(b"mvhd") + box(b"trak"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (box(b"ftyp", b"1234") + box(b"mdat", b"x" * 20) + MOOV, (40, 64)),
        (box(b"ftyp", b"1234") + MOOV + box(b"mdat"), (12, 36)),
        (box(b"ftyp", b"1234") + MOOV[:-1], None),
        (box(b"ftyp", b"1234") + struct.pack(">I4sQ", 1, b"mdat", 20) + b"1234" + MOOV, (32, 56)),
        (box(b"ftyp", b"1234") + struct.pack(">I4sQ", 1, b"mdat", 1 << 63), None),
        (box(b"ftyp") + struct.pack(">I4s", 0, b"mdat") + b"x" * 30, None),
        (box(b"ftyp") + struct.pack(">I4s", 5, b"free") + b"x" * 30, None),
        (box(b"free") * 100 + MOOV, None),
        (b"\x1a\x45\xdf\xa3" + b"x" * 40, None),
        (b"<html>", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_index_is_found_by_the_outermost_boxes(
    data: bytes, expected: tuple[int, int] | None, tmp_path: Path
) -> None:
    path = tmp_path / "film"
    path.write_bytes(data)
    assert find_index(path) == expected


def test_an_index_is_one_whole_box_of_a_film_without_fragments() -> None:
    assert is_index(MOOV)
    fragmented = box(b"moov", box(b"trak") + box(b"mvex"))
    compressed = box(b"moov", box(b"trak") + box(b"cmov"))
    empty, two, cut = box(b"moov"), MOOV + box(b"free"), MOOV[:-1]
    broken = box(b"moov", box(b"trak") + struct.pack(">I4s", 99, b"udta"))
    for data in (fragmented, compressed, empty, two, cut, broken, b"", b"moov"):
        assert not is_index(data)
