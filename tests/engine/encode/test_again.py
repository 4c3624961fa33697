"""A unit that runs again gives the same bytes: others may have fetched the first ones."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lucarne_engine import process
from lucarne_engine.encode import encode_chunk
from lucarne_engine.encode.filters import chunk_graph
from lucarne_engine.encode.outputs import counter_output
from lucarne_engine.encode.source import QUIET, input_arguments, video_shift
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.plan.fine import hdr_of
from lucarne_engine.reader import probe
from tests.engine.films import film


def made_again(path: Path, plan: Plan, out: Path, *, times: int) -> set[bytes]:
    """Encode a film's first chunk so often, and give what differs."""
    found = set()
    for number in range(times):
        result = encode_chunk(
            path, probe(path), plan,
            chunk=0, rungs=tuple(rung.name for rung in plan.rungs),
            out=out / str(number), on_progress=lambda _: None,
        )  # fmt: skip
        files = (file for track in result.tracks for file in track.files)
        found.add(b"".join(file.read_bytes() for file in files))
    return found


def planned(path: Path, height: int) -> Plan:
    policy = Policy(max_height=height)
    return make_plan(probe(path), policy, may_copy_picture=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vp9_opus", "two_languages", "hdr10", "interlaced"])
def test_the_same_chunk_twice(tmp_path: Path, name: str) -> None:
    path = film(name)
    assert len(made_again(path, planned(path, 360), tmp_path, times=2)) == 1


@pytest.mark.slow
def test_a_chunk_of_broken_pictures_six_times(tmp_path: Path) -> None:
    path = film("bit_flips")
    assert len(made_again(path, planned(path, 180), tmp_path, times=6)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codec", "preset"), [("h264", "superfast"), ("h264", "faster"), ("av1", "9")]
)
def test_a_chunk_that_feels_its_bucket_three_times(
    tmp_path: Path, codec: str, preset: str
) -> None:
    path = film("h264_aac")
    plan = planned(path, 360)
    rung = replace(
        plan.rungs[0],
        codec=codec, preset=preset, crf=12, maxrate_kbps=300, bufsize_kbps=600,
    )  # fmt: skip
    plan = replace(plan, rungs=(rung,))
    assert len(made_again(path, plan, tmp_path, times=3)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["h264_aac", "mpeg2_ts", "interlaced", "odd", "alpha", "hdr10", "hlg"]
)
def test_the_cores_of_a_machine_change_no_picture(tmp_path: Path, name: str) -> None:
    """As many threads for the filters as machines of one, two and eight cores give."""
    path = film(name)
    report = probe(path)
    plan = planned(path, 180)
    sdr = plan.rungs[-1]
    small = replace(sdr, name="small", width=sdr.width // 4 * 2, height=sdr.height // 4 * 2)
    rungs = [small, sdr]
    if hdr := hdr_of(report, "av1"):
        rungs += [replace(rung, hdr=hdr) for rung in rungs]
    graph = chunk_graph(report, plan, replace(plan.chunks[0], frame_count=12), rungs, 0)
    shift = video_shift(report, plan)
    found = set()
    for threads in ("1", "3", "9"):
        argv = [
            str(process.ffmpeg_path()), *QUIET, "-filter_complex_threads", threads,
            "-noautorotate", *input_arguments(path, report, seek=None, shift=shift),
            *("-filter_complex", graph), *counter_output("seen"), *counter_output("reached"),
        ]  # fmt: skip
        for number in range(len(rungs)):
            argv += ["-map", f"[v{number}]", "-f", "framemd5", str(tmp_path / str(number))]
        subprocess.run(argv, capture_output=True, check=True)
        found.add(tuple((tmp_path / str(n)).read_text() for n in range(len(rungs))))
    assert len(found) == 1
    for sums in found.pop():
        assert len([line for line in sums.splitlines() if line[0] != "#"]) == 12
