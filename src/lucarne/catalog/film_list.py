"""The films of the portal as a table: what is looked for, in which order, page by page.

Pages are found by key: a ``Cursor`` holds where a page ended, so that the thousandth
page costs what the first one does, and films that arrive meanwhile repeat no row.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import Exact, GreaterThan, In

from lucarne.catalog.models import Channel, Video
from lucarne.catalog.names import fold, tag_key
from lucarne.catalog.rights import in_channels
from lucarne.core import clock
from lucarne.media.queries import files

# Beyond this a filtered list is not counted to its end; and beyond that, when each row
# that is counted must be looked into.
COUNT_TO: Final = 10_000
LOOK_TO: Final = 500
# Channels with more films than this have many: those are read along the order's index.
MANY: Final = 1_000
_EXPORT_BATCH: Final = 500


class FilmState(enum.StrEnum):
    """How far a film is, as people tell it apart in a list."""

    READY = "ready"
    WORKING = "working"
    FAILED = "failed"


class FilmOrder(enum.StrEnum):
    """What the table can be sorted by."""

    CREATED = "created"
    PUBLISHED = "published"
    TITLE = "title"
    DURATION = "duration"
    SIZE = "size"


# The column that is sorted by, and the one that makes the order unique: both lie in
# one index. Sizes and durations are the asset's.
_KEYS: Final[dict[FilmOrder, tuple[str, str]]] = {
    FilmOrder.CREATED: ("created_at", "public_id"),
    FilmOrder.PUBLISHED: ("published_at", "public_id"),
    FilmOrder.TITLE: ("folded_title", "public_id"),
    FilmOrder.DURATION: ("asset__duration_ms", "asset__public_id"),
    FilmOrder.SIZE: ("asset__size_bytes", "asset__public_id"),
}
_VALUES: Final = {
    FilmOrder.CREATED: "created_at",
    FilmOrder.PUBLISHED: "published_at",
    FilmOrder.TITLE: "folded_title",
    FilmOrder.DURATION: "duration_ms",
    FilmOrder.SIZE: "size_bytes",
}
# Empty for some films, which then come last whichever the direction.
_NULLABLE: Final = frozenset({FilmOrder.PUBLISHED})
_OF_ASSET: Final = frozenset({FilmOrder.DURATION, FilmOrder.SIZE})


@dataclass(frozen=True, kw_only=True)
class FilmFilter:
    """What is looked for; "" and None stand for everything.

    ``text`` is looked for in title and description, whatever the accents and capitals;
    each word must be there. ``until`` is exclusive; both are about the arrival.
    """

    text: str = ""
    channel_id: str = ""
    visibility: str = ""
    state: FilmState | None = None
    tag: str = ""
    since: datetime | None = None
    until: datetime | None = None
    # Keys of the channels that whoever asks may see; None: all.
    within: tuple[int, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every film is wanted, of those that may be seen."""
        return replace(self, within=None) == FilmFilter()


class Cursor(NamedTuple):
    """Beside which row a page begins: what is sorted by, and what makes it unique."""

    value: Any
    key: str
    is_backwards: bool = False


class FilmRow(NamedTuple):
    """A video with what a table shows of it. A tuple: a page makes dozens of them."""

    video_id: str
    title: str
    folded_title: str
    visibility: str
    created_at: datetime
    published_at: datetime | None
    channel_id: str
    channel_name: str
    # Of its film; the first four are where its pictures are.
    asset_id: str
    plan_id: str
    epoch: int
    has_poster: bool
    state: str
    playable_at: datetime | None
    ready_at: datetime | None
    duration_ms: int
    size_bytes: int
    source_name: str
    publish_at: datetime | None
    tags: list[str]
    language: str
    category: str
    license: str
    publish_as: str
    poster: str = ""

    @property
    def is_failed(self) -> bool:
        return self.state == "failed"

    @property
    def is_ready(self) -> bool:
        return self.ready_at is not None

    @property
    def is_playable(self) -> bool:
        return self.playable_at is not None


_FIELDS: Final = (
    "public_id", "title", "folded_title", "visibility", "created_at", "published_at",
    "channel__public_id", "channel__name",
    "asset__public_id", "asset__plan_id", "asset__epoch", "asset__has_poster",
    "asset__state", "asset__playable_at", "asset__ready_at", "asset__duration_ms",
    "asset__size_bytes", "asset__source_name",
    "publish_at", "tags", "language", "category", "license", "publish_as",
    "asset__poster",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FilmPage:
    """Rows of one page; a cursor is None where there is no further page."""

    rows: tuple[FilmRow, ...]
    before: Cursor | None
    after: Cursor | None


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many films match; ``is_more`` when there are more than that."""

    number: int
    is_more: bool = False


_STATES: Final = {
    FilmState.READY: Q(asset__ready_at__isnull=False) & ~Q(asset__state="failed"),
    FilmState.WORKING: Q(asset__state__in=["received", "preparing", "encoding"]),
    FilmState.FAILED: Q(asset__state="failed"),
}


# Filters beside the channel's that most films pass.
_COMMON: Final = tuple(
    FilmFilter(visibility=visibility, state=state)
    for visibility in ("", Video.Visibility.PUBLIC)
    for state in (None, FilmState.READY)
)


def matching(wanted: FilmFilter) -> QuerySet[Video]:
    """Return the videos that match, none of the bin's, in no order; for this room."""
    found = Q(deleted_at=None) & in_channels(wanted.within)
    for word in fold(wanted.text).split():
        found &= _holds("folded_title", word) | _holds("folded_description", word)
    if wanted.channel_id:
        found &= Q(channel__public_id=wanted.channel_id)
    if wanted.visibility:
        found &= Q(visibility=wanted.visibility)
    if wanted.state is not None:
        found &= _STATES[wanted.state]
    if wanted.tag:
        found &= Q(tag_keys__key=tag_key(wanted.tag))
    if wanted.since is not None:
        found &= Q(created_at__gte=wanted.since)
    if wanted.until is not None:
        found &= Q(created_at__lt=wanted.until)
    return Video.objects.filter(found)


def _holds(column: str, word: str) -> Q:
    # Not LIKE: its wildcards would have to be escaped, and it is slower.
    return Q(GreaterThan(StrIndex(column, Value(word)), 0))


# All but the bin's. SQLite counts a whole table a hundred times quicker than rows that
# meet a condition.
_COUNT_ALL: Final = (
    "SELECT (SELECT COUNT(*) FROM catalog_video)"
    " - (SELECT COUNT(*) FROM catalog_video WHERE deleted_at IS NOT NULL)"
)


def count_films(wanted: FilmFilter) -> Count:
    """Count what matches, so far as ``COUNT_TO`` unless everything is wanted. One query."""
    if wanted == FilmFilter():
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_ALL)
            return Count(number=cursor.fetchone()[0])
    videos = matching(wanted)
    is_of_several = wanted.within is not None and len(wanted.within) > 1
    is_of_one = bool(wanted.channel_id) or (
        wanted.within is not None and not is_of_several
    )
    rest = replace(wanted, within=None, channel_id="")
    if rest.is_empty or (is_of_one and replace(rest, visibility="").is_empty):
        # Along the index that has none of the bin's: no row is looked at.
        videos = videos.order_by("channel_id", "created_at")
    is_looked_into = wanted.text or wanted.state or is_of_several
    most = LOOK_TO if is_looked_into else COUNT_TO
    number = videos[: most + 1].count()
    return Count(number=min(number, most), is_more=number > most)


def film_page(
    wanted: FilmFilter,
    *,
    order: FilmOrder = FilmOrder.CREATED,
    is_descending: bool = True,
    cursor: Cursor | None = None,
    per_page: int,
) -> FilmPage:
    """Return the rows beside the cursor, or the first ones.

    One query; a second one on the page where films that were never published begin.
    """
    is_backwards = cursor is not None and cursor.is_backwards
    rows: list[FilmRow] = []
    for one in _stretches(wanted, order, is_descending=is_descending, cursor=cursor):
        # The keys first, from the index; then only the rows that are shown.
        keys = one.found[: per_page + 1 - len(rows)].values("pk")
        shown = _shown().filter(**{f"{one.key_of}__in": keys})
        rows += map(FilmRow._make, shown.order_by(*one.in_order))
        if len(rows) > per_page:
            break
    is_more, rows = len(rows) > per_page, rows[:per_page]
    if is_backwards:
        rows.reverse()
    has_before, has_after = (is_more, True) if is_backwards else (bool(cursor), is_more)
    return FilmPage(
        rows=tuple(rows),
        before=_beside(rows[0], order, is_backwards=True)
        if has_before and rows
        else None,
        after=_beside(rows[-1], order) if has_after and rows else None,
    )


@functools.cache
def _shown() -> QuerySet[Video, Any]:
    """Ask for what a row shows: Django looks up two dozen columns in no hurry."""
    return Video.objects.values_list(*_FIELDS)


def each_film(
    wanted: FilmFilter, *, order: FilmOrder, is_descending: bool
) -> Iterator[FilmRow]:
    """Yield every film that matches, in order, a few hundred at a time."""
    cursor: Cursor | None = None
    while True:
        page = film_page(
            wanted,
            order=order,
            is_descending=is_descending,
            cursor=cursor,
            per_page=_EXPORT_BATCH,
        )
        yield from page.rows
        if page.after is None:
            return
        cursor = page.after


class _Stretch(NamedTuple):
    """Where rows are found, in order: by the keys of videos, or of their assets."""

    found: QuerySet[Any, Any]
    key_of: str  # "pk" or "asset"
    in_order: tuple[str, str]  # as videos are sorted


def _stretches(
    wanted: FilmFilter, order: FilmOrder, *, is_descending: bool, cursor: Cursor | None
) -> Iterator[_Stretch]:
    """Yield what lies from the cursor on: films with a value, then the others."""
    is_backwards = cursor is not None and cursor.is_backwards
    is_falling = is_descending != is_backwards
    sign, beyond = ("-", "lt") if is_falling else ("", "gt")
    has_many = _has_many(wanted, order)
    key_of = "asset" if has_many and order in _OF_ASSET else "pk"
    column, key = names = _KEYS[order]
    if key_of == "asset":
        column, key = (name.removeprefix("asset__") for name in names)
    empty = (False, True) if order in _NULLABLE else (False,)
    for is_empty in reversed(empty) if is_backwards else empty:
        found = _in_order(wanted, order, has_many=has_many)
        found = found.order_by(f"{sign}{column}", f"{sign}{key}")
        if order in _NULLABLE:
            found = found.filter(**{f"{column}__isnull": is_empty})
        if cursor is not None and is_empty == (cursor.value is None):
            after_key = Q(**{f"{key}__{beyond}": cursor.key})
            if not is_empty:
                # Said twice, so that the index is entered at the right place.
                found = found.filter(**{f"{column}__{beyond}e": cursor.value})
                after_key |= Q(**{f"{column}__{beyond}": cursor.value})
            found = found.filter(after_key)
        elif cursor is not None and is_empty == is_backwards:
            continue  # this stretch lies on the other side of the cursor
        yield _Stretch(found, key_of, (f"{sign}{names[0]}", f"{sign}{names[1]}"))


def _in_order(
    wanted: FilmFilter, order: FilmOrder, *, has_many: bool
) -> QuerySet[Any, Any]:
    """Return what matches so that the database reads few rows.

    SQLite does not know how many films a channel has, or how many are public: it would
    gather them all by that index and sort them. Where there are many, they are read
    along the order's own index instead, and those that do not match are passed by.
    """
    if has_many and order in _OF_ASSET:
        return files().filter(Exists(matching(wanted).filter(asset=OuterRef("pk"))))
    # No index can be used for an expression.
    plain, passed_by = wanted, Q()
    if wanted.visibility == Video.Visibility.PUBLIC and order is not FilmOrder.CREATED:
        plain = replace(plain, visibility="")
        passed_by &= Q(Exact(Concat("visibility", Value("")), wanted.visibility))
    if has_many:
        plain = replace(plain, within=None, channel_id="")
        channel = ExpressionWrapper(F("channel_id") + Value(0), BigIntegerField())
        for keys in _channels(wanted):
            passed_by &= Q(In(channel, keys))
    return matching(plain).filter(passed_by)


def _channels(wanted: FilmFilter) -> Iterator[Any]:
    """Yield each condition on the channel, as the keys that it allows."""
    if wanted.within is not None:
        yield sorted(wanted.within)
    if wanted.channel_id:
        yield Channel.objects.filter(public_id=wanted.channel_id).values("pk")


def _has_many(wanted: FilmFilter, order: FilmOrder) -> bool:
    """Whether films are found soon that match, when all are looked at in order.

    One query a minute where that depends on how many films the channels have.
    """
    is_of_any = wanted.within is None and not wanted.channel_id
    is_of_one = bool(wanted.channel_id) or len(wanted.within or ()) == 1
    if order in _OF_ASSET:
        # Anything else that is looked for is rare, and has an index or is a scan.
        if replace(wanted, within=None, channel_id="") not in _COMMON:
            return False
        if is_of_any:
            return True
    elif is_of_any or (order is FilmOrder.CREATED and is_of_one):
        return False  # there is an index for that
    elif not is_of_one:
        return True  # every order's index has the channel
    minute = int(clock.monotonic() // 60)
    return _have_more(MANY, wanted.within, wanted.channel_id, minute)


@functools.lru_cache(maxsize=256)
def _have_more(
    most: int, within: tuple[int, ...] | None, channel_id: str, _minute: int
) -> bool:
    """Whether these channels have more films; kept a minute: it only says how to look."""
    # Those in the bin too: the index of the channels has no more than them.
    videos = Video.objects.filter(in_channels(within))
    if channel_id:
        videos = videos.filter(channel__public_id=channel_id)
    return videos[most : most + 1].exists()


def _beside(row: FilmRow, order: FilmOrder, *, is_backwards: bool = False) -> Cursor:
    value = getattr(row, _VALUES[order])
    key = row.asset_id if order in _OF_ASSET else row.video_id
    return Cursor(value, key, is_backwards)
