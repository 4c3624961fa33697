"""Cards are remembered: whatever one shows must be part of what it is known by."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from lucarne.catalog.queries import ListedVideo
from lucarne.playback import tokens
from lucarne.portal.cards import cards
from lucarne.portal.templatetags.films import card_items

AT = dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC)
VIDEO = ListedVideo(
    video_id="vid_1", title="Le jardin", description="", channel_name="Nature",
    published_at=AT, duration_ms=62_000, color="#336699", asset_id="ast_1",
    plan_id="plan1", epoch=0, has_poster=True,
)  # fmt: skip


def written(video: ListedVideo = VIDEO, *, at: dt.datetime = AT, **look: Any) -> str:
    return str(card_items(cards([video], at=at), **look))


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("video_id", "vid_2", '"/watch/vid_2"'),
        ("title", "La <mer>", ">La &lt;mer&gt;<"),
        ("channel_name", "Villes", ">Villes<"),
        ("published_at", AT - dt.timedelta(days=400), "2025"),
        ("duration_ms", 3_000, ">0:03<"),
        ("color", "#112233", "#112233"),
        ("asset_id", "ast_2", "/ast_2/plan1/"),
        ("plan_id", "plan2", "/ast_1/plan2/"),
        ("has_poster", False, "card-waiting"),
        ("visibility", "members", "Members</span>"),
    ],
)
def test_another_fact_makes_another_card(name: str, value: Any, text: str) -> None:
    assert text not in written()
    changed = written(VIDEO._replace(**{name: value}))
    assert text in changed
    assert text not in written()


def test_a_film_that_was_closed_has_another_address() -> None:
    assert f"/media/{tokens.sign_stills('ast_1', 0, AT)}/" in written()
    assert f"/media/{tokens.sign_stills('ast_1', 7, AT)}/" in written(VIDEO._replace(epoch=7))


def test_another_look_makes_another_card() -> None:
    assert 'loading="lazy"' in written()
    assert 'loading="lazy"' not in written(eager=1)
    assert "<h3 " in written(level="h3")
    assert 'sizes="10rem"' in written(sizes="10rem")
    assert ">Nature<" not in written(shows_channel=False)
    assert ">Nature<" in written()


def test_a_card_is_in_the_language_of_the_page() -> None:
    for language, words in (
        ("en", "1 minute 2 seconds"),
        ("fr", "1 minute 2 secondes"),
    ):
        with translation.override(language):
            assert f">{words}<" in written()


def test_addresses_are_signed_anew_twice_a_day() -> None:
    for hours in (0, 10, 11, 23):
        at = AT + dt.timedelta(hours=hours)
        assert tokens.signed_at(at) <= at
        assert f"/media/{tokens.sign_stills('ast_1', 0, at)}/" in written(at=at)
    assert tokens.signed_at(AT) != tokens.signed_at(AT + dt.timedelta(hours=11))
