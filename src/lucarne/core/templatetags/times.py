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

_MINUTE = dt.timedelta(minutes=1)
_HOUR, _DAY = 60, 24 * 60  # in minutes


def _parts(duration_ms: int) -> tuple[int, int, int]:
    minutes, seconds = divmod(max(0, round(duration_ms / 1000)), 60)
    return minutes // 60, minutes % 60, seconds


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
def _absolute(moment: dt.datetime, language: str | None) -> tuple[str, str, str]:  # noqa: ARG001 - the cache's key
    """ISO 8601; date and date with time, in the current language and time zone."""
    local = timezone.localtime(moment)
    return (
        moment.isoformat(timespec="seconds"),
        escape(formats.date_format(local, "DATE_FORMAT")),
        escape(formats.date_format(local, "DATETIME_FORMAT")),
    )


@register.filter
def moment(at: dt.datetime | None) -> str:
    """A date and time with its time zone in words: ``1 Dec 2026, 10:00 (Europe/Paris)``.

    The zone is the portal's (``site.time_zone``): whoever reads it sits anywhere.
    """
    if at is None:
        return ""
    shown = formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
    return f"{shown} ({timezone.get_current_timezone_name()})"


@functools.lru_cache(maxsize=4096)
def _relative(minutes: int, language: str | None) -> str | None:  # noqa: ARG001 - the cache's key
    """How long ago in words, or None when a date says it better."""
    if minutes < 1:
        return escape(_("just now"))
    if minutes < _HOUR:
        return escape(ngettext("%d min ago", "%d min ago", minutes) % minutes)
    if minutes < _DAY:
        count = minutes // _HOUR
        return escape(ngettext("%d h ago", "%d h ago", count) % count)
    if minutes < 7 * _DAY:
        count = minutes // _DAY
        words = ngettext("yesterday", "%d days ago", count)
        return escape(words.replace("%d", str(count)))
    return None


def time_since(moment: dt.datetime, *, at: dt.datetime, language: str | None) -> str:
    """Write a <time>: relative to ``at`` in the text, absolute in the title."""
    iso, date, date_and_time = _absolute(moment, language)
    words = _relative((at - moment) // _MINUTE, language)
    return f'<time datetime="{iso}" title="{date_and_time}">{words or date}</time>'


@register.simple_tag
def ago(moment: dt.datetime | None) -> SafeString | str:
    """Print a time: relative in the text, absolute in the title."""
    if moment is None:
        return ""
    text = time_since(moment, at=clock.now(), language=get_language())
    return mark_safe(text)  # noqa: S308 - dates and our own words
