"""Time stamps: rates, key frames, soundness; against a slow and plain second opinion."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from lucarne_engine.probe import timing
from lucarne_engine.probe.timing import STANDARD_RATES, PacketLog


def log(
    pts: list[int], base: Fraction = Fraction(1, 90_000), **how: object
) -> PacketLog:
    how.setdefault("keys", [0])
    return PacketLog(time_base=base, pts=pts, durations=[0] * len(pts), **how)


def ticks(rate: Fraction, base: Fraction, count: int) -> list[int]:
    return [round(n / (rate * base)) for n in range(count)]


@given(
    rate=st.sampled_from([r for r in STANDARD_RATES if r >= 5]),
    base=st.sampled_from([Fraction(1, n) for n in (1000, 15_360, 90_000)]),
    count=st.integers(4, 400),
)
def test_a_constant_rate_is_found_through_the_rounding_of_any_clock(
    rate: Fraction, base: Fraction, count: int
) -> None:
    assert timing.frame_rate(log(ticks(rate, base, count), base), rate) == (rate, True)


@given(rate=st.sampled_from([r for r in STANDARD_RATES if 5 <= r <= 120]))
def test_a_lying_header_changes_nothing(rate: Fraction) -> None:
    times = ticks(rate, Fraction(1, 90_000), 600)
    assert timing.frame_rate(log(times), Fraction(1000)) == (rate, True)


@pytest.mark.parametrize("missing", [{10}, {10, 11, 12, 40}, set(range(60, 200))])
def test_missing_pictures_are_not_a_constant_rate(missing: set[int]) -> None:
    times = ticks(Fraction(30), Fraction(1, 90_000), 300)
    kept = [t for n, t in enumerate(times) if n not in missing]
    assert timing.frame_rate(log(kept), None) == (Fraction(30), False)


def test_a_clock_that_runs_too_fast_is_not_believed() -> None:
    rate, is_constant = timing.frame_rate(log(list(range(100))), Fraction(90_000))
    assert (rate, is_constant) == (Fraction(240), False)


def test_fields_in_packets_of_their_own_are_half_as_many_pictures() -> None:
    fields = log(list(range(0, 1800 * 50, 1800)), per_picture=2)
    assert timing.frame_rate(fields, None) == (Fraction(25), True)
    assert not timing.is_sound_video(fields)


@pytest.mark.parametrize(
    ("length", "declared", "rate"),
    [
        (3000, None, 30),
        (1, Fraction(24), 25),  # 90,000 pictures a second: nobody filmed that
        (0, Fraction(24), 24),
        (0, None, 25),
        (0, Fraction(90_000), 25),
    ],
)
def test_a_lone_picture_has_a_rate_all_the_same(
    length: int, declared: Fraction | None, rate: int
) -> None:
    lone = PacketLog(
        time_base=Fraction(1, 90_000), pts=[0], durations=[length], keys=[0]
    )
    assert timing.frame_rate(lone, declared) == (rate, True)
    assert 0 < (lone.end() - lone.first) * lone.time_base <= Fraction(1, 25)


@st.composite
def groups(draw: st.DrawFn) -> PacketLog:
    """Pictures in some order, with key frames anywhere."""
    count = draw(st.integers(1, 30))
    pts = draw(st.permutations(range(count)))
    keys = sorted(draw(st.sets(st.integers(0, count - 1))))
    return log(list(pts), keys=keys)


@given(groups())
def test_closed_key_frames_are_those_nothing_later_reaches_back_over(
    packets: PacketLog,
) -> None:
    plain = sorted(
        packets.pts[key]
        for key in packets.keys
        if all(later > packets.pts[key] for later in packets.pts[key + 1 :])
    )
    assert timing.closed_keyframes(packets) == plain


def test_what_is_sound_can_be_copied() -> None:
    assert timing.is_sound_video(log([0, 3, 1, 2, 4]))
    assert not timing.is_sound_video(log([1, 3, 0, 2, 4]))  # reaches back
    assert not timing.is_sound_video(log([0, 3, 1, 1, 4]))  # twice the same time
    assert not timing.is_sound_video(log([0, 3, 1, 2], keys=[1]))
    assert not timing.is_sound_video(log([0, 3, 1, 2], keys=[]))
    assert not timing.is_sound_video(log([0, 1], is_complete=False))
    assert not timing.is_sound_video(log([0, 1], changes=True))


def test_sound_with_a_gap_cannot_be_copied() -> None:
    base = Fraction(1, 48_000)
    times = list(range(0, 1024 * 20, 1024))
    whole = PacketLog(time_base=base, pts=times, durations=[1024] * 20)
    gap = PacketLog(
        time_base=base, pts=[*times[:10], *[t + 4800 for t in times[10:]]],
        durations=[1024] * 20,
    )  # fmt: skip
    assert timing.is_sound_audio(whole)
    assert not timing.is_sound_audio(gap)
