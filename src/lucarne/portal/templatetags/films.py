"""Cards and controls, written without a template where a page holds many of them.

Two dozen cards through a template cost more than the whole rest of the home page.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from html import escape

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext as _

from lucarne.catalog.queries import ChannelView
from lucarne.core import clock
from lucarne.core.templatetags.assets import icon
from lucarne.core.templatetags.times import duration, duration_words, time_since
from lucarne.portal import player
from lucarne.portal.addresses import channel_url
from lucarne.portal.cards import Card
from lucarne.portal.structured import social_facts_of_list
from lucarne.portal.templatetags.prose import shortened

register = template.Library()

GRID_SIZES = "(min-width: 110rem) 20rem, (min-width: 40rem) 18rem, 92vw"
LIST_SIZES = "10rem"
LEAD_SUMMARY = 280

_DURATION = (
    '<span class="card-duration"><span aria-hidden="true">{figures}</span>'
    '<span class="visually-hidden">{words}</span></span>'
)


def _poster(card: Card, *, sizes: str, loading: str) -> str:
    small, large = card.stills[1:]
    if not small:
        return _waiting()
    return (
        f'{_color(card)}<img src="{small}" srcset="{small} 320w, {large} 640w"'
        f' sizes="{sizes}" width="640" height="360" alt=""{loading} decoding="async">'
    )


def _color(card: Card) -> str:
    return (
        '<svg class="card-color" viewBox="0 0 16 9" preserveAspectRatio="none"'
        ' aria-hidden="true"><rect width="16" height="9"'
        f' fill="{escape(card.color or "#888888")}"/></svg>'
    )


def _waiting() -> str:
    return f'<span class="card-waiting">{icon("clapperboard")}</span>'


def _badge(card: Card) -> str:
    """Say for whom a film is, where that is not everybody."""
    if not card.is_for_members:
        return ""
    words = escape(_("Members"))
    return f'<span class="card-badge">{icon("star")}{words}</span>'


@functools.lru_cache(maxsize=1024)
def _duration(duration_ms: int, language: str | None) -> str:  # noqa: ARG001 - the cache's key
    if not duration_ms:
        return ""
    return _DURATION.format(
        figures=duration(duration_ms), words=duration_words(duration_ms)
    )


@register.simple_tag
def card_items(
    cards: Iterable[Card],
    *,
    eager: int = 0,
    level: str = "h2",
    sizes: str = GRID_SIZES,
    shows_channel: bool = True,
) -> SafeString:
    """Write cards as list items; the first ``eager`` pictures load at once."""
    language, at = get_language(), clock.now()
    items: list[str] = []
    for n, card in enumerate(cards):
        look = (level, sizes, n < eager, shows_channel)
        before, after = _around_age(card, look, language)
        ago = time_since(card.published_at, at=at, language=language)
        items += (before, ago, after)
    return mark_safe("".join(items))  # noqa: S308 - texts are escaped, paths need not be


@functools.lru_cache(maxsize=1024)
def _around_age(
    card: Card, look: tuple[str, str, bool, bool], language: str | None
) -> tuple[str, str]:
    """Write a card; its age, which changes by itself, goes in between."""
    level, sizes, is_eager, shows_channel = look
    poster = _poster(card, sizes=sizes, loading="" if is_eager else ' loading="lazy"')
    channel = f"<span>{escape(card.channel_name)}</span>" if shows_channel else ""
    before = (
        f'<li class="card"><div class="card-poster">{poster}{_badge(card)}'
        f"{_duration(card.duration_ms, language)}</div>"
        f'<div class="card-text"><{level} class="card-title">'
        f'<a href="{card.url}">{escape(card.title)}</a></{level}>'
        f'<p class="card-meta">{channel}<span>'
    )
    return before, "</span></p></div></li>\n"


@register.simple_tag
def lead_card(card: Card) -> SafeString:
    """Write the first card of the home page: large, with its description."""
    language, picture, summary = get_language(), _waiting(), ""
    if card.stills.poster:
        picture = (
            f'{_color(card)}<img src="{card.stills.poster}" width="1280" height="720"'
            ' alt="" fetchpriority="high" decoding="async">'
        )
    if card.description:
        text = escape(shortened(card.description, LEAD_SUMMARY))
        summary = f'<p class="card-summary">{text}</p>\n'
    ago = time_since(card.published_at, at=clock.now(), language=language)
    return mark_safe(  # noqa: S308 - texts are escaped, paths need not be
        '<article class="card card--lead"><div class="card-poster">'
        f"{picture}{_badge(card)}{_duration(card.duration_ms, language)}</div>\n"
        '<div class="card-text"><h2 class="card-title">'
        f'<a href="{card.url}">{escape(card.title)}</a></h2>\n{summary}'
        f'<p class="card-meta"><span>{escape(card.channel_name)}</span>'
        f"<span>{ago}</span></p></div></article>"
    )


@register.simple_tag
def attributes(facts: Mapping[str, object]) -> SafeString:
    """Write facts for a script as an element's data attributes."""
    written = [f'data-{name}="{escape(str(fact))}"' for name, fact in facts.items()]
    return mark_safe(" ".join(written))  # noqa: S308 - escaped


@register.simple_tag
def meta_tags(facts: Mapping[str, str]) -> SafeString:
    """Write what search engines and social networks are told of a page."""
    return mark_safe(  # noqa: S308 - escaped
        "\n".join(
            f'<meta {"property" if name.startswith("og:") else "name"}="{name}"'
            f' content="{escape(fact)}">'
            for name, fact in facts.items()
        )
    )


@register.simple_tag
def list_tags(site_name: str, address: str, channel: str = "") -> SafeString:
    """Write what they are told of a page of films."""
    return meta_tags(social_facts_of_list(site_name, channel=channel, address=address))


@register.simple_tag
def channel_links(channels: Iterable[ChannelView]) -> SafeString:
    """Write a link to each channel's page."""
    return mark_safe(  # noqa: S308 - every value is escaped
        "".join(
            f'<a class="pill-link" href="{escape(channel_url(channel.slug))}">'
            f"{escape(channel.name)}</a>"
            for channel in channels
        )
    )


@functools.lru_cache(maxsize=8)
def _controls(language: str | None) -> SafeString:  # noqa: ARG001 - the cache's key
    context = {
        "words": player.words(),
        "shortcuts": player.shortcuts(),
        "speeds": player.speeds(),
        "caption_looks": player.caption_looks(),
    }
    return mark_safe(render_to_string("portal/controls.html", context))  # noqa: S308


@register.simple_tag
def player_controls() -> SafeString:
    """Write the player's controls: the same for every film, so made once a language."""
    return _controls(get_language())
