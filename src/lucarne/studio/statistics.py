"""What a film's statistics are called, and what charts and tables show of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from lucarne.core.templatetags.times import duration
from lucarne.studio import moments
from lucarne.traffic.queries import Share, Statistics

Words = str | Promise
RANGES: Final[dict[str, tuple[int | None, Words]]] = {
    "7": (7, gettext_lazy("7 days")),
    "28": (28, gettext_lazy("28 days")),
    "90": (90, gettext_lazy("90 days")),
    "all": (None, gettext_lazy("All")),
}
USUAL: Final = "28"
SOURCES: Final[dict[str, Words]] = {
    "direct": gettext_lazy("Directly, or not said"),
    "portal": gettext_lazy("Pages of this portal"),
    "search": gettext_lazy("Search engines"),
    "social": gettext_lazy("Social networks"),
    "site": gettext_lazy("Other sites"),
}
DEVICES: Final[dict[str, Words]] = {
    "computer": gettext_lazy("Computer"),
    "phone": gettext_lazy("Phone"),
    "tablet": gettext_lazy("Tablet"),
    "tv": gettext_lazy("Television"),
    "other": gettext_lazy("Other devices"),
}
# A screen holds twenty rows; the file has all hundred.
_PARTS_PER_ROW: Final = 5


class PeriodRow(NamedTuple):
    """A day or a month, and what was watched in it."""

    name: str
    views: int
    time: str


class PartRow(NamedTuple):
    """A stretch of the film, and which share of the views saw it."""

    name: str
    share: float


class ShareRow(NamedTuple):
    """What came from one source, or on one kind of device."""

    name: Words
    views: int
    share: float
    time: str

    @property
    def width(self) -> int:
        """Of its bar, of 100."""
        return round(100 * self.share)


@dataclass(frozen=True, kw_only=True)
class StatisticsView:
    """One page of statistics, in the active language."""

    found: Statistics
    duration_ms: int

    @property
    def headline(self) -> tuple[tuple[str, str], ...]:
        """What is said first: words and figures."""
        found = self.found
        return (
            (_("Views"), number(found.views)),
            (_("Watch time"), time_words(found.watch_ms)),
            (_("Watched per view"), time_words(found.average_ms)),
            (_("Seen of the film"), share_words(found.average_share)),
        )

    @property
    def periods(self) -> tuple[PeriodRow, ...]:
        """Newest first, as one looks for it."""
        return tuple(
            PeriodRow(self._long(one.begins), one.views, time_words(one.watch_ms))
            for one in reversed(self.found.periods)
        )

    @property
    def parts(self) -> tuple[PartRow, ...]:
        """Twenty stretches of the film, in their order."""
        shares = self.found.retention
        count = len(shares)
        return tuple(
            PartRow(
                f"{self._at(first, count)} – {self._at(first + _PARTS_PER_ROW, count)}",
                sum(shares[first : first + _PARTS_PER_ROW]) / _PARTS_PER_ROW,
            )
            for first in range(0, count, _PARTS_PER_ROW)
        )

    @property
    def sources(self) -> tuple[ShareRow, ...]:
        return self._shares(self.found.sources, SOURCES)

    @property
    def devices(self) -> tuple[ShareRow, ...]:
        return self._shares(self.found.devices, DEVICES)

    def chart_facts(self, storyboard: str) -> dict[str, Any]:
        """Return what the script draws."""
        periods = self.found.periods
        names = [self._long(one.begins) for one in periods]
        return {
            "labels": [self._short(one.begins) for one in periods],
            "views": {
                "values": [one.views for one in periods],
                "texts": _said(names, [views_words(one.views) for one in periods]),
            },
            "time": {
                "values": [round(one.watch_ms / 60_000, 2) for one in periods],
                "texts": _said(names, [time_words(one.watch_ms) for one in periods]),
            },
            "retention": {
                "shares": [round(share, 4) for share in self.found.retention],
                "durationMs": self.duration_ms,
                "storyboard": storyboard,
                "words": {"moment": _("{time}: seen in {share} of the views")},
            },
        }

    def _at(self, part: int, count: int) -> str:
        at_ms = part * self.duration_ms // count
        # Where a row is shorter than a second, seconds would name several rows alike.
        is_short = self.duration_ms * _PARTS_PER_ROW < count * 1000
        return moments.written(at_ms) if is_short else duration(at_ms)

    def _long(self, day: dt.date) -> str:
        return date_format(
            day, "YEAR_MONTH_FORMAT" if self.found.is_monthly else "DATE_FORMAT"
        )

    def _short(self, day: dt.date) -> str:
        return date_format(day, _("M Y") if self.found.is_monthly else _("M j"))

    def _shares(
        self, shares: Iterable[Share], names: dict[str, Words]
    ) -> tuple[ShareRow, ...]:
        views = self.found.views
        return tuple(
            ShareRow(
                names[one.code], one.views, one.views / views, time_words(one.watch_ms)
            )
            for one in shares
            if views
        )


def _said(names: list[str], figures: list[str]) -> list[str]:
    """Write each figure with what it is of."""
    pattern = _("%(name)s: %(figure)s")
    return [
        pattern % {"name": name, "figure": figure}
        for name, figure in zip(names, figures, strict=True)
    ]


def number(count: int) -> str:
    """Write a number as readers group its digits."""
    return number_format(count, decimal_pos=0, force_grouping=True)


def views_words(count: int) -> str:
    words = ngettext("%(number)s view", "%(number)s views", count)
    return words % {"number": number(count)}


def share_words(share: float) -> str:
    """``42%``, rounded: this is a measure, not progress."""
    return _("%(number)s%%") % {"number": number(round(100 * share))}


def time_words(ms: int) -> str:
    """``12 s``, ``3 min 5 s``, ``1,204 h 5 min``: what matters of a time, briefly."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min") % {
            "hours": number(hours),
            "minutes": minutes,
        }
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {
            "minutes": minutes,
            "seconds": seconds,
        }
    return _("%(count)d s") % {"count": seconds}


Cell = str | int | float
Table = tuple[list[Cell], list[list[Cell]]]


def _periods_table(found: Statistics, duration_ms: int) -> Table:  # noqa: ARG001
    head: list[Cell] = [_("Day"), _("Views"), _("Watch time in seconds")]
    return head, [
        [one.begins.isoformat(), one.views, round(one.watch_ms / 1000)]
        for one in found.periods
    ]


def _retention_table(found: Statistics, duration_ms: int) -> Table:
    head: list[Cell] = [
        _("From second"),
        _("To second"),
        _("Share of views that saw it"),
    ]
    parts = len(found.retention)
    step = duration_ms / 1000 / parts if parts else 0
    return head, [
        [round(n * step, 2), round((n + 1) * step, 2), round(share, 4)]
        for n, share in enumerate(found.retention)
    ]


def _share_table(
    head: str, shares: tuple[Share, ...], names: dict[str, Words]
) -> Table:
    return [head, _("Views"), _("Watch time in seconds")], [
        [str(names[one.code]), one.views, round(one.watch_ms / 1000)] for one in shares
    ]


def _sources_table(found: Statistics, duration_ms: int) -> Table:  # noqa: ARG001
    return _share_table(_("Source"), found.sources, SOURCES)


def _devices_table(found: Statistics, duration_ms: int) -> Table:  # noqa: ARG001
    return _share_table(_("Device"), found.devices, DEVICES)


TABLES: Final[dict[str, Callable[[Statistics, int], Table]]] = {
    "days": _periods_table,
    "retention": _retention_table,
    "sources": _sources_table,
    "devices": _devices_table,
}
