"""No file name can break or reorder the page that shows it."""

from __future__ import annotations

import unicodedata

from django.utils.translation import override
from hypothesis import given, strategies as st

from lucarne.catalog.form_upload import NAME_MAX, name_in_form, shown_name
from lucarne.studio.templatetags.studio_words import one_line
from lucarne.studio.work_words import about, percent

JOINERS = {"\u200c", "\u200d"}


@given(st.text(max_size=600))
def test_a_shown_name_is_one_short_line(name: str) -> None:
    shown = shown_name(name)
    assert len(shown) <= NAME_MAX
    for character in set(shown) - JOINERS:
        assert unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp", "Cs"}
    assert one_line(shown) == shown.strip()


def test_a_browser_escapes_what_would_end_a_name() -> None:
    assert name_in_form("My %22best%22 film 100%.mp4") == 'My "best" film 100%.mp4'
    assert name_in_form("two%0D%0Alines.mp4") == "two lines.mp4"


@given(st.floats(min_value=0, max_value=1e6))
def test_a_wait_is_never_nothing(seconds: float) -> None:
    with override("en"):
        number, unit = about(seconds).split()
    assert int(number) >= 1
    assert unit in {"s", "min", "h"}


@given(st.floats(min_value=0, max_value=1))
def test_only_done_is_a_hundred_percent(fraction: float) -> None:
    with override("en"):
        assert (percent(fraction) == "100%") == (fraction == 1)
