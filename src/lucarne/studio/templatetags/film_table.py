"""Rows of the films table, written without a template: a page holds hundreds of cells."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext as _, ngettext

from lucarne.catalog import language_tags
from lucarne.catalog.film_list import Count, FilmRow
from lucarne.catalog.labels import LICENSES, category_name
from lucarne.catalog.queries import ChannelView
from lucarne.core import clock
from lucarne.core.sizes import size
from lucarne.core.templatetags.assets import icon
from lucarne.core.templatetags.times import duration, duration_words, time_since
from lucarne.playback import queries as playback
from lucarne.studio.film_table import (
    COLUMNS,
    PER_PAGE,
    SORTS,
    STATES,
    TITLE,
    VISIBILITIES,
    Column,
    TableView,
    chips,
)

register = template.Library()

_PLACE: Final = "place"
Cell = Callable[[FilmRow], str]


@functools.cache
def _around_id() -> tuple[str, str]:
    before, _, after = reverse("studio:film", args=[_PLACE]).partition(_PLACE)
    return before, after


@functools.lru_cache(maxsize=64)
def _state(language: str | None, *facts: bool) -> str:  # noqa: ARG001  the cache's key
    names = ("is_failed", "is_ready", "is_playable")
    film = dict(zip(names, facts, strict=True))
    return render_to_string("studio/state.html", {"film": film}).strip()


@functools.lru_cache(maxsize=64)
def _visibility(language: str | None, *facts: str) -> str:  # noqa: ARG001  as above
    film = dict(zip(("visibility", "publish_as"), facts, strict=True))
    return render_to_string("studio/visibility.html", film).strip()


def _cells(language: str | None, at: dt.datetime) -> dict[str, Cell]:
    """How each column writes a film."""

    def ago(moment: dt.datetime | None) -> str:
        return time_since(moment, at=at, language=language) if moment else "–"

    return {
        "channel": lambda film: f"<bdi>{escape(film.channel_name)}</bdi>",
        "visibility": lambda film: _visibility(
            language, film.visibility, film.publish_as
        ),
        "state": lambda film: _state(
            language, film.is_failed, film.is_ready, film.is_playable
        ),
        "created": lambda film: ago(film.created_at),
        "published": lambda film: ago(film.published_at),
        "duration": lambda film: _duration(film.duration_ms),
        "size": lambda film: escape(size(film.size_bytes)),
        "file": lambda film: f"<bdi>{escape(film.source_name)}</bdi>",
        "publish_at": lambda film: _moment(film.publish_at),
        "tags": lambda film: _tags(film.tags),
        "language": lambda film: _language(language, film.language),
        "category": lambda film: escape(category_name(film.category)) or "–",
        "license": lambda film: _license(film.license),
    }


def _moment(moment: dt.datetime | None) -> str:
    if moment is None:
        return "–"
    words = escape(date_format(localtime(moment), "SHORT_DATETIME_FORMAT"))
    return f'<time datetime="{moment.isoformat(timespec="seconds")}">{words}</time>'


def _tags(tags: list[str]) -> str:
    """Write each tag as a link to the films that have it."""
    links = (
        f'<a href="?{escape(urlencode({"tag": tag}))}"><bdi>{escape(tag)}</bdi></a>'
        for tag in tags
    )
    return ", ".join(links) or "–"


@functools.lru_cache(maxsize=256)
def _language(language: str | None, tag: str) -> str:  # noqa: ARG001  as above
    return escape(language_tags.name_of(tag)) if tag else "–"


def _license(code: str) -> str:
    known = LICENSES.get(code)
    return escape(str(known.name)) if known else "–"


def _duration(duration_ms: int) -> str:
    if not duration_ms:
        return "–"
    words = duration_words(duration_ms)
    return (
        f'<span aria-hidden="true">{duration(duration_ms)}</span>'
        f'<span class="visually-hidden">{words}</span>'
    )


def _css(column: Column) -> str:
    return f"cell-{column.name}{' number' if column.is_number else ''}"


def _opened(column: Column) -> str:
    label = escape(str(column.label))
    return f'<td role="cell" class="{_css(column)}" data-label="{label}">'


def _line(film: FilmRow) -> str:
    """Leave room for how far a film is, which the page hears (follow.js)."""
    if film.is_ready or film.is_failed:
        return ""
    watch = ""
    if film.is_playable:
        place = escape(reverse("portal:watch", args=[film.video_id]))
        watch = f' <a href="{place}">{escape(_("Watchable now"))}</a>'
    return (
        f'<p class="film-line soft small figures" id="line-{film.asset_id}"'
        f' data-work="{film.video_id}"><span id="work-{film.asset_id}"></span>{watch}</p>'
    )


@register.simple_tag
def film_rows(rows: Iterable[FilmRow], columns: Iterable[Column]) -> SafeString:
    """Write each film as a row with a box to choose it by."""
    language, at = get_language(), clock.now()
    cells, (before, after) = _cells(language, at), _around_id()
    statistics, bars = escape(_("Statistics")), icon("chart-column")
    shown = [(_opened(one), cells[one.name]) for one in columns]
    texts = []
    for film in rows:
        thumb = playback.stills(film, at).thumb_320
        picture = (
            f'<img src="{thumb}" alt="" width="320" height="180" loading="lazy"'
            ' decoding="async">'
            if thumb
            else icon("film")
        )
        name, title = film.video_id, escape(film.title)
        texts.append(
            '<tr role="row"><td role="cell" class="cell-choice"><label>'
            f'<input type="checkbox" name="film" value="{name}" aria-labelledby="{name}">'
            '</label></td><th scope="row" role="rowheader" class="cell-title"><div>'
            f'<span class="film-thumb">{picture}</span>'
            f'<a id="{name}" href="{before}{name}{after}"><bdi>{title}</bdi></a>'
            f'<a class="row-link" href="{before}{name}{after}/statistics"'
            f' title="{statistics}" aria-label="{statistics} – {title}">{bars}</a>'
            f"{_line(film)}</div></th>"
            + "".join(f"{head}{cell(film)}</td>" for head, cell in shown)
            + "</tr>\n"
        )
    return mark_safe("".join(texts))  # noqa: S308  texts are escaped, paths need not be


@register.simple_tag
def table_choices() -> dict[str, Any]:
    """Return what can be chosen around the table."""
    return {
        "visibilities": VISIBILITIES.items(),
        "states": STATES.items(),
        "sorts": SORTS.items(),
        "per_page": PER_PAGE,
        "title": TITLE,
        "columns": COLUMNS,
    }


@register.simple_tag
def table_chips(
    view: TableView, channels: Iterable[ChannelView]
) -> list[tuple[str, str]]:
    """Name each filter in use, with the query without it."""
    return chips(view, channels)


@register.simple_tag
def film_head(column: Column, view: TableView) -> SafeString:
    """Write a column's head: a link that sorts by it, and the other way round next time."""
    css = _css(column)
    label = escape(str(column.label))
    if column.order is None:
        text = f'<th scope="col" role="columnheader" class="{css}">{label}</th>'
        return mark_safe(text)  # noqa: S308  escaped
    name = column.order.value
    # The first click shows what one most often looks for: newest, longest, A to Z.
    first = name if column is TITLE else f"-{name}"
    is_sorted = view.order is column.order
    sort = (
        next(one for one in (name, f"-{name}") if one != view.sort)
        if is_sorted
        else first
    )
    state, mark = "", ""
    if is_sorted:
        state = f' aria-sort="{"descending" if view.is_descending else "ascending"}"'
        mark = icon("arrow-down" if view.is_descending else "arrow-up")
    href = escape(f"?{view.query(sort=sort)}")
    return mark_safe(  # noqa: S308  escaped
        f'<th scope="col" role="columnheader" class="{css}"{state}>'
        f'<a href="{href}" title="{escape(str(SORTS[sort]))}">{label}{mark}</a></th>'
    )


@register.filter
def grouped(number: int) -> str:
    """Write a large number as readers group its digits: ``12,345``."""
    return number_format(number, decimal_pos=0, use_l10n=True, force_grouping=True)


@register.filter
def films(count: Count) -> str:
    """Say how many films there are: ``12,345 films``, ``more than 10,000 films``."""
    number = grouped(count.number)
    if count.is_more:
        return _("more than %(number)s films") % {"number": number}
    words = ngettext("%(number)s film", "%(number)s films", count.number)
    return words % {"number": number}
