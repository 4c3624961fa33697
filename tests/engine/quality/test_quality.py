"""VMAF of what encoders make of a film that the tests know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from statistics import mean

import av
import pytest

from lucarne_engine import process
from lucarne_engine.errors import EncoderError
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.plan.curve import make_curves
from lucarne_engine.plan.fine import PRESETS, hdr_of, make_fine_plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.quality import (
    Reference,
    choose_samples,
    make_reference,
    measure,
    try_film,
    try_sizes,
)
from lucarne_engine.quality.bits import bits_of_film, read_sizes
from lucarne_engine.quality.trial import OF_RUNS, experience, share_of_runs
from lucarne_engine.quality.vmaf import BEST_XPSNR
from lucarne_engine.reader import probe
from tests.engine.films import film
from tests.engine.plan.reports import report as any_report, video

pytestmark = pytest.mark.slow


def planned(name: str) -> tuple[Path, SourceReport, Plan]:
    path = film(name)
    report = probe(path)
    return path, report, make_plan(report, Policy())


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    path, report, plan = planned("h264_aac")
    return make_reference(
        path, report, plan,
        runs=choose_samples(plan), out=tmp_path_factory.mktemp("reference"),
    )  # fmt: skip


def encoded(reference: Reference, out: Path, *how: str) -> Path:
    """All pictures of the reference in one file."""
    inputs = [word for file in reference.files for word in ("-i", file)]
    pads = "".join(f"[{n}:v]" for n in range(len(reference.files)))
    graph = f"{pads}concat=n={len(reference.files)}"
    done = process.run(
        [
            process.ffmpeg_path(), "-v", "error", "-y", *inputs,
            "-filter_complex", graph, "-c:v", "libx264", *how, out,
        ],
        sandbox=process.Sandbox(readable=reference.files, writable=(out.parent,)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr_tail
    return out


def test_samples_are_spread_and_do_not_overlap() -> None:
    _, _, plan = planned("h264_aac_30s")
    runs = choose_samples(plan)
    assert len(runs) >= 2
    ends = [run.first_frame + run.frame_count for run in runs]
    assert all(end <= run.first_frame for end, run in zip(ends, runs[1:], strict=False))
    assert ends[-1] <= plan.frame_count


@pytest.mark.parametrize("codec", sorted(PRESETS))
@pytest.mark.parametrize("rate", ["24", "30000/1001", "25", "50", "60"])
def test_pictures_of_every_place_are_scored(rate: str, codec: str) -> None:
    """Encoders give every second, fourth, eighth picture more bits than the others."""
    picture = video(frame_rate=Fraction(rate), duration=Fraction(280))
    plan = make_plan(any_report(video=picture, duration=Fraction(280)), Policy())
    runs = choose_samples(plan, codec)
    places = [place for run in runs for place in range(run.frame_count)]
    for every in experience(codec, runs[0].frame_count).every:
        scored = Counter(place % 2 for place in places[::every])
        assert abs(scored[0] - scored[1]) <= len(places) / every / 4


@pytest.mark.parametrize(
    ("seconds", "rate", "codec", "count", "pictures"),
    [
        (8, 30, "h264", 3, 17),  # a fifth of it
        (20, 30, "h264", 3, 25),
        (19, 30, "av1", 3, 33),
        (20, 30, "av1", 3, 65),  # a third of it
        (5, 60, "h264", 3, 21),  # a third of a second
        (100, 25, "h264", 5, 25),
        (7200, 25, "av1", 8, 65),
    ],
)
def test_samples_are_long_enough_for_an_encoder_and_no_longer(
    seconds: int, rate: int, codec: str, count: int, pictures: int
) -> None:
    picture = video(frame_rate=Fraction(rate), duration=Fraction(seconds))
    plan = make_plan(any_report(video=picture, duration=Fraction(seconds)), Policy())
    runs = choose_samples(plan, codec)
    assert (len(runs), {run.frame_count for run in runs}) == (count, {pictures})


def test_a_film_shorter_than_its_samples_is_one_run() -> None:
    _, _, plan = planned("alpha")
    plan = replace(plan, frame_count=20)
    (run,) = choose_samples(plan)
    assert (run.first_frame, run.frame_count) == (0, 20)


def test_worse_pictures_have_a_lower_score(reference: Reference, tmp_path: Path) -> None:
    good = encoded(reference, tmp_path / "good.mp4", "-crf", "18")
    bad = encoded(reference, tmp_path / "bad.mp4", "-crf", "45")
    scores = measure(reference, {"good": [good], "bad": [bad]}, out=tmp_path / "v")
    assert scores["good"].mean > 90
    assert scores["bad"].mean < scores["good"].mean - 20
    assert all(score.worst <= score.mean for score in scores.values())
    assert scores["good"].pictures >= 2


def test_xpsnr_stands_beside_vmaf_for_whoever_asks(
    reference: Reference, tmp_path: Path
) -> None:
    made = {
        name: [encoded(reference, tmp_path / f"{name}.mp4", *how)]
        for name, how in (("same", ("-qp", "0")), ("good", ("-crf", "18")), ("bad", ("-crf", "45")))
    }
    both = measure(reference, made, out=tmp_path / "v", has_xpsnr=True)
    assert both["same"].xpsnr == BEST_XPSNR
    assert 35 < (both["good"].xpsnr or 0) < BEST_XPSNR
    assert 15 < (both["bad"].xpsnr or 0) < (both["good"].xpsnr or 0) - 5
    alone = measure(reference, made, out=tmp_path / "v")
    assert {name: replace(score, xpsnr=None) for name, score in both.items()} == alone
    assert not list((tmp_path / "v").iterdir())


def test_what_is_between_the_scored_pictures_changes_no_score(
    reference: Reference, tmp_path: Path
) -> None:
    """XPSNR wants all pictures; VMAF alone leaves out what is not next to a scored one."""
    made = {"bad": [encoded(reference, tmp_path / "bad.mp4", "-crf", "40")]}
    for every in (4, 5, 9):
        few, all_of_them = (
            measure(reference, made, out=tmp_path / "v", every=every, has_xpsnr=asked)["bad"]
            for asked in (False, True)
        )
        assert replace(all_of_them, xpsnr=None) == few


def test_pictures_that_are_missing_are_no_score(
    reference: Reference, tmp_path: Path
) -> None:
    short = encoded(reference, tmp_path / "short.mp4", "-frames:v", "2")
    with pytest.raises(EncoderError):
        measure(reference, {"short": [short]}, out=tmp_path / "v", every=1)


@pytest.mark.parametrize("codec", sorted(PRESETS))
def test_a_trial_gives_a_ladder(
    reference: Reference, tmp_path: Path, codec: str
) -> None:
    _, report, plan = planned("h264_aac")
    sizes = [(rung.width, rung.height) for rung in plan.rungs]
    points = try_sizes(
        reference, codec=codec, preset=PRESETS[codec], sizes=sizes,
        pictures_per_key=60, out=tmp_path,
    )  # fmt: skip
    assert len(points) == 3 * len(sizes)
    fine = make_fine_plan(plan, Policy(), {codec: make_curves(points, codec)}, report)
    assert fine is not None
    assert {rung.codec for rung in fine.rungs} == {codec}
    assert fine.rungs[-1].height == plan.rungs[-1].height
    assert not list(tmp_path.iterdir())


def test_key_frames_count_as_often_as_the_film_has_them(
    reference: Reference, tmp_path: Path
) -> None:
    starts = accumulate(reference.counts[:-1], initial=0)
    keys = "expr:" + "+".join(f"eq(n,{start})" for start in starts)
    how = ("-crf", "30", "-force_key_frames", keys)
    file = encoded(reference, tmp_path / "runs.mp4", *how)
    with av.open(str(file)) as container:  # the same sizes, read by others
        packets = [one for one in container.demux(video=0) if one.size]
    assert read_sizes(file) == tuple(one.size for one in packets)
    key = mean(one.size for one in packets if one.is_keyframe)
    other = mean(one.size for one in packets if not one.is_keyframe)
    length = reference.counts[0]
    of_runs = bits_of_film(file, reference.counts, length)
    assert of_runs == pytest.approx(8 * mean(one.size for one in packets))
    assert bits_of_film(file, reference.counts, 4 * length) == pytest.approx(
        8 * (key + (4 * length - 1) * other) / (4 * length)
    )
    with pytest.raises(EncoderError):
        bits_of_film(file, reference.counts[1:], length)


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0\x08moov", b"\0\0\0\x09moov", bytes(40)]
)
def test_what_is_no_film_has_no_sizes(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.mp4").write_bytes(content)
    with pytest.raises(EncoderError):
        read_sizes(tmp_path / "odd.mp4")


def test_bits_are_those_of_this_film_where_one_of_its_rungs_is_made(
    reference: Reference, tmp_path: Path
) -> None:
    _, _, plan = planned("h264_aac")
    rung = plan.rungs[-1]
    size = (rung.width, rung.height)
    both = {"pictures_per_key": 60, "out": tmp_path}
    share = share_of_runs(reference, rung=rung, bits=1000, **both)
    twice = share_of_runs(reference, rung=rung, bits=2000, **both)
    assert twice == pytest.approx(2 * share)
    # As it was made itself, it needs what is known of it.
    both |= {"codec": "h264", "preset": rung.preset, "sizes": [size]}
    made = try_sizes(reference, film_bits=share, **both)
    usual = try_sizes(reference, **both)
    fine, middle, _ = made
    assert (fine.crf, middle.crf) == (22, 29)
    assert middle.bits < 1000 < 1.2 * fine.bits  # at 23
    assert fine.bits / usual[0].bits == pytest.approx(share / OF_RUNS["h264"].bits)
    assert not list(tmp_path.iterdir())


def test_turned_films_are_compared_as_they_are_shown(tmp_path: Path) -> None:
    path, report, plan = planned("rotated")
    made = make_reference(
        path, report, plan, runs=choose_samples(plan), out=tmp_path / "r"
    )
    assert (made.width, made.height) == (plan.rungs[-1].width, plan.rungs[-1].height)
    copy = encoded(made, tmp_path / "copy.mp4", "-crf", "16")
    assert measure(made, {"copy": [copy]}, out=tmp_path / "v")["copy"].mean > 90


def test_hdr_is_compared_as_a_plain_screen_shows_it(tmp_path: Path) -> None:
    """What is made in HDR is nearly as good as the film; not mapped it would not be."""
    path, report, plan = planned("hdr10")
    points = try_film(path, report, plan, codecs=("h264", "av1"), out=tmp_path / "t")
    best = {codec: max(one.vmaf for one in found) for codec, found in points.items()}
    assert best["av1"] > 90
    assert best["h264"] > 80
    runs = choose_samples(plan)
    plain, bright = (
        make_reference(path, report, plan, runs=runs, out=tmp_path / name, hdr=hdr)
        for name, hdr in (("plain", None), ("bright", hdr_of(report, "av1")))
    )
    scores = [
        measure(plain, {"film": bright.files}, out=tmp_path / "v", hdr={"film": hdr})
        for hdr in (hdr_of(report, "av1"), None)
    ]
    assert scores[0]["film"].mean > 95
    assert scores[1]["film"].mean < 70
