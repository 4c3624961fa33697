"""How one film is watched: a page, and each of its tables as a file."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.playback import queries as playback
from lucarne.studio import access, film_csv
from lucarne.studio.statistics import RANGES, TABLES, USUAL, StatisticsView
from lucarne.traffic import counting, queries as traffic


@never_cache
@login_required
@require_safe
def statistics(request: HttpRequest, video_id: str) -> HttpResponse:
    """Show how the film was watched in the days that the address asks for."""
    video = access.find(request, video_id, Action.SEE_STATISTICS)
    chosen, days = _range(request)
    at = clock.now()
    # What was watched a moment ago need not wait for the next chores.
    counting.count_film(video_id)
    found = traffic.statistics(video_id, days=days, today=_day(at))
    view = StatisticsView(found=found, duration_ms=video.film.duration_ms)
    storyboard = playback.decide(request.user, video, at).storyboard
    context = {
        "here": "films",
        "video": video,
        "ranges": RANGES.items(),
        "chosen": chosen,
        "found": found,
        "view": view,
        "facts": view.chart_facts(storyboard) if found.views else None,
        "visits_kept_hours": counting.VISITS_KEPT_FOR // dt.timedelta(hours=1),
    }
    return render(request, "studio/statistics.html", context)


@never_cache
@login_required
@require_safe
def statistics_csv(request: HttpRequest, video_id: str, table: str) -> HttpResponse:
    """Send one table, each day of it and each hundredth of the film."""
    video = access.find(request, video_id, Action.SEE_STATISTICS)
    _chosen, days = _range(request)
    make = TABLES.get(table)
    if make is None:
        raise Http404
    at = clock.now()
    counting.count_film(video_id)
    found = traffic.statistics(video_id, days=days, today=_day(at), by_day=True)
    head, rows = make(found, video.film.duration_ms)
    answer = HttpResponse(
        film_csv.text([head, *rows]),
        content_type="text/csv; charset=utf-8; header=present",
    )
    name = f"{table}-{video_id}-{_day(at)}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _range(request: HttpRequest) -> tuple[str, int | None]:
    """Return the name of the range, and its days; None is all of them."""
    name = request.GET.get("days", USUAL)
    if name not in RANGES:
        raise Http404
    return name, RANGES[name][0]


def _day(at: dt.datetime) -> dt.date:
    return timezone.localtime(at).date()
