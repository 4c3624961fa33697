from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from lucarne.playback import tokens

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
ASSET = "ast_0123456789abcdef"
moments = st.datetimes(
    min_value=dt.datetime(2026, 1, 1),  # noqa: DTZ001
    max_value=dt.datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


@given(at=moments, epoch=st.integers(0, 10**9))
def test_a_token_is_good_for_24_to_36_hours(at: dt.datetime, epoch: int) -> None:
    token = tokens.sign(ASSET, epoch, at)
    for hours in (0, 12, 24):
        assert tokens.verify(token, ASSET, at + dt.timedelta(hours=hours)) == epoch
    assert tokens.verify(token, ASSET, at + dt.timedelta(hours=36)) is None


def test_it_is_the_same_for_half_a_day() -> None:
    assert tokens.sign(ASSET, 1, AT) == tokens.sign(ASSET, 1, AT.replace(hour=0))
    assert tokens.sign(ASSET, 1, AT) != tokens.sign(ASSET, 1, AT.replace(hour=12))


def test_it_lies_in_a_path_as_it_is() -> None:
    token = tokens.sign(ASSET, 7, AT)
    assert set(token) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    )
    assert len(token) <= 64


def test_it_is_good_for_one_film_only() -> None:
    assert tokens.verify(tokens.sign(ASSET, 1, AT), "ast_fedcba9876543210", AT) is None


def test_another_epoch_or_time_written_into_it_is_worth_nothing() -> None:
    until, epoch, mac = tokens.sign(ASSET, 1, AT).split("-", 2)
    assert tokens.verify(f"{until}-{int(epoch) + 1}-{mac}", ASSET, AT) is None
    assert tokens.verify(f"{int(until) + 1}-{epoch}-{mac}", ASSET, AT) is None
    assert tokens.verify(f"{until}-0{epoch}-{mac}", ASSET, AT) is None


def test_one_from_the_future_is_refused() -> None:
    token = tokens.sign(ASSET, 1, AT + dt.timedelta(days=30))
    assert tokens.verify(token, ASSET, AT) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "--",
        "1-1",
        "1-1-",
        "a-b-c",
        "1-1-é",
        "١-1-x",
        "9" * 99,
        "1-1-" + "x" * 99,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    assert tokens.verify(text, ASSET, AT) is None


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    assert tokens.verify(text, ASSET, AT) is None


def test_one_of_the_stills_opens_nothing_else() -> None:
    token = tokens.sign_stills(ASSET, 3, AT)
    assert tokens.verify(token, ASSET, AT, of_stills=True) == 3
    assert tokens.verify(token, ASSET, AT) is None
    # Whoever may watch may see the poster; without its mark it is no other token.
    assert tokens.verify(tokens.sign(ASSET, 3, AT), ASSET, AT, of_stills=True) == 3
    assert tokens.verify(token[1:], ASSET, AT) is None
    forged = f"s{tokens.sign(ASSET, 3, AT)}"
    assert tokens.verify(forged, ASSET, AT, of_stills=True) is None
    for hours, epoch in ((24, 3), (36, None)):
        later = AT + dt.timedelta(hours=hours)
        assert tokens.verify(token, ASSET, later, of_stills=True) == epoch


@given(at=moments, epoch=st.integers(0, 10**9))
def test_a_brief_one_is_good_for_4_to_6_hours(at: dt.datetime, epoch: int) -> None:
    token = tokens.sign_brief(ASSET, epoch, at)
    for hours in (0, 2, 4):
        later = at + dt.timedelta(hours=hours)
        assert tokens.verify(token, ASSET, later) == epoch
        # Whoever may watch may see the poster.
        assert tokens.verify(token, ASSET, later, of_stills=True) == epoch
    assert tokens.verify(token, ASSET, at + dt.timedelta(hours=6)) is None


def test_no_kind_of_token_passes_for_another() -> None:
    brief, usual = tokens.sign_brief(ASSET, 3, AT), tokens.sign(ASSET, 3, AT)
    stills = tokens.sign_stills(ASSET, 3, AT)
    forged = (
        brief[1:], f"b{usual}", f"b{stills[1:]}", f"s{brief[1:]}", f"b{brief}", f"bs{usual}",
    )  # fmt: skip
    for text in forged:
        assert tokens.verify(text, ASSET, AT) is None, text
        assert tokens.verify(text, ASSET, AT, of_stills=True) is None, text
