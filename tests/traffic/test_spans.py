"""What was played, as arithmetic: compared with a count of each single millisecond."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies as st

from lucarne.traffic.spans import PARTS, WHOLE, length_ms, merged, seen_parts, within

TIMES = st.integers(0, 400)
SPANS = st.lists(st.tuples(TIMES, TIMES), max_size=12)


def moments(spans) -> set[int]:
    return {ms for start, end in spans for ms in range(start, end)}


@given(SPANS)
def test_merged_spans_are_the_same_moments_in_order_and_apart(spans) -> None:
    found = merged(spans)
    assert moments(found) == moments(spans)
    assert all(start < end for start, end in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    assert length_ms(found) == len(moments(spans))


@given(SPANS, SPANS)
def test_spans_can_come_in_any_order_and_twice(one, other) -> None:
    together = merged([*one, *other])
    assert merged([*other, *one]) == together
    assert merged([*merged(one), *other, *one]) == together
    assert merged(together) == together


@given(SPANS, st.integers(1, 300))
def test_nothing_lies_beyond_the_end(spans, duration) -> None:
    expected = {ms for ms in moments(spans) if ms < duration}
    assert moments(within(spans, duration)) == expected


@given(SPANS, st.integers(1, 500))
def test_each_part_says_how_much_of_it_was_seen(spans, duration) -> None:
    # A hundredth of a millisecond is the smallest step: each part is `duration` of them.
    seen_steps = [0] * PARTS
    for ms in moments(spans):
        if ms < duration:
            for step in range(ms * PARTS, (ms + 1) * PARTS):
                seen_steps[step // duration] += 1
    expected = tuple(steps * WHOLE // duration for steps in seen_steps)
    assert seen_parts(spans, duration) == expected


@given(SPANS, SPANS, st.integers(1, 500))
def test_more_spans_never_make_less(one, other, duration) -> None:
    few, many = seen_parts(one, duration), seen_parts([*one, *other], duration)
    assert all(0 <= a <= b <= WHOLE for a, b in zip(few, many, strict=True))


@given(st.integers(1, 10**9))
def test_the_whole_film_is_all_of_each_part(duration) -> None:
    assert seen_parts([(0, duration)], duration) == (WHOLE,) * PARTS
    assert seen_parts([(0, duration)], 0) == (0,) * PARTS
