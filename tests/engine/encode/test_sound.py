"""Sound tracks: on the film's clock, as long as the film, handed out early."""

import math
from io import BytesIO

import av
import pytest

from lucarne_engine.encode import encode_audio
from lucarne_engine.errors import SourceError
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.reader import probe
from tests.engine.encode.chunks import made
from tests.engine.films import film

POLICY = Policy(segment_ms=1000)
RATE = 48_000


def encode(path, out, plan=None, report=None, **changes):
    report = report or probe(path)
    plan = plan or make_plan(report, POLICY)
    runs = []
    arguments = {
        "name": plan.audio[0].name,
        "out": out,
        "on_segments": runs.append,
        "on_progress": lambda _: None,
    }
    track = encode_audio(path, report, plan, **(arguments | changes))
    return plan, track, runs


def samples_of(track):
    """Loudness of every 10 ms, left channel."""
    data = track.init.read_bytes() + b"".join(f.read_bytes() for f in track.files)
    values = []
    with av.open(BytesIO(data)) as container:
        for frame in container.decode(audio=0):
            plane = memoryview(bytes(frame.planes[0])).cast("f")
            values += plane[: frame.samples].tolist()
    step = RATE // 100
    return [
        math.sqrt(sum(v * v for v in values[at : at + step]) / step)
        for at in range(0, len(values) - step, step)
    ]


PICTURE = "-f lavfi -i testsrc2=s=160x90:r=25:d=6"
X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"


def tone(begin, end):
    loud = f"between(t\\,{begin}\\,{end})"
    return f"-f lavfi -i aevalsrc='{loud}*sin(2764*t)/2':s=48000:d=6"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("plain.mkv", f"{PICTURE} {tone(2, 3)} {X264} -c:a libopus"),
        ("plain.ts", f"{PICTURE} {tone(2, 3)} {X264} -c:a mp2"),
        ("pcm.mov", f"{PICTURE} {tone(2, 3)} {X264} -c:a pcm_s16le"),
        ("late.mkv", f"{PICTURE} -itsoffset 1.5 {tone(0.5, 1.5)} {X264} -c:a libopus"),
        ("shifted.mkv", f"{PICTURE} {tone(2, 3)} {X264} -c:a flac -output_ts_offset 5"),
    ],
)
def test_a_tone_stays_where_it_is_on_the_films_clock(tmp_path, name, line):
    path = made(tmp_path / name, line)
    plan, track, _ = encode(path, tmp_path / "out")
    loud = [at / 100 for at, level in enumerate(samples_of(track)) if level > 0.1]

    assert not plan.audio[0].is_copy
    assert abs(loud[0] - 2) <= 0.02
    assert abs(loud[-1] - 3) <= 0.03
    whole = sum(s.duration for s in track.segments) / track.timescale
    assert abs(whole - plan.duration) <= 0.03


def test_segments_lie_on_the_films_boundaries_to_a_frame(tmp_path):
    plan, track, _ = encode(film("vp9_opus"), tmp_path)
    starts = [segment.start / track.timescale for segment in track.segments]
    wanted = [float(n / plan.frame_rate) for n in plan.boundaries[:-1]]

    assert track.codec == "mp4a.40.2"
    assert len(starts) == len(wanted)
    assert all(0 <= a - b <= 1024 / RATE for a, b in zip(starts, wanted, strict=True))


def test_segments_are_handed_out_once_in_order(tmp_path):
    plan, track, runs = encode(film("surround"), tmp_path)
    handed = [segment for run in runs for segment in run.segments]

    assert plan.audio[0].channels == 2
    assert tuple(handed) == track.segments
    assert [segment.number for segment in handed] == list(range(len(handed)))
    left = {path.name for path in (tmp_path / track.name).iterdir()}
    assert left == {"init.mp4", *(file.name for file in track.files)}


def test_a_long_track_is_handed_out_while_it_is_made(tmp_path):
    path = made(tmp_path / "long.flac", "-f lavfi -i anoisesrc=d=240:a=0.1 -c:a flac")
    told = []
    _, track, runs = encode(path, tmp_path / "out", on_progress=told.append)

    assert len(runs) > 1
    assert len(track.segments) == 240
    assert told[-1].fraction == 1


def test_mono_stays_mono(tmp_path):
    plan, track, _ = encode(film("mjpeg_avi"), tmp_path)
    with av.open(BytesIO(track.init.read_bytes() + track.files[0].read_bytes())) as c:
        assert c.streams.audio[0].codec_context.channels == 1
    assert plan.audio[0].channels == 1


def test_a_track_without_sound_is_the_films_fault(tmp_path):
    report = probe(film("h264_aac"))
    plan = make_plan(report, POLICY)
    with pytest.raises(SourceError) as caught:
        encode(film("video_only"), tmp_path, plan, report)
    assert caught.value.code == "undecodable"
