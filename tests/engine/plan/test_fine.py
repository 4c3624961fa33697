"""The fine ladder: pure arithmetic over a few measured points."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from lucarne_engine.plan import Policy, codec, make_plan
from lucarne_engine.plan.curve import GROWTH, Curve, Point, make_curves
from lucarne_engine.plan.fine import (
    CRF_RANGE,
    LEAST_STEP,
    MOST_RUNGS,
    choose,
    hull,
    make_fine_plan,
)
from lucarne_engine.plan.model import Hdr
from lucarne_engine.probe.report import Color, ContentLight
from tests.engine.plan.reports import report, video

# Measured on a hand-held film of a dog (72 pictures of 720 lines, x264 faster).
DOG = [
    (640, 360, 22, 28344, 81.2), (640, 360, 36, 6094, 49.3),
    (854, 480, 22, 44958, 89.2), (854, 480, 36, 9859, 61.8),
    (1280, 720, 22, 86319, 96.2), (1280, 720, 36, 19039, 75.5),
]  # fmt: skip
RATE = Fraction(30)


def points(rows: list[tuple[int, int, int, int, float]]) -> list[Point]:
    return [
        Point(width=w, height=h, crf=crf, bits=bits, vmaf=vmaf)
        for w, h, crf, bits, vmaf in rows
    ]


@pytest.fixture
def dog() -> tuple[Curve, ...]:
    return make_curves(points(DOG), "h264")


@pytest.mark.parametrize(
    ("height", "crf", "bits", "vmaf"),
    [(360, 29, 13889, 70.4), (480, 29, 21918, 80.7), (720, 29, 41694, 90.0)],
)
def test_a_curve_meets_what_was_measured_between(
    dog: tuple[Curve, ...], height: int, crf: int, bits: int, vmaf: float
) -> None:
    (curve,) = (one for one in dog if one.size[1] == height)
    assert curve.bits(crf) == pytest.approx(bits, rel=0.06)
    assert curve.vmaf(crf) == pytest.approx(vmaf, abs=1)


def test_a_ladder_stands_on_the_hull(dog: tuple[Curve, ...]) -> None:
    ladder = choose(dog, "h264", RATE)
    best = {round(one.vmaf): one.bits for one in hull(dog, "h264")}
    assert ladder[-1].vmaf == pytest.approx(95, abs=1)
    assert [one.height for one in ladder] == sorted(one.height for one in ladder)
    for rung in ladder:
        assert rung.bits <= best[round(rung.vmaf)] * 1.15


def test_points_that_contradict_each_other_say_nothing() -> None:
    black = points([(640, 360, 22, 10, 100.0), (640, 360, 36, 10, 100.0)])
    assert make_curves(black, "h264") == ()
    assert choose((), "h264", RATE) == ()


def test_a_point_between_bends_the_curve(dog: tuple[Curve, ...]) -> None:
    bent = make_curves(points([*DOG, (640, 360, 29, 9000, 60.0)]), "h264")
    assert [len(curve.points) for curve in bent] == [3, 2, 2]
    assert (bent[0].bits(29), bent[0].vmaf(29)) == (9000, 60.0)
    for crf in (22, 36):
        assert bent[0].vmaf(crf) == pytest.approx(dog[0].vmaf(crf))
    # Both ways on from the ends as the nearest two points say.
    assert bent[0].vmaf(40) < 49.3
    assert bent[0].vmaf(18) > 81.2


def test_a_point_that_contradicts_the_others_is_left_out(dog: tuple[Curve, ...]) -> None:
    better = (640, 360, 29, 9000, 82.0)
    dearer = (854, 480, 29, 50_000, 70.0)
    assert make_curves(points([*DOG, better, dearer]), "h264") == dog


def test_a_film_that_never_looks_good_has_its_best() -> None:
    grainy = make_curves(
        points([(640, 360, 22, 90_000, 70.0), (640, 360, 36, 9000, 30.0)]), "h264"
    )
    ladder = choose(grainy, "h264", RATE)
    assert ladder[-1].crf >= CRF_RANGE["h264"][0]
    assert 70 <= ladder[-1].vmaf < 95


@st.composite
def measured(draw: st.DrawFn) -> list[Point]:
    found = []
    for width, height in [(640, 360), (854, 480), (1280, 720), (1920, 1080)]:
        most = draw(st.floats(20, 100))
        bits = draw(st.floats(500, 500_000))
        found += points(
            [
                (width, height, 22, int(bits), most),
                *(
                    (width, height, crf, int(bits * draw(st.floats(0.05, 0.99))),
                     most * draw(st.floats(0, 1)))
                    for crf in draw(st.sampled_from([(36,), (29, 36)]))
                ),
            ]
        )  # fmt: skip
    return found


@given(measured(), st.sampled_from(sorted(GROWTH)), st.sampled_from([10, 25, 60]))
def test_any_points_give_rungs_that_rise(
    found: list[Point], codec_name: str, rate: int
) -> None:
    ladder = choose(make_curves(found, codec_name), codec_name, Fraction(rate))
    least, most = CRF_RANGE[codec_name]
    assert len(ladder) <= MOST_RUNGS
    for low, high in pairwise(ladder):
        assert high.vmaf > low.vmaf
        assert high.bits >= LEAST_STEP * low.bits
    assert all(least <= rung.crf <= most for rung in ladder)


def test_a_fine_plan_keeps_the_times(dog: tuple[Curve, ...]) -> None:
    plan = make_plan(report(), Policy())
    fine = make_fine_plan(plan, Policy(), {"h264": dog}, report())
    assert fine is not None
    assert fine.id != plan.id
    assert (fine.boundaries, fine.chunks) == (plan.boundaries, plan.chunks)
    assert (fine.frame_rate, fine.frame_count) == (plan.frame_rate, plan.frame_count)
    assert len({rung.name for rung in fine.rungs}) == len(fine.rungs)
    assert codec.from_json(codec.to_json(fine)) == fine
    assert make_fine_plan(plan, Policy(), {"h264": ()}, report()) is None


def test_plans_of_older_releases_are_read() -> None:
    plan = make_plan(report(), Policy())
    text = codec.to_json(plan).replace(',"preset":"superfast"', "")
    assert text != codec.to_json(plan)
    assert codec.from_json(text.replace(',"vmaf":0.0', "")) == plan


PQ = Color(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc")


def test_av1_keeps_what_h264_cannot_show(dog: tuple[Curve, ...]) -> None:
    bright = report(video=video(color=PQ, light=ContentLight(max_cll=900, max_fall=80)))
    plan = make_plan(bright, Policy())
    assert plan.tone_map
    ladders = {"h264": dog, "av1": dog}
    fine = make_fine_plan(plan, Policy(), ladders, bright)
    plain = make_fine_plan(plan, Policy(), ladders, report())
    assert fine is not None
    assert plain is not None
    kept = {rung.hdr for rung in fine.rungs if rung.codec == "av1"}
    assert kept == {Hdr(transfer="smpte2084", light=ContentLight(max_cll=900, max_fall=80))}
    assert {rung.hdr for rung in fine.rungs if rung.codec == "h264"} == {None}
    assert codec.from_json(codec.to_json(fine)) == fine
    # other bytes have another address, and the same bytes keep theirs
    names = [{r.name for r in one.rungs if r.codec == "av1"} for one in (fine, plain)]
    assert not names[0] & names[1]
    assert "hdr" not in codec.to_json(plain)
