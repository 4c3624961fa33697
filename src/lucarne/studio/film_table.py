"""The address of the films table: what is looked for, in which order, which columns.

Everything that a person chose is in the address, so that a view can be kept, sent and
gone back to: ``?q=jardin&visibility=draft&sort=-created&col=channel&col=duration``.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext, gettext_lazy as _

from lucarne.catalog import queries
from lucarne.catalog.film_list import Cursor, FilmFilter, FilmOrder, FilmRow, FilmState
from lucarne.catalog.names import TAG_MAX

VISIBILITIES: Final[dict[str, str | Promise]] = {
    "public": _("Public"),
    "members": _("For members"),
    "unlisted": _("Unlisted"),
    "link": _("Private link"),
    "private": _("Private"),
    "scheduled": _("Scheduled"),
    "draft": _("Draft"),
}
STATES: Final[dict[str, str | Promise]] = {
    FilmState.READY: _("Ready"),
    FilmState.WORKING: _("Being prepared"),
    FilmState.FAILED: _("Failed"),
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """``order``: what a click on its head sorts by; None when nothing does."""

    name: str
    label: str | Promise
    order: FilmOrder | None = None
    is_number: bool = False


TITLE: Final = Column(name="title", label=_("Film"), order=FilmOrder.TITLE)
COLUMNS: Final = (
    Column(name="channel", label=_("Channel")),
    Column(name="visibility", label=_("Visibility")),
    Column(name="state", label=_("State")),
    Column(name="created", label=_("Added"), order=FilmOrder.CREATED),
    Column(name="published", label=_("Published"), order=FilmOrder.PUBLISHED),
    Column(
        name="duration", label=_("Duration"), order=FilmOrder.DURATION, is_number=True
    ),
    Column(name="size", label=_("File size"), order=FilmOrder.SIZE, is_number=True),
    Column(name="file", label=_("File name")),
    Column(name="publish_at", label=_("Scheduled for")),
    Column(name="tags", label=_("Tags")),
    Column(name="language", label=_("Language")),
    Column(name="category", label=_("Category")),
    Column(name="license", label=_("License")),
)
DEFAULT_COLUMNS: Final = ("channel", "visibility", "state", "created", "duration")
SORTS: Final[dict[str, str | Promise]] = {
    "-created": _("Newest first"),
    "created": _("Oldest first"),
    "-published": _("Newest publication first"),
    "published": _("Oldest publication first"),
    "title": _("Title, A to Z"),
    "-title": _("Title, Z to A"),
    "-duration": _("Longest first"),
    "duration": _("Shortest first"),
    "-size": _("Largest file first"),
    "size": _("Smallest file first"),
}
DEFAULT_SORT: Final = "-created"
PER_PAGE: Final = (25, 50, 100)
DEFAULT_PER_PAGE: Final = 25
YEARS: Final = range(1970, 3000)
WRONG_DAY: Final = _("Write the day as year, month and day: 2026-11-25.")


_WRITTEN: Final = (
    "q", "channel", "visibility", "state", "tag", "since", "until", "sort", "per",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TableView:
    """What an address asks for; the fields are those of the form."""

    q: str = ""
    channel: str = ""
    visibility: str = ""
    state: str = ""
    tag: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    sort: str = DEFAULT_SORT
    per: int = DEFAULT_PER_PAGE
    col: tuple[str, ...] = DEFAULT_COLUMNS
    cursor: Cursor | None = None
    # Keys of the channels that may be seen, None: all. Never in the address.
    within: tuple[int, ...] | None = None

    @property
    def order(self) -> FilmOrder:
        return FilmOrder(self.sort.removeprefix("-"))

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The chosen columns beside the title, in their usual order."""
        return tuple(column for column in COLUMNS if column.name in self.col)

    @property
    def wanted(self) -> FilmFilter:
        """The filter; days are days of the portal's time zone, both included."""
        return FilmFilter(
            text=self.q,
            channel_id=self.channel,
            visibility=self.visibility,
            state=FilmState(self.state) if self.state else None,
            tag=self.tag,
            within=self.within,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until + dt.timedelta(days=1)) if self.until else None,
        )

    def without(self, *names: str) -> TableView:
        """Return the same view with these fields as nobody had chosen them."""
        plain = TableView()
        return replace(self, cursor=None, **{n: getattr(plain, n) for n in names})

    def query(self, **changes: Any) -> str:
        """Return the address's query, "" for the table as it opens.

        Whatever is changed, the first page comes, unless a ``cursor`` is given.
        """
        view = replace(self, **{"cursor": None, **changes})
        plain = TableView()
        pairs = [
            (name, str(getattr(view, name)))
            for name in _WRITTEN
            if getattr(view, name) != getattr(plain, name)
        ]
        if view.col != plain.col:
            pairs += [("col", name) for name in (TITLE.name, *view.col)]
        if view.cursor is not None:
            name = "before" if view.cursor.is_backwards else "after"
            pairs.append((name, _written(view.cursor)))
        return urlencode(pairs)


def state_of(film: FilmRow) -> FilmState:
    """Return how far a film is: what was watchable stays so when it fails."""
    if film.is_failed:
        return FilmState.FAILED
    return FilmState.READY if film.is_ready else FilmState.WORKING


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=get_current_timezone())


class Typed(NamedTuple):
    """What was typed into the form's open fields, and the names of all wrong ones."""

    q: str
    tag: str
    since: str
    until: str
    wrong: tuple[str, ...]


class TableForm(forms.Form):
    """The address, checked. The template writes the fields: it is quicker by far."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        error_messages={"max_length": _("Search for 200 characters at most.")},
    )
    channel = forms.CharField(label=_("Channel"), required=False)
    visibility = forms.CharField(label=_("Visibility"), required=False)
    state = forms.CharField(label=_("State"), required=False)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=TAG_MAX)
    since = forms.DateField(
        label=_("Added from"),
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": WRONG_DAY},
    )
    until = forms.DateField(
        label=_("Added until"),
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": WRONG_DAY},
    )
    sort = forms.CharField(label=_("Order"), required=False)
    per = forms.CharField(label=_("Films on a page"), required=False)
    col = forms.MultipleChoiceField(
        label=_("Columns"),
        required=False,
        # Called when it is needed: each form copies its fields, and a list with them.
        choices=lambda: [(one.name, one.label) for one in (TITLE, *COLUMNS)],
        error_messages={
            "invalid_choice": _("There is no column “%(value)s”. Choose from the list.")
        },
    )

    def __init__(
        self, *args: Any, channels: tuple[queries.ChannelView, ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.channels = channels

    def clean(self) -> dict[str, Any]:
        """Refuse what is in no list, and days that cannot be or are in the wrong order."""
        found = self.cleaned_data
        lists: dict[str, Container[str]] = {
            "channel": [one.channel_id for one in self.channels],
            "visibility": VISIBILITIES,
            "state": STATES,
            "sort": SORTS,
            "per": [str(count) for count in PER_PAGE],
        }
        for name, known in lists.items():
            if found.get(name) and found[name] not in known:
                self.add_error(name, _("This choice does not exist. Choose another."))
        since, until = found.get("since"), found.get("until")
        for name, day in (("since", since), ("until", until)):
            if day and day.year not in YEARS:
                self.add_error(name, WRONG_DAY)
        if since and until and since > until:
            self.add_error("until", _("The last day comes before the first one."))
        return found

    def typed(self) -> Typed:
        """Return what the fields show again, right or wrong."""
        return Typed(
            q=self.data.get("q", ""),
            tag=self.data.get("tag", ""),
            since=self.data.get("since", ""),
            until=self.data.get("until", ""),
            wrong=tuple(self.errors),
        )

    def view(self) -> TableView:
        """Return what a valid address asks for. Raises ValueError for a bad cursor."""
        found = self.cleaned_data
        col = tuple(one.name for one in COLUMNS if one.name in found["col"])
        view = TableView(
            q=found["q"],
            channel=found["channel"],
            visibility=found["visibility"],
            state=found["state"],
            tag=found["tag"],
            since=found["since"],
            until=found["until"],
            sort=found["sort"] or DEFAULT_SORT,
            per=int(found["per"] or DEFAULT_PER_PAGE),
            col=col if found["col"] else DEFAULT_COLUMNS,
        )
        for name in ("after", "before"):
            if self.data.get(name):
                cursor = _read(
                    self.data[name], view.order, is_backwards=name == "before"
                )
                return replace(view, cursor=cursor)
        return view


def chips(
    view: TableView, channels: Iterable[queries.ChannelView]
) -> list[tuple[str, str]]:
    """Name each filter in use, with the query without it."""
    named = {one.channel_id: one.name for one in channels}
    found = {
        "q": view.q and gettext("“%(text)s”") % {"text": view.q},
        "channel": named.get(view.channel, ""),
        "visibility": str(VISIBILITIES.get(view.visibility, "")),
        "state": str(STATES.get(view.state, "")),
        "tag": view.tag and f"#{view.tag}",
        "since": view.since
        and gettext("From %(day)s")
        % {"day": date_format(view.since, "SHORT_DATE_FORMAT")},
        "until": view.until
        and gettext("Until %(day)s")
        % {"day": date_format(view.until, "SHORT_DATE_FORMAT")},
    }
    return [
        (words, view.without(name).query()) for name, words in found.items() if words
    ]


def view_of(
    query: str, channels: Callable[[], tuple[queries.ChannelView, ...]]
) -> TableView:
    """Return the view of a query that a form carried along; the plain one if it is odd."""
    form = TableForm(QueryDict(query), channels=channels())
    return replace(form.view(), cursor=None) if form.is_valid() else TableView()


def _written(cursor: Cursor) -> str:
    value = cursor.value
    if isinstance(value, dt.datetime):
        value = value.isoformat()
    text = json.dumps([value, cursor.key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


_KINDS: Final[dict[FilmOrder, tuple[type, ...]]] = {
    FilmOrder.CREATED: (dt.datetime,),
    FilmOrder.PUBLISHED: (dt.datetime, type(None)),
    FilmOrder.TITLE: (str,),
    FilmOrder.DURATION: (int,),
    FilmOrder.SIZE: (int,),
}


def _read(text: str, order: FilmOrder, *, is_backwards: bool) -> Cursor:
    """Return the cursor that was written; ValueError when it is none of this order."""
    try:
        packed = text.encode("ascii") + b"=" * (-len(text) % 4)
        value, key = json.loads(base64.b64decode(packed, altchars=b"-_", validate=True))
        if dt.datetime in _KINDS[order] and value is not None:
            value = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
        _check_text(f"{value}{key}")
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError(text) from error
    # A boolean is an int to Python, no number is longer than a column.
    if type(value) not in _KINDS[order] or not isinstance(key, str):
        raise ValueError(text)
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError(text)
    return Cursor(value, key, is_backwards)


def _check_text(text: str) -> None:
    """Raise ValueError for what no database takes: a lone surrogate, a NUL."""
    if b"\0" in text.encode():
        raise ValueError(text)
