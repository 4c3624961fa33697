"""A unit that runs again gives the same bytes: others may have fetched the first ones."""

from __future__ import annotations

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
