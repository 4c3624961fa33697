"""The films table as comma-separated values (RFC 4180), a few hundred films at a time.

A spreadsheet takes a cell that begins with certain signs for a formula, and a title is
written by anybody: such a cell gets an apostrophe in front (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lucarne.catalog import film_list
from lucarne.catalog.film_list import FilmRow
from lucarne.catalog.labels import CATEGORIES, LICENSES
from lucarne.studio.film_table import STATES, TITLE, TableView, state_of
from lucarne.studio.visibility_words import CHOICES, choice_of

_PIECE_ROWS: Final = 200
# Also as they are written in East Asian text, which spreadsheets read alike.
_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
# So that spreadsheets read it as UTF-8.
_MARK: Final = "\ufeff"
Cell = str | int | float


def pieces(view: TableView, *, around_id: tuple[str, str]) -> Iterator[str]:
    """Return the text in pieces; a film's address is its id between two texts.

    Every word is translated now: the pieces are asked for when the language of the
    request is forgotten.
    """
    write = _writers()
    head = [_("Id"), str(TITLE.label), *(str(column.label) for column in view.columns)]
    films = film_list.each_film(
        view.wanted, order=view.order, is_descending=view.is_descending
    )
    rows = (
        [
            film.video_id,
            film.title,
            *(write[column.name](film) for column in view.columns),
            film.video_id.join(around_id),
        ]
        for film in films
    )
    return in_pieces(itertools.chain([[*head, _("Address")]], rows))


def safe(cell: Cell) -> Cell:
    """Return the cell so that no spreadsheet calculates it."""
    if isinstance(cell, str) and cell.lstrip(" ")[:1] in _FORMULA:
        return f"'{cell}"
    return cell


def text(rows: Iterable[list[Cell]]) -> str:
    """Return rows as the text of a small file."""
    return "".join(in_pieces(rows))


def in_pieces(rows: Iterable[list[Cell]]) -> Iterator[str]:
    """Write rows, a few hundred at a time."""
    rows, mark = iter(rows), _MARK
    while some := list(itertools.islice(rows, _PIECE_ROWS)):
        written = io.StringIO(newline="")
        csv.writer(written).writerows([map(safe, row) for row in some])
        yield mark + written.getvalue()
        mark = ""


def _writers() -> dict[str, Callable[[FilmRow], Cell]]:
    visibilities = {name: str(words) for name, words in CHOICES.items()}
    states = {name: str(words) for name, words in STATES.items()}
    categories = {code: str(words) for code, words in CATEGORIES.items()}
    licenses = {code: str(license_.name) for code, license_ in LICENSES.items()}
    return {
        "channel": lambda film: film.channel_name,
        "visibility": lambda film: visibilities[
            choice_of(film.visibility, film.publish_as)
        ],
        "state": lambda film: states[state_of(film)],
        "created": lambda film: _moment(film.created_at),
        "published": lambda film: _moment(film.published_at),
        "duration": lambda film: round(film.duration_ms / 1000),
        "size": lambda film: film.size_bytes,
        "file": lambda film: film.source_name,
        "publish_at": lambda film: _moment(film.publish_at),
        "tags": lambda film: ", ".join(film.tags),
        "language": lambda film: film.language,
        "category": lambda film: categories.get(film.category, ""),
        "license": lambda film: licenses.get(film.license, ""),
    }


def _moment(moment: dt.datetime | None) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
