"""Durations and dates in the reader's language."""

import datetime as dt
import functools
from html import escape

from django import template
from django.utils import formats, timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext as _, ngettext

from lucarne.core import clock

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400


def _parts(duration_ms: int) -> tuple[int, int, int]:
    seconds = max(0, round(duration_ms / 1000))
    return seconds // HOUR, seconds % HOUR // MINUTE, seconds % MINUTE


@register.filter
def duration(duration_ms: int | None) -> str:
    """1:02:03 or 4:05, from milliseconds; nothing when the duration is unknown."""
    if duration_ms is None:
        return ""
    hours, minutes, seconds = _parts(duration_ms)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


@register.filter
def duration_words(duration_ms: int | None) -> str:
    """2 minutes 5 seconds, as a screen reader should say it."""
    if duration_ms is None:
        return ""
    hours, minutes, seconds = _parts(duration_ms)
    words = [
        ngettext("%d hour", "%d hours", hours) % hours if hours else "",
        ngettext("%d minute", "%d minutes", minutes) % minutes if minutes else "",
        ngettext("%d second", "%d seconds", seconds) % seconds
        if seconds or not (hours or minutes)
        else "",
    ]
    return " ".join(word for word in words if word)


@register.filter
def duration_iso(duration_ms: int | None) -> str:
    """PT1H2M3S (ISO 8601-1:2019, 5.5.2), for structured data."""
    if duration_ms is None:
        return ""
    hours, minutes, seconds = _parts(duration_ms)
    shown_hours = f"{hours}H" if hours else ""
    return f"PT{shown_hours}{minutes}M{seconds}S"


@functools.lru_cache(maxsize=1024)
def _absolute(moment: dt.datetime, language: str | None) -> tuple[str, str]:  # noqa: ARG001 - the cache's key
    """Date, and date with time, in the current language and time zone."""
    local = timezone.localtime(moment)
    return (
        formats.date_format(local, "DATE_FORMAT"),
        formats.date_format(local, "DATETIME_FORMAT"),
    )


def _relative(age_s: int) -> str | None:
    """How long ago in words, or None when a date says it better."""
    if age_s < MINUTE:
        return _("just now")
    if age_s < HOUR:
        count = age_s // MINUTE
        return ngettext("%d min ago", "%d min ago", count) % count
    if age_s < DAY:
        count = age_s // HOUR
        return ngettext("%d h ago", "%d h ago", count) % count
    if age_s < 7 * DAY:
        count = age_s // DAY
        return ngettext("yesterday", "%d days ago", count).replace("%d", str(count))
    return None


@register.simple_tag
def ago(moment: dt.datetime | None) -> SafeString | str:
    """Print a time: relative in the text, absolute in the title."""
    if moment is None:
        return ""
    date, date_and_time = _absolute(moment, get_language())
    age_s = int((clock.now() - moment).total_seconds())
    return mark_safe(  # noqa: S308 - dates and our own words
        f'<time datetime="{moment.isoformat(timespec="seconds")}"'
        f' title="{escape(date_and_time)}">{escape(_relative(age_s) or date)}</time>'
    )
