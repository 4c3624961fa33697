"""Sizes as people read them."""

from __future__ import annotations

from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

_UNITS: Final = (
    gettext_noop("%(number)s bytes"),
    gettext_noop("%(number)s kB"),
    gettext_noop("%(number)s MB"),
    gettext_noop("%(number)s GB"),
    gettext_noop("%(number)s TB"),
)


def size(size_bytes: int) -> str:
    """A size in decimal units, as disks and settings count: ``50 GB``."""
    value, unit = float(size_bytes), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit and value < 10 and value != int(value) else 0
    shown = number_format(round(value, digits), decimal_pos=digits)
    return gettext(_UNITS[unit]) % {"number": shown}
