"""A report goes through JSON and comes back the same."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, strategies as st

from lucarne_engine.probe import codec
from lucarne_engine.probe.report import (
    AudioStream,
    Color,
    Problem,
    SourceReport,
    VideoStream,
)

times = st.fractions(max_denominator=90_000)
rates = st.fractions(min_value=Fraction(1, 1001), max_value=240, max_denominator=1001)
st.register_type_strategy(Fraction, times)
colors = st.builds(Color)
videos = st.builds(
    VideoStream, color=colors, frame_rate=rates, keyframes=st.lists(times).map(tuple)
)
reports = st.builds(
    SourceReport,
    video=st.none() | videos,
    audio=st.lists(st.builds(AudioStream), max_size=3).map(tuple),
    problems=st.lists(st.builds(Problem), max_size=3).map(tuple),
    clock_zero=times,
)


@given(reports)
def test_json_and_back_is_the_same_report(report: SourceReport) -> None:
    text = codec.to_json(report)
    assert codec.from_json(text) == report
    assert codec.to_json(codec.from_json(text)) == text
