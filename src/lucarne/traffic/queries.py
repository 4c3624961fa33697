"""Questions about what was watched, and who is asked, counted and answered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Final, NamedTuple

from lucarne.catalog.queries import VideoView, Viewer
from lucarne.catalog.rights import rights_of
from lucarne.traffic.audience import DEVICES, SOURCES
from lucarne.traffic.models import DayCurve, Tally
from lucarne.traffic.spans import PARTS, WHOLE

# More than this, and bars for each day would be too thin to be told apart.
_MOST_DAYS: Final = 90


class Figures(NamedTuple):
    """Views, and the film that was played in them."""

    views: int
    watch_ms: int


class Period(NamedTuple):
    """A day, or a month that begins on this day."""

    begins: dt.date
    views: int
    watch_ms: int


class Share(NamedTuple):
    """What came from one source, or on one kind of device."""

    code: str  # of audience.py
    views: int
    watch_ms: int


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Of one film, in a stretch of days. Without views, all but ``periods`` is empty."""

    since: dt.date
    until: dt.date  # included
    is_monthly: bool
    periods: tuple[Period, ...]  # each of the stretch, also without views
    sources: tuple[Share, ...]  # those with views, most views first
    devices: tuple[Share, ...]
    retention: tuple[float, ...]  # of each hundredth, which share of the views saw it

    @property
    def views(self) -> int:
        return sum(one.views for one in self.periods)

    @property
    def watch_ms(self) -> int:
        return sum(one.watch_ms for one in self.periods)

    @property
    def average_ms(self) -> int:
        """Film played per view."""
        return round(self.watch_ms / self.views) if self.views else 0

    @property
    def average_share(self) -> float:
        """How much of the film a view saw."""
        return sum(self.retention) / PARTS if self.retention else 0.0


def is_counted(person: Viewer, video: VideoView) -> bool:
    """Whether it is counted when this person watches this film.

    What people of a team watch is no audience; members are one. Films that not
    everybody may watch have so few viewers that a figure could name one. One query for
    who has signed in, unless she is the portal's owner.
    """
    return video.is_open and not rights_of(person).is_on_a_team


def statistics(
    video_id: str, *, days: int | None, today: dt.date, by_day: bool = False
) -> Statistics:
    """Return what was watched in the last days, today included; None: ever. Two queries.

    Many days are put together by months, unless it is to be ``by_day``.
    """
    tallies = Tally.objects.filter(video_id=video_id, day__lte=today)
    curves = DayCurve.objects.filter(video_id=video_id, day__lte=today)
    since = dt.date.min if days is None else today - dt.timedelta(days=days - 1)
    tallies, curves = tallies.filter(day__gte=since), curves.filter(day__gte=since)
    rows = list(tallies.values_list("day", "source", "device", "views", "watch_ms"))
    if days is None:
        since = min((row[0] for row in rows), default=today)
    views = sum(row[3] for row in rows)
    is_monthly = (today - since).days >= _MOST_DAYS and not by_day
    of_days = _grouped([(row[0], row[3], row[4]) for row in rows])
    return Statistics(
        since=since,
        until=today,
        is_monthly=is_monthly,
        periods=_periods(of_days, since, today, is_monthly=is_monthly),
        sources=_shares([(row[1], row[3], row[4]) for row in rows], SOURCES),
        devices=_shares([(row[2], row[3], row[4]) for row in rows], DEVICES),
        retention=_retention(list(curves.values_list("seen", flat=True)), views),
    )


def _grouped(rows: list[tuple[object, int, int]]) -> dict[object, Figures]:
    views: Counter[object] = Counter()
    watch_ms: Counter[object] = Counter()
    for key, some, some_ms in rows:
        views[key] += some
        watch_ms[key] += some_ms
    return {key: Figures(views[key], watch_ms[key]) for key in views}


def _periods(
    of_days: dict[object, Figures], since: dt.date, until: dt.date, *, is_monthly: bool
) -> tuple[Period, ...]:
    found: dict[dt.date, Figures] = {}
    for number in range((until - since).days + 1):
        day = since + dt.timedelta(days=number)
        begins = day.replace(day=1) if is_monthly else day
        old, new = found.get(begins, Figures(0, 0)), of_days.get(day, Figures(0, 0))
        found[begins] = Figures(old.views + new.views, old.watch_ms + new.watch_ms)
    return tuple(Period(begins, *figures) for begins, figures in found.items())


def _shares(
    rows: list[tuple[object, int, int]], codes: tuple[str, ...]
) -> tuple[Share, ...]:
    grouped = _grouped(rows)
    shares = [Share(code, *grouped[code]) for code in codes if code in grouped]
    return tuple(sorted(shares, key=lambda one: -one.views))


def _retention(curves: list[list[int]], views: int) -> tuple[float, ...]:
    if not views:
        return ()
    sums = [sum(part) for part in zip(*curves, strict=True)] or [0] * PARTS
    return tuple(min(1.0, seen / (views * WHOLE)) for seen in sums)
