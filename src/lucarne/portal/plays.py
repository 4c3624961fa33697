"""The door through which players say what was played, and a page for who is counted."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lucarne.accounts.operations import network_of
from lucarne.catalog import queries as catalog
from lucarne.catalog.errors import UnknownVideo
from lucarne.core import clock
from lucarne.core.errors import LucarneError
from lucarne.core.requests import announced_bytes
from lucarne.portal.origins import is_from_here
from lucarne.traffic import (
    audience,
    counting,
    limits,
    operations,
    queries as traffic,
    reports,
)
from lucarne.traffic.errors import TooManyReports

_STATUS: Final = {"bad_report": 400, "unknown_video": 404, "too_many_reports": 429}


# No token: the page is the same for everybody. Another site cannot send it for its
# visitors (is_from_here), and whoever sends it by hand needs no token either.
@csrf_exempt
@require_POST
def played(request: HttpRequest, video_id: str) -> HttpResponse:
    """Take down what was played of a film that everybody may watch.

    Whoever does not want to be counted, and whatever is no audience, is answered like
    everybody else: their players need not know.
    """
    if not is_from_here(request):
        return HttpResponse(status=403)
    if _is_left_out(request):
        return HttpResponse(status=204)
    # What says nothing is read as empty.
    if (announced_bytes(request) or 0) > reports.MOST_BYTES:
        return HttpResponse(status=413)
    try:
        _take(request, video_id)
    except LucarneError as error:
        return HttpResponse(
            str(error), status=_STATUS[error.code], content_type="text/plain"
        )
    return HttpResponse(status=204)


def _is_left_out(request: HttpRequest) -> bool:
    """Programs, and people whose browsers ask not to be followed (GPC, DNT)."""
    if "1" in {request.headers.get("Sec-GPC"), request.headers.get("DNT")}:
        return True
    return audience.is_program(request.headers.get("User-Agent", ""))


def _take(request: HttpRequest, video_id: str) -> None:
    if not limits.reports.allows(network_of(request.META.get("REMOTE_ADDR", ""))):
        raise TooManyReports
    report = reports.parse(request.body)
    video = catalog.find(video_id)
    if video is None or not video.is_open:
        raise UnknownVideo(video_id)
    if not traffic.is_counted(request.user, video):
        return
    own_host, _port = split_domain_port(request.get_host())
    operations.take_report(
        report,
        video=video,
        source=audience.source_of(report.referring_host, own_host=own_host),
        device=audience.device_of(request.headers.get("User-Agent", "")),
        at=clock.now(),
    )


@require_safe
def counted(request: HttpRequest) -> HttpResponse:
    """Say what is counted of viewers, and let them choose not to be."""
    hours = counting.VISITS_KEPT_FOR // dt.timedelta(hours=1)
    return render(request, "portal/audience.html", {"visits_kept_hours": hours})
