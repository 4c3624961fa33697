"""Chapters as text: typed, written back, and found in descriptions."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from lucarne.catalog import chapters
from lucarne.catalog.chapters import Chapter
from lucarne.catalog.errors import BadChapters

HOUR = 3_600_000


def test_lines_are_read_as_people_write_them() -> None:
    text = (
        "0:00 The harbor\r\n\n 01:30 - At sea \n[2:00] <b>Home</b>\n3:05.25 5:00 club"
        "\n1:02:03 – The end"
    )
    assert chapters.read(text, duration_ms=2 * HOUR) == (
        Chapter(0, "The harbor"),
        Chapter(90_000, "At sea"),
        Chapter(120_000, "<b>Home</b>"),
        Chapter(185_250, "5:00 club"),
        Chapter(3_723_000, "The end"),
    )
    assert chapters.read(" \n", duration_ms=1) == ()


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("0:00 a\nHello", "time", 2),
        ("0:00 a\n0:99 b", "time", 2),
        ("1:75:00 b", "time", 1),
        ("0:00 a\n1:00  ", "title", 2),
        ("0:00 a\n\n10:00 b", "end", 3),
        ("0:00 a\n2:00 b\n1:00 c", "order", 3),
        ("0:00 a\n0:00 b", "order", 2),
        ("\n".join(f"0:00.{n:03} x" for n in range(302)), "many", 301),
    ],
)
def test_a_line_that_cannot_be_used_is_named(text: str, why: str, line: int) -> None:
    with pytest.raises(BadChapters) as refusal:
        chapters.read(text, duration_ms=600_000)
    assert (refusal.value.why, refusal.value.line) == (why, line)
    assert str(line) in str(refusal.value)


def test_an_end_that_is_not_known_yet_refuses_nothing() -> None:
    assert chapters.read("9:59:59 Late", duration_ms=0)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 900 * HOUR // 1000),
            st.text(st.characters(categories=["L"]), min_size=1, max_size=20),
        ),
        max_size=20, unique_by=lambda pair: pair[0],
    )
)  # fmt: skip
def test_what_is_written_is_read_back(pairs: list[tuple[int, str]]) -> None:
    made = tuple(Chapter(start, title) for start, title in sorted(pairs))
    assert chapters.read(chapters.write(made), duration_ms=0) == made


DESCRIPTION = """A day in the harbor.

• 0:00 Intro
(1:10) Boats https://example.org
 2:20 | Nets

Filmed at 14:00 from the pier."""


def test_marks_in_a_description_are_chapters() -> None:
    assert chapters.marks(DESCRIPTION, duration_ms=600_000) == (
        Chapter(0, "Intro"),
        Chapter(70_000, "Boats https://example.org"),
        Chapter(140_000, "Nets"),
    )


@pytest.mark.parametrize(
    "description",
    [
        "",
        "0:00 a\n1:00 b",  # two are too few
        "0:10 a\n1:00 b\n2:00 c",  # the first is not the beginning
        "0:00 a\n2:00 b\n1:00 c",  # not in order
        "0:00 a\n1:00 b\n11:00 c",  # beyond the end
        "Back at 0:00 a\nand 1:00 b\nor 2:00 c",  # times inside of sentences
    ],
)
def test_times_in_a_text_are_not_always_chapters(description: str) -> None:
    assert chapters.marks(description, duration_ms=600_000) == ()
