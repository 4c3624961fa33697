"""Who did what, when, in a channel: for its owners."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lucarne.accounts import queries as people
from lucarne.catalog.queries import ChannelView
from lucarne.catalog.rights import Action
from lucarne.core import audit_log, clock
from lucarne.core.audit_log import Line, LogFilter
from lucarne.studio import access, film_csv, log_words

PER_PAGE: Final = 50
_BATCH: Final = 200


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the address asks for; ``channel`` None is the portal, with all channels."""

    channel: ChannelView | None
    who: str
    film: str
    kind: str
    page: int

    @property
    def wanted(self) -> LogFilter:
        return LogFilter(
            scope=self.channel.channel_id if self.channel else None,
            actor=self.who,
            subject=self.film,
            verbs=log_words.KINDS[self.kind][1] if self.kind else (),
        )

    def query(self, **changes: Any) -> str:
        """Return the address's query, of the first page unless it says another."""
        facts = {"who": self.who, "film": self.film, "kind": self.kind, **changes}
        return urlencode({name: value for name, value in facts.items() if value})


@never_cache
@login_required
@require_safe
def log(request: HttpRequest, channel_id: str = "") -> HttpResponse:
    """Show what the address asks for, newest first."""
    asked = _read(request, channel_id)
    first = (asked.page - 1) * PER_PAGE
    lines = audit_log.lines(asked.wanted, first=first, count=PER_PAGE + 1)
    if not lines and asked.page > 1:
        raise Http404
    told = log_words.tell(lines[:PER_PAGE])
    context = {
        "here": "channels",
        "asked": asked,
        "channel": asked.channel,
        "lines": told,
        "people": _people(asked),
        "kinds": _kinds(asked),
        "film": next((one.film for one in told if one.film), asked.film),
        "without_film": asked.query(film=""),
        "csv": f"{_address(asked, '_csv')}?{asked.query()}",
        "here_address": _address(asked),
        "newer": asked.page > 1 and f"?{asked.query(page=asked.page - 1)}",
        "older": len(lines) > PER_PAGE and f"?{asked.query(page=asked.page + 1)}",
    }
    return render(request, "studio/log.html", context)


@never_cache
@login_required
@require_safe
def log_csv(request: HttpRequest, channel_id: str = "") -> HttpResponseBase:
    """Send all that the address asks for, as it is read."""
    asked = _read(request, channel_id)
    head: list[film_csv.Cell] = [
        _("When"), _("Who"), _("What"), _("Kind"), _("Film"), _("Channel"),
    ]  # fmt: skip
    answer = StreamingHttpResponse(
        film_csv.in_pieces(
            itertools.chain([head], _rows(asked, translation.get_language() or "en"))
        ),
        content_type="text/csv; charset=utf-8; header=present",
    )
    name = f"log-{clock.now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _rows(asked: _Asked, language: str) -> Iterator[list[film_csv.Cell]]:
    lines = audit_log.each_line(asked.wanted)
    while some := list(itertools.islice(lines, _BATCH)):
        for one in _told(some, language):
            when = f"{localtime(one.at):%Y-%m-%d %H:%M:%S}"
            row = [when, one.who, one.sentence, one.verb, one.film_id, one.channel]
            yield list(row)


def _told(some: list[Line], language: str) -> list[log_words.Told]:
    # The pieces are asked for when the language of the request is forgotten.
    with translation.override(language):
        return log_words.tell(some)


def _read(request: HttpRequest, channel_id: str) -> _Asked:
    """Return what is asked for. Raises Http404, PermissionDenied."""
    if channel_id:
        channel = access.channel(request, channel_id, Action.SEE_LOG)
    elif access.rights(request).is_unlimited:
        channel = None
    else:
        raise access.denied()
    page, kind = request.GET.get("page", "1"), request.GET.get("kind", "")
    if not (page.isascii() and page.isdigit() and 1 <= int(page[:9]) <= 100_000):
        raise Http404
    if kind and kind not in log_words.KINDS:
        raise Http404
    who, film = request.GET.get("who", ""), request.GET.get("film", "")
    if "\0" in who + film:
        raise Http404
    return _Asked(channel=channel, who=who, film=film, kind=kind, page=int(page))


def _people(asked: _Asked) -> list[tuple[str, str]]:
    """Return whom one can ask for: everybody who has done something here."""
    found = audit_log.actors(asked.wanted.scope) - {""}
    names = people.names_of(found)
    return sorted(
        ((actor, log_words.who(actor, names)) for actor in found),
        key=lambda pair: pair[1].casefold(),
    )


def _kinds(asked: _Asked) -> list[tuple[str, str]]:
    names = log_words.OF_A_CHANNEL if asked.channel else tuple(log_words.KINDS)
    return [(name, str(log_words.KINDS[name][0])) for name in names]


def _address(asked: _Asked, suffix: str = "") -> str:
    if asked.channel is None:
        return reverse(f"studio:log_of_everything{suffix}")
    return reverse(f"studio:log{suffix}", args=[asked.channel.channel_id])
