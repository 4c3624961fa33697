"""The same promises over real films, where there are some."""

import pytest

from lucarne_engine.encode import encode_chunk
from lucarne_engine.errors import SourceError
from lucarne_engine.pictures import make_first_poster
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.reader import probe
from tests.engine.films import corpus_folder

FOLDER = corpus_folder()
FILMS = sorted(FOLDER.glob("[hqr]_*.*")) if FOLDER else []
# Films whose damage must be told.
BROKEN = {
    "h_invalid_nalu.mp4",
    "h_made_bitflips.mp4",
    "h_made_truncated_faststart.mp4",
    "h_no_timescale.mp4",
}


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("path", FILMS, ids=lambda path: path.name)
def test_first_and_last_chunk_of_the_smallest_rung(path, tmp_path):
    try:
        report = probe(path)
    except SourceError:
        assert path.name.startswith("h_")
        return
    # Short chunks, the first a single segment: two looks into every film are enough.
    plan = make_plan(report, Policy(chunk_ms=8000), may_copy_picture=False)
    problems = set()
    for number in {0, len(plan.chunks) - 1} if plan.chunks else ():
        result = encode_chunk(
            path, report, plan,
            chunk=number, rungs=(plan.rungs[0].name,), out=tmp_path,
            on_progress=lambda _: None,
        )  # fmt: skip
        chunk = plan.chunks[number]
        durations = sum(s.duration for s in result.tracks[0].segments)
        assert durations == chunk.frame_count * plan.frame_ticks
        problems |= {problem.code for problem in result.problems}
    assert bool(problems) == (path.name in BROKEN)
    if plan.rungs:
        assert make_first_poster(path, report, plan, out=tmp_path).files[0].exists()
