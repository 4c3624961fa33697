"""Durations and dates in the reader's language."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from lucarne.core import clock
from lucarne.core.templatetags.times import (
    ago,
    duration,
    duration_iso,
    duration_words,
)

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("ms", "figures", "words", "iso"),
    [
        (0, "0:00", "0 seconds", "PT0M0S"),
        (999, "0:01", "1 second", "PT0M1S"),
        (125_000, "2:05", "2 minutes 5 seconds", "PT2M5S"),
        (1_440_000, "24:00", "24 minutes", "PT24M0S"),
        (3_723_000, "1:02:03", "1 hour 2 minutes 3 seconds", "PT1H2M3S"),
    ],
)
def test_durations(ms: int, figures: str, words: str, iso: str) -> None:
    with translation.override("en"):
        assert duration(ms) == figures
        assert duration_words(ms) == words
        assert duration_iso(ms) == iso


def test_a_duration_that_is_not_known_is_not_written() -> None:
    assert duration(None) == duration_words(None) == duration_iso(None) == ""


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (dt.timedelta(seconds=-3), "just now"),
        (dt.timedelta(seconds=59), "just now"),
        (dt.timedelta(minutes=1), "1 min ago"),
        (dt.timedelta(minutes=119), "1 h ago"),
        (dt.timedelta(hours=2), "2 h ago"),
        (dt.timedelta(hours=25), "yesterday"),
        (dt.timedelta(days=6), "6 days ago"),
        (dt.timedelta(days=8), "Nov. 16, 2026"),
    ],
)
def test_a_time_is_relative_with_the_absolute_one_beside_it(
    monkeypatch: pytest.MonkeyPatch, age: dt.timedelta, words: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with translation.override("en"):
        written = str(ago(NOW - age))
    assert f">{words}</time>" in written
    assert 'title="Nov. ' in written
    assert f'datetime="{(NOW - age).isoformat()}"' in written
