"""Errors that traffic raises on purpose. They are read by whoever writes a player.

LucarneError
└── TrafficError
    ├── BadReport         what was played is not said as it should be, or cannot be
    └── TooManyReports    one visit, or one address, reports too often
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from lucarne.core.errors import LucarneError

_WHY: Final = {
    "form": _(
        "This is no report of what was played. Send JSON with “visit”, “from” and “spans”."
    ),
    "visit": _("“visit” is not 32 hexadecimal digits. Make them anew for each page."),
    "from": _("“from” is not the name of a host. Leave it empty when there is none."),
    "spans": _(
        "“spans” is not a list of 1 to 60 pairs of milliseconds, each of which begins "
        "before it ends."
    ),
    "end": _("A span ends beyond the end of the film. Send times of the film."),
    "much": _("More was reported than can have been played in this time."),
    "torn": _("The film was played in too many pieces to be counted any further."),
}


class TrafficError(LucarneError):
    """The root of this room's errors."""


class BadReport(TrafficError):
    """``why``: form, visit, from, spans, end, much or torn."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__("bad_report", _WHY[why])


class TooManyReports(TrafficError):
    """One visit, or one address, reports too often."""

    def __init__(self) -> None:
        super().__init__(
            "too_many_reports",
            _("Too many reports in a short time. Send one every half minute."),
        )
