"""The arithmetic of loudness, for whatever may be measured."""

from __future__ import annotations

from hypothesis import assume, given, strategies as st

from lucarne_engine.plan.level import (
    CEILING_DBTP,
    GATE_LUFS,
    MOST_GAIN_DB,
    MOST_LIMITED_DB,
    PEAK_DBTP,
    TOLERANCE_LU,
    UNCHANGED,
    Loudness,
    choose_level,
)

TENTHS = st.integers(-699, 60).map(lambda tenths: tenths / 10)
PEAKS = st.integers(-700, 120).map(lambda tenths: tenths / 10)
TARGETS = st.sampled_from((-16, -23))
LITTLE = 1e-6


@given(TENTHS, PEAKS, TARGETS)
def test_the_gain_is_bounded_and_so_is_the_limiter(lufs, peak, target):
    level = choose_level(Loudness(lufs=lufs, peak_dbtp=peak), target)

    assert level.gain_db <= MOST_GAIN_DB
    assert peak + level.gain_db <= CEILING_DBTP + MOST_LIMITED_DB + LITTLE or (
        level == UNCHANGED
    )
    assert level.gain_db <= max(0, target - lufs) + LITTLE
    assert round(level.gain_db, 1) == level.gain_db


@given(TENTHS, PEAKS, TARGETS)
def test_no_peak_is_published_above_the_limit(lufs, peak, target):
    level = choose_level(Loudness(lufs=lufs, peak_dbtp=peak), target)
    assert level.is_limited or peak + level.gain_db <= PEAK_DBTP


@given(TENTHS, PEAKS, TARGETS)
def test_what_can_bear_it_reaches_the_target(lufs, peak, target):
    wanted = target - lufs
    assume(wanted <= MOST_GAIN_DB)
    assume(peak + wanted <= CEILING_DBTP + MOST_LIMITED_DB)
    level = choose_level(Loudness(lufs=lufs, peak_dbtp=peak), target)
    assert abs(lufs + level.gain_db - target) <= TOLERANCE_LU + LITTLE


@given(TENTHS, PEAKS, TARGETS)
def test_what_is_right_is_left_alone(lufs, peak, target):
    """And what was levelled without a limiter is right the next time."""
    level = choose_level(Loudness(lufs=lufs, peak_dbtp=peak), target)
    after = Loudness(lufs=lufs + level.gain_db, peak_dbtp=peak + level.gain_db)
    reached = abs(after.lufs - target) <= TOLERANCE_LU
    assume(reached and not level.is_limited)
    assert choose_level(after, target) == UNCHANGED


@given(TENTHS, TENTHS, PEAKS, TARGETS)
def test_a_louder_film_is_never_raised_more(one, other, peak, target):
    quiet, loud = sorted((one, other))
    # Where neither is left alone for being near enough.
    assume(min(abs(target - quiet), abs(target - loud)) > TOLERANCE_LU)
    gains = [
        choose_level(Loudness(lufs=lufs, peak_dbtp=peak), target).gain_db
        for lufs in (quiet, loud)
    ]
    assert gains[0] >= gains[1]


@given(PEAKS, TARGETS)
def test_silence_is_not_raised(peak, target):
    assert choose_level(Loudness(lufs=GATE_LUFS, peak_dbtp=peak), target) == UNCHANGED


def test_some_films():
    def told(lufs, peak, target=-16):
        level = choose_level(Loudness(lufs=lufs, peak_dbtp=peak), target)
        return level.gain_db, level.is_limited

    assert told(-9.8, 0.3) == (-6.2, False)  # loud music
    assert told(-27.0, -12.0) == (11.0, True)  # a conversation: half a decibel too high
    assert told(-37.4, -9.9) == (14.4, True)  # whispers and an explosion
    assert told(-60.0, -50.0) == (20.0, False)  # hardly anything
    assert told(-16.4, -1.0) == (0.0, False)
    assert told(-16.4, -0.2) == (0.4, True)
    assert told(-16.0, -2.0, target=-23) == (-7.0, False)
    assert told(-70.0, float("-inf")) == (0.0, False)
