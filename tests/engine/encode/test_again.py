"""A unit that runs again gives the same bytes: others may have fetched the first ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lucarne_engine.encode import encode_chunk
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.reader import probe
from tests.engine.films import film


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vp9_opus", "two_languages", "hdr10", "interlaced"])
def test_the_same_chunk_twice(tmp_path: Path, name: str) -> None:
    path = film(name)
    report = probe(path)
    plan = make_plan(report, Policy(max_height=360), may_copy_picture=False)
    made = []
    for out in (tmp_path / "one", tmp_path / "two"):
        result = encode_chunk(
            path, report, plan,
            chunk=0, rungs=tuple(rung.name for rung in plan.rungs), out=out,
            on_progress=lambda _: None,
        )  # fmt: skip
        made.append([f.read_bytes() for track in result.tracks for f in track.files])
    assert made[0] == made[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codec", "preset"), [("h264", "superfast"), ("h264", "faster"), ("av1", "10")]
)
def test_a_chunk_that_feels_its_bucket_three_times(
    tmp_path: Path, codec: str, preset: str
) -> None:
    path = film("h264_aac")
    report = probe(path)
    plan = make_plan(report, Policy(max_height=360), may_copy_picture=False)
    rungs = tuple(
        replace(
            rung, codec=codec, preset=preset, crf=12, maxrate_kbps=300, bufsize_kbps=600
        )
        for rung in plan.rungs[:1]
    )
    plan = replace(plan, rungs=rungs)
    made = set()
    for number in range(3):
        result = encode_chunk(
            path, report, plan,
            chunk=0, rungs=(rungs[0].name,), out=tmp_path / str(number),
            on_progress=lambda _: None,
        )  # fmt: skip
        made.add(b"".join(f.read_bytes() for f in result.tracks[0].files))
    assert len(made) == 1
