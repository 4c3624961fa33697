"""Chapters come out in order, whatever goes in."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, strategies as st

from lucarne_engine.probe.chapters import MOST_CHAPTERS, clean
from lucarne_engine.probe.report import Chapter

moments = st.fractions(min_value=-20, max_value=40, max_denominator=10)
chapters = st.builds(
    Chapter, start=moments, end=moments, title=st.sampled_from(["", "One", "Two"])
)


def chapter(start: int, end: int, title: str = "") -> Chapter:
    return Chapter(start=Fraction(start), end=Fraction(end), title=title)


@given(st.lists(chapters, max_size=12), st.fractions(min_value=Fraction(1, 10), max_value=30))
def test_they_follow_each_other_within_the_film(
    found: list[Chapter], duration: Fraction
) -> None:
    cleaned = clean(found, duration)
    assert all(0 <= one.start < one.end <= duration for one in cleaned)
    assert all(a.end <= b.start for a, b in pairwise(cleaned))
    assert clean(cleaned, duration) == cleaned
    assert clean(found[::-1], duration) == cleaned or len(found) > len(cleaned)
    wanted = {max(Fraction(0), c.start) for c in found if c.start >= 0 or c.end > 0}
    assert {one.start for one in cleaned} == {s for s in wanted if s < duration}


def test_ends_are_kept_where_they_make_sense() -> None:
    film = Fraction(10)
    assert clean([chapter(0, 2, "a"), chapter(3, 5, "b")], film) == (
        chapter(0, 2, "a"),
        chapter(3, 5, "b"),
    )
    assert clean([chapter(4, 4), chapter(0, 9), chapter(6, 99)], film) == (
        chapter(0, 4),
        chapter(4, 6),
        chapter(6, 10),
    )
    assert clean([chapter(-3, -1), chapter(-1, 4, "a"), chapter(12, 15)], film) == (
        chapter(0, 4, "a"),
    )


def test_of_those_that_begin_together_one_with_a_name_stays() -> None:
    for found in ([chapter(0, 4), chapter(0, 5, "a")], [chapter(-1, 4), chapter(0, 5, "a")]):
        assert clean(found, Fraction(10)) == (chapter(0, 5, "a"),)


def test_there_are_never_too_many() -> None:
    many = [chapter(n, n + 1) for n in range(MOST_CHAPTERS + 5)]
    assert clean(many, Fraction(5000)) == tuple(many[:MOST_CHAPTERS])
