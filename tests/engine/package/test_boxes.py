from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given, strategies as st

from lucarne_engine.package.boxes import (
    BoxError,
    children,
    make_box,
    make_full_box,
    read_box,
)
from lucarne_engine.package.moof import Sample, read_fragment, write_fragment_head
from lucarne_engine.package.movie import (
    Header,
    aac_format,
    avc_format,
    read_init,
    write_init,
)
from lucarne_engine.package.nal import make_avcc, read_adts, to_lengths

AVCC = bytes.fromhex("0164001fffe100046764001f01000168")
STEREO = bytes.fromhex("1190")  # AAC-LC, 48 kHz, two channels


def test_boxes_are_found_where_they_were_put() -> None:
    data = make_box(b"moov", make_box(b"mvhd"), make_full_box(b"trak", 1, 7, b"abc"))
    (moov,) = children(data, 0, len(data))
    assert [box.kind for box in children(data, moov.body, moov.end)] == [
        b"mvhd",
        b"trak",
    ]


def test_a_box_that_is_not_whole_yet_is_no_box() -> None:
    data = make_box(b"mdat", bytes(100))
    assert read_box(data, 0, 50) is None
    assert read_box(data, 0, len(data)) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\4moov",  # smaller than its own header
        b"\0\0\1\0moov",  # larger than the file
        b"\0\0\0\1moov\0\0\0\0\0\0\0\10",  # 64-bit size smaller than its header
        b"\0\0\0",
    ],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(BoxError):
        list(children(data, 0, len(data)))


@given(st.binary(max_size=200))
@example(write_init(avc_format(width=2, height=2, avcc=AVCC), timescale=1, duration=1))
def test_an_init_segment_is_read_or_refused(data: bytes) -> None:
    try:
        read_init(data)
    except BoxError:
        assert True


@given(st.data())
def test_a_broken_init_segment_never_raises_anything_else(data: st.DataObject) -> None:
    form = aac_format(channels=2, sample_rate_hz=48_000, config=STEREO)
    whole = bytearray(write_init(form, timescale=48_000, duration=9, media_time=1024))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        whole[at] = data.draw(st.integers(0, 255))
    try:
        read_init(bytes(whole))
    except BoxError:
        assert True


@given(
    st.integers(1, 1 << 31),
    st.integers(0, 4096),
    st.sampled_from(("", "fra", "und", "x", "日本語", "FRA")),
)
def test_an_init_segment_reads_back(scale: int, priming: int, language: str) -> None:
    form = aac_format(channels=1, sample_rate_hz=44_100, config=STEREO)
    init = write_init(
        form, timescale=scale, duration=1 << 40, media_time=priming, language=language
    )
    header = read_init(init)
    assert header.format == form
    assert (header.timescale, header.media_time) == (scale, priming)


def test_sample_aspect_stands_in_the_header() -> None:
    form = avc_format(width=720, height=576, avcc=AVCC, sample_aspect=Fraction(64, 45))
    assert (form.width, form.codec) == (1024, "avc1.64001f")
    header = read_init(write_init(form, timescale=25, duration=25))
    assert header.format == form


_NUMBERS = st.lists(
    st.tuples(
        st.integers(0, 1 << 20),
        st.integers(1, 1 << 20),
        st.integers(-(1 << 31), (1 << 31) - 1),
        st.booleans(),
    ),
    min_size=1,
    max_size=20,
)


@given(_NUMBERS, st.integers(0, 1 << 62))
def test_a_fragment_reads_back(
    rows: list[tuple[int, int, int, bool]], time: int
) -> None:
    sizes, durations, compositions, syncs = zip(*rows, strict=True)
    head = write_fragment_head(
        number=3,
        track_id=1,
        time=time,
        sizes=sizes,
        durations=durations,
        compositions=compositions,
        syncs=syncs,
    )
    moof = read_box(head, 0, len(head))
    assert moof is not None
    form = avc_format(width=2, height=2, avcc=AVCC)
    header = Header(
        format=form,
        timescale=1,
        media_time=0,
        trex_duration=0,
        trex_size=0,
        trex_flags=0,
    )
    expected, offset = [], len(head)
    for size, duration, composition, is_sync in rows:
        expected.append(Sample(offset, size, time, duration, composition, is_sync))
        offset += size
        time += duration
    assert read_fragment(head, moof, header) == expected


def test_byte_stream_units_get_their_lengths() -> None:
    sps, pps, picture = b"\x67\x64\x00\x1f\xac", b"\x68\xee", b"\x65\x88\x80"
    stream = b"\0\0\0\1\x09\xf0\0\0\0\1" + sps + b"\0\0\1" + pps + b"\0\0\1" + picture
    assert make_avcc([sps, pps])[:4] == b"\1\x64\x00\x1f"
    assert to_lengths(stream, frozenset((sps, pps))) == b"\0\0\0\3" + picture
    with pytest.raises(BoxError, match="parameter sets"):
        to_lengths(stream, frozenset((sps,)))


def test_an_adts_header_becomes_a_config() -> None:
    header = bytes.fromhex("fff14c80016ffc0000")  # AAC-LC, 48 kHz, stereo
    assert read_adts(header) == (STEREO, 7)
    with pytest.raises(BoxError):
        read_adts(bytes(9))
