"""AV1 rungs lie on the same segments as H.264 ones."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import av
import pytest

from lucarne_engine.encode import encode_chunk
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.reader import probe
from tests.engine.films import film

SMALL = Policy(max_height=360, segment_ms=1000, chunk_ms=2000)


def with_av1(plan: Plan) -> Plan:
    rung = plan.rungs[-1]
    av1 = replace(rung, name="av1-360", codec="av1", preset="12", crf=45)
    return replace(plan, rungs=(rung, av1))


@pytest.mark.slow
def test_segments_of_both_codecs_hold_the_same_pictures(tmp_path: Path) -> None:
    path = film("h264_short")
    report = probe(path)
    plan = with_av1(make_plan(report, SMALL, may_copy_picture=False))
    tracks: dict[str, list[EncodedTrack]] = {}
    for chunk in plan.chunks:
        made = encode_chunk(
            path, report, plan,
            chunk=chunk.number, rungs=tuple(rung.name for rung in plan.rungs),
            out=tmp_path / str(chunk.number), on_progress=lambda _: None,
        )  # fmt: skip
        for track in made.tracks:
            tracks.setdefault(track.name, []).append(track)
    av1, h264 = tracks["av1-360"], tracks[plan.rungs[0].name]
    assert len(av1) > 1
    assert {track.codec[:9] for track in av1} == {"av01.0.01"}
    assert len({track.init.read_bytes() for track in av1}) == 1
    times = [[(s.start, s.duration) for t in one for s in t.segments] for one in (av1, h264)]
    assert times[0] == times[1]
    init = av1[0].init.read_bytes()
    numbers = []
    for track in av1:
        for file in track.files:
            with av.open(BytesIO(init + file.read_bytes())) as container:
                stream = container.streams.video[0]
                frames = list(container.decode(stream))
                assert frames[0].key_frame
                assert (frames[0].width, frames[0].height) == (640, 360)
                numbers += [
                    round(frame.pts * stream.time_base * plan.frame_rate)
                    for frame in frames
                ]
    assert numbers == list(range(plan.frame_count))
