"""Chunks are encoded apart: where they meet neither the rate nor the picture shows it.

The films need more bits than their rungs may have, so that the cap is felt all along.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import pytest

from lucarne_engine import process
from lucarne_engine.encode.bucket import FULL, bucket_of
from lucarne_engine.plan import Plan, Policy
from lucarne_engine.plan.model import Chunk, Rung
from lucarne_engine.quality import make_reference, measure
from tests.engine.encode.chunks import Encoded, encode_film, made
from tests.engine.package.small_films import make_plan

POLICY: Final = Policy(segment_ms=1000, chunk_ms=5000)
X264: Final = "-c:v libx264 -preset ultrafast -crf 16 -pix_fmt yuv420p -g 25"
# Noise for a second before and after every border that is meant, little between.
BURSTS: Final = "testsrc2=s=320x180:r=25:d=17 -vf noise=alls=70:allf=t:enable='lt(mod(t+1\\,5)\\,2)'"
STEADY: Final = "mandelbrot=s=320x180:r=25,trim=duration=17"
# The speeds of both passes.
FAST: Final = ("fast", "h264", "superfast", 23)
FINE: Final = ("fine", "h264", "faster", 23)
AV1: Final = ("av1", "av1", "10", 50)
# Pictures on each side of a border. Six are too few: each weighs so much that another
# processor's encoder decides; of these, 2.3 points of VMAF have been seen at most, and 5.7
# where each chunk begins with a full bucket. One just-noticeable difference is 6.
LOOK: Final = 12
SEAM: Final = 4.0


def _film(folder: Path, graph: str) -> Path:
    return made(folder / "film.mp4", f"-f lavfi -i {graph} {X264}")


def _with_rungs(plan: Plan, *rungs: tuple[str, str, str, int]) -> Plan:
    (rung,) = plan.rungs
    changed = (
        replace(rung, name=name, codec=codec, preset=preset, crf=crf)
        for name, codec, preset, crf in rungs
    )
    return replace(plan, rungs=tuple(changed))


def _in_one(plan: Plan) -> Plan:
    whole = Chunk(
        number=0, first_segment=0, segment_count=len(plan.boundaries) - 1,
        first_frame=0, frame_count=plan.frame_count,
    )  # fmt: skip
    return replace(plan, chunks=(whole,))


def _bits(encoded: Encoded, rung: int) -> list[int]:
    """Bits of each access unit in decode order, as a player joins the segments."""
    with av.open(io.BytesIO(encoded.bytes_of(rung))) as container:
        packets = container.demux(container.streams.video[0])
        return [8 * packet.size for packet in packets if packet.size]


def _lowest(bits: Iterable[int], rung: Rung, rate: Fraction) -> float:
    """How empty the rung's bucket becomes, as a share of it; below 0 it has run dry.

    Rec. ITU-T H.264 annex C.1, of variable rate: bits come in at ``maxrate`` until
    the bucket is full, an access unit leaves it at once, one each picture. The film
    begins when it is nine tenths full. At a border nothing is waited for: the bits of
    the next chunk follow on those of the last.
    """
    size = 1000 * rung.bufsize_kbps
    level = lowest = float(size * FULL)
    for unit in bits:
        level -= unit
        lowest = min(lowest, level)
        level = min(size, level + float(1000 * rung.maxrate_kbps / rate))
    return lowest / size


@pytest.mark.slow
def test_the_bucket_never_runs_dry(tmp_path: Path) -> None:
    """SVT-AV1 is not in it: it keeps no bucket, in one chunk neither."""
    path = _film(tmp_path, BURSTS)
    film = encode_film(
        path, tmp_path / "many", POLICY, lambda plan: _with_rungs(plan, FAST, FINE)
    )
    plan = film.plan
    assert [chunk.first_frame for chunk in plan.chunks] == [0, 125, 250, 375]
    for number, rung in enumerate(plan.rungs):
        bits = _bits(film, number)
        assert len(bits) == plan.frame_count
        # The cap is felt: else nothing would be shown here.
        assert sum(bits) / plan.duration > 800 * rung.maxrate_kbps
        assert _lowest(bits, rung, plan.frame_rate) >= 0, rung.name


@pytest.mark.slow
def test_no_border_can_be_seen(tmp_path: Path) -> None:
    """Pictures at a border against those at the next segment, where nothing changes.

    So that the film itself is not blamed, the same is asked of it in one chunk.
    """
    path = _film(tmp_path, STEADY)
    rungs = (FAST, FINE, AV1)
    films = {
        "many": encode_film(
            path, tmp_path / "many", POLICY, lambda plan: _with_rungs(plan, *rungs)
        ),
        "one": encode_film(
            path, tmp_path / "one", POLICY,
            lambda plan: _in_one(_with_rungs(plan, *rungs)),
        ),
    }  # fmt: skip
    borders = [chunk.first_frame for chunk in films["many"].plan.chunks[1:]]
    assert len(borders) == 3
    for shift in (-LOOK, 0):
        at, near = (
            _scores(films, path, [first + shift + away for first in borders], tmp_path)
            for away in (0, 25)
        )
        for name, *_ in rungs:
            steps = {how: at[name, how] - near[name, how] for how in films}
            assert abs(steps["many"] - steps["one"]) < SEAM, (name, shift, steps)


def _scores(
    films: dict[str, Encoded], path: Path, firsts: list[int], folder: Path
) -> dict[tuple[str, str], float]:
    """VMAF of the runs of pictures that begin there, by rung and film."""
    report, plan = films["many"].report, films["many"].plan
    runs = tuple(
        Chunk(
            number=number, first_segment=0, segment_count=1,
            first_frame=first, frame_count=LOOK,
        )
        for number, first in enumerate(firsts)
    )  # fmt: skip
    reference = make_reference(path, report, plan, runs=runs, out=folder / "reference")
    pictures = {
        (rung.name, how): _pictures(film, number, runs, folder / f"{rung.name}-{how}")
        for number, rung in enumerate(plan.rungs)
        for how, film in films.items()
    }
    named = {" ".join(key): [file] for key, file in pictures.items()}
    scores = measure(reference, named, out=folder / "scores", every=1)
    return {key: scores[" ".join(key)].mean for key in pictures}


def _pictures(
    encoded: Encoded, rung: int, runs: tuple[Chunk, ...], out: Path
) -> Path:
    """Those runs of the joined stream, without any more loss."""
    out.mkdir(exist_ok=True)
    whole, file = out / "joined.mp4", out / "runs.mp4"
    whole.write_bytes(encoded.bytes_of(rung))
    chosen = "+".join(
        f"between(n,{run.first_frame},{run.first_frame + LOOK - 1})" for run in runs
    )
    done = process.run(
        [
            process.ffmpeg_path(), "-v", "error", "-y", "-i", whole,
            "-vf", f"select='{chosen}',setpts=N/25/TB", "-r", "25",
            "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", file,
        ],
        sandbox=process.Sandbox(readable=(whole,), writable=(out,)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr_tail
    return file


def test_the_chunks_share_one_bucket() -> None:
    """Any stretch of a film: an end, whole chunks, a beginning."""
    plan = make_plan(
        frame_rate=Fraction(25), segments=(10, 100, 25, 500, 50),
        chunk_segments=(1, 1, 1, 1, 1),
    )  # fmt: skip
    rung = plan.rungs[0]
    first, *inner, last = (bucket_of(plan, chunk, rung) for chunk in plan.chunks)
    for chunk, bucket in zip(plan.chunks[1:-1], inner, strict=True):
        head_start = bucket.bufsize_kbps * bucket.begins_with
        seconds = chunk.frame_count / plan.frame_rate
        spent = bucket.maxrate_kbps * seconds + head_start
        assert spent <= rung.maxrate_kbps * seconds
        assert bucket.maxrate_kbps >= rung.maxrate_kbps // 2
        assert bucket.bufsize_kbps + head_start <= rung.bufsize_kbps
    assert first.maxrate_kbps == last.maxrate_kbps == rung.maxrate_kbps
    assert first.bufsize_kbps + last.bufsize_kbps * last.begins_with <= rung.bufsize_kbps


def test_a_film_of_one_chunk_has_the_whole_bucket() -> None:
    plan = make_plan(segments=(40, 30), chunk_segments=(2,))
    rung = plan.rungs[0]
    bucket = bucket_of(plan, plan.chunks[0], rung)
    assert (bucket.maxrate_kbps, bucket.bufsize_kbps) == (
        rung.maxrate_kbps, rung.bufsize_kbps,
    )  # fmt: skip
