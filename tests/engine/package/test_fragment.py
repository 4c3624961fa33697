from __future__ import annotations

import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from lucarne_engine.errors import EncoderError
from lucarne_engine.package.audio import AudioSplitter
from lucarne_engine.package.boxes import children
from lucarne_engine.package.fragment import (
    REORDER,
    VIDEO_OUTPUT,
    boundary_times,
    split_chunk,
)
from lucarne_engine.package.index import FilmIndex
from lucarne_engine.package.moof import read_fragment
from lucarne_engine.package.movie import read_init
from lucarne_engine.package.track import EncodedTrack
from tests.engine.package.small_films import (
    SOUND,
    encode_chunk,
    encode_sound,
    ffmpeg,
    make_film,
    make_plan,
    picture,
)

PLAN = make_plan()


@pytest.fixture(scope="module")
def film(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[FilmIndex, dict[str, EncodedTrack]]:
    return make_film(PLAN, tmp_path_factory.mktemp("film"))


def _packets(track: EncodedTrack, *numbers: int) -> list[tuple[Fraction, bool]]:
    """(presentation time, is key frame) of segments put behind the init segment."""
    data = track.init.read_bytes()
    data += b"".join(track.files[number].read_bytes() for number in numbers)
    with av.open(io.BytesIO(data)) as container:
        return [
            (packet.pts * packet.time_base, packet.is_keyframe)
            for packet in container.demux(container.streams[0])
            if packet.size
        ]


@pytest.mark.parametrize("name", ["h264-90", "h264-180"])
def test_segments_hold_exactly_the_planned_pictures(
    film: tuple[FilmIndex, dict[str, EncodedTrack]], name: str
) -> None:
    track = film[1][name]
    bounds = PLAN.boundaries
    assert [(one.start, one.duration) for one in track.segments] == [
        (first * PLAN.frame_ticks, (last - first) * PLAN.frame_ticks)
        for first, last in pairwise(bounds)
    ]
    for number, segment in enumerate(track.segments):
        packets = _packets(track, number)
        assert packets[0] == (Fraction(segment.start, track.timescale), True)
        assert sorted(time for time, _ in packets) == [
            frame / PLAN.frame_rate
            for frame in range(bounds[number], bounds[number + 1])
        ]
        assert segment.size_bytes == track.files[number].stat().st_size
        assert 0 < segment.iframe_bytes < segment.size_bytes


def test_no_offset_is_negative_and_the_edit_list_cuts_the_delay(
    film: tuple[FilmIndex, dict[str, EncodedTrack]],
) -> None:
    # Read without FFmpeg, whose demuxer shifts negative offsets and so hides them.
    track = film[1]["h264-180"]
    header = read_init(track.init.read_bytes())
    assert header.media_time == REORDER * PLAN.frame_ticks
    for segment, file in zip(track.segments, track.files, strict=True):
        data = file.read_bytes()
        moof, _ = children(data, 0, len(data))
        samples = read_fragment(data, moof, header)
        assert min(one.composition for one in samples) >= 0
        shown = sorted(one.time + one.composition for one in samples)
        assert [time - header.media_time for time in shown] == list(
            range(segment.start, segment.start + segment.duration, PLAN.frame_ticks)
        )


def test_every_segment_decodes_alone_to_the_right_pictures(
    film: tuple[FilmIndex, dict[str, EncodedTrack]],
) -> None:
    track = film[1]["h264-180"]
    for number, file in enumerate(track.files):
        data = track.init.read_bytes() + file.read_bytes()
        with av.open(io.BytesIO(data)) as container:
            frames = list(container.decode(video=0))
        assert len(frames) == PLAN.boundaries[number + 1] - PLAN.boundaries[number]


def test_the_first_picture_lies_in_the_iframe_bytes(
    film: tuple[FilmIndex, dict[str, EncodedTrack]],
) -> None:
    track = film[1]["h264-180"]
    segment = track.segments[2]
    data = track.files[2].read_bytes()
    data = track.init.read_bytes() + data[: segment.iframe_bytes]
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        packet = next(container.demux(stream))
        (frame,) = [*stream.decode(packet), *stream.decode(None)]
    assert (frame.width, frame.height) == (320, 180)
    assert frame.key_frame


def test_all_chunks_of_a_rung_share_one_init_segment(tmp_path: Path) -> None:
    inits = set()
    for chunk in PLAN.chunks:
        source = encode_chunk(PLAN, chunk.number, 90, tmp_path)
        track = split_chunk(
            source, plan=PLAN, chunk=chunk.number, name="h264-90", out=tmp_path / "x"
        )
        inits.add(track.init.read_bytes())
    assert len(inits) == 1


def test_sound_begins_at_zero_and_keeps_to_the_boundaries(
    film: tuple[FilmIndex, dict[str, EncodedTrack]],
) -> None:
    track = film[1]["aac-0"]
    assert track.codec == "mp4a.40.2"
    assert track.segments[0].start == 0
    frame = Fraction(1024, track.timescale)
    for segment, boundary in zip(track.segments, boundary_times(PLAN), strict=False):
        late = Fraction(segment.start, track.timescale) - boundary
        assert 0 <= late < frame
    last = track.segments[-1]
    end = Fraction(last.start + last.duration, track.timescale)
    assert abs(end - PLAN.duration) < frame
    times = [time for time, _ in _packets(track, *range(len(track.files)))]
    assert times[0] == Fraction(-1024, track.timescale)  # priming, cut by the edit list


def test_sound_is_handed_out_while_the_file_grows(tmp_path: Path) -> None:
    whole = encode_sound(PLAN, tmp_path).read_bytes()
    growing = tmp_path / "growing.mp4"
    splitter = AudioSplitter(growing, plan=PLAN, audio=SOUND, out=tmp_path / "grown")
    runs = [splitter.poll()]
    for end in range(0, len(whole), 997):
        growing.write_bytes(whole[:end])
        runs.append(splitter.poll())
    growing.write_bytes(whole)
    runs.append(splitter.finish())
    told = [run for run in runs if run is not None]
    assert len(told) > 2
    segments = [segment for run in told for segment in run.segments]
    at_once = AudioSplitter(growing, plan=PLAN, audio=SOUND, out=tmp_path / "once")
    expected = at_once.finish()
    assert tuple(segments) == expected.segments
    for segment, file in zip(segments, expected.files, strict=True):
        grown = tmp_path / "grown" / f"{segment.number}.m4s"
        assert grown.read_bytes() == file.read_bytes()


def _refused(source: Path, out: Path) -> str:
    with pytest.raises(EncoderError) as caught:
        split_chunk(source, plan=PLAN, chunk=1, name="h264-90", out=out)
    assert caught.value.code == "encoder_failed"
    return caught.value.detail


def test_a_missing_picture_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "short.mp4"
    ffmpeg(*picture(PLAN), "-frames:v", "114", "-c:v", "libx264", *VIDEO_OUTPUT, source)
    assert "114 pictures where 115 are planned" in _refused(source, tmp_path)


def test_a_boundary_without_key_frame_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "plain.mp4"
    options = ("-frames:v", "115", "-c:v", "libx264", "-g", "600", "-bf", "0")
    ffmpeg(*picture(PLAN), *options, *VIDEO_OUTPUT, source)
    assert "segment 2 does not begin with a key frame" in _refused(source, tmp_path)


@pytest.mark.parametrize("data", [b"", b"no boxes at all", bytes(400)])
def test_a_file_that_is_no_film_is_an_error(tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "bad.mp4"
    source.write_bytes(data)
    _refused(source, tmp_path)
    splitter = AudioSplitter(source, plan=PLAN, audio=SOUND, out=tmp_path / "s")
    with pytest.raises(EncoderError):
        splitter.finish()


def test_a_cut_file_is_an_error(tmp_path: Path) -> None:
    source = encode_chunk(PLAN, 1, 90, tmp_path)
    source.write_bytes(source.read_bytes()[:-2000])
    _refused(source, tmp_path)
