"""What holds for the plan of any film."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given, settings

from lucarne_engine.plan import Policy, from_json, make_plan, plan_id, to_json
from lucarne_engine.plan.cuts import target_pictures
from lucarne_engine.plan.ladder import shown_size
from tests.engine.plan.reports import films, report, video

POLICY = Policy()


@given(films())
def test_boundaries_cover_the_film_in_segments_of_sane_length(film):
    plan = make_plan(film, POLICY)
    target = target_pictures(POLICY.segment_ms, plan.frame_rate)
    lengths = [after - before for before, after in pairwise(plan.boundaries)]

    assert plan.boundaries[0] == 0
    assert plan.boundaries[-1] == plan.frame_count
    assert all(0 < length <= target + max(1, target // 2) for length in lengths)
    assert len(lengths) == 1 or min(lengths) >= target // 2


@given(films())
def test_chunks_partition_the_segments(film):
    plan = make_plan(film, POLICY)
    longest = target_pictures(POLICY.chunk_ms, plan.frame_rate)

    assert plan.keeps_original or plan.chunks[0].segment_count == 1
    assert [chunk.number for chunk in plan.chunks] == list(range(len(plan.chunks)))
    segment = 0
    for chunk in plan.chunks:
        end = chunk.first_segment + chunk.segment_count
        assert chunk.first_segment == segment
        assert chunk.first_frame == plan.boundaries[segment]
        assert chunk.first_frame + chunk.frame_count == plan.boundaries[end]
        assert chunk.frame_count <= longest
        segment = end
    assert segment == len(plan.boundaries) - 1


@given(films())
def test_rungs_grow_and_are_never_larger_than_the_film(film):
    plan = make_plan(film, POLICY)
    width, height = shown_size(film.video)

    assert plan.rungs
    assert len({rung.name for rung in plan.rungs}) == len(plan.rungs)
    for rung in plan.rungs:
        assert rung.width % 2 == 0
        assert rung.height % 2 == 0
        assert rung.width <= max(width, 16)
        assert rung.height <= max(height, 16)
        assert rung.bufsize_kbps == 2 * rung.maxrate_kbps
    for lower, upper in pairwise(plan.rungs):
        assert lower.width * lower.height < upper.width * upper.height
        assert lower.maxrate_kbps < upper.maxrate_kbps


def test_a_ribbon_has_one_rung_at_the_least_rate():
    ribbon = report(video=video(width=18, height=712))
    assert [rung.height for rung in make_plan(ribbon, POLICY).rungs] == [712]


@given(films())
def test_rungs_keep_the_films_shape(film):
    width, height = shown_size(film.video)
    assume(max(width, height) <= 10 * min(width, height) and min(width, height) >= 16)
    for rung in make_plan(film, POLICY).rungs:
        wide, high = rung.width / width, rung.height / height
        assert abs(wide - high) * max(width, height) <= 2 * max(
            width / height, height / width
        )


@given(films())
def test_the_clock_is_exact(film):
    plan = make_plan(film, POLICY)

    assert Fraction(plan.frame_ticks, plan.timescale) == 1 / plan.frame_rate
    assert 1 <= plan.frame_rate <= POLICY.max_frame_rate
    assert plan.duration == plan.frame_count / plan.frame_rate
    assert abs(plan.duration - film.duration) <= Fraction(1, 2) + 1 / plan.frame_rate


@given(films())
@settings(max_examples=50)
def test_equal_films_give_equal_bytes_and_json_reads_back(film):
    plan = make_plan(film, POLICY)
    text = to_json(plan)

    assert to_json(make_plan(film, POLICY)) == text
    assert from_json(text) == plan
    assert to_json(from_json(text)) == text
    assert plan.id == plan_id(plan)


@given(films())
@settings(max_examples=50)
def test_pictures_lie_within_the_film(film):
    plan = make_plan(film, POLICY)

    assert plan.pictures is not None
    assert all(0 <= at < plan.duration for at in plan.pictures.poster_at)
    assert 1 <= plan.pictures.storyboard_every <= 10
    assert max(plan.pictures.tile_width, plan.pictures.tile_height) <= 160
