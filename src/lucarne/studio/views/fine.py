"""The second pass over a film: begin it, stop it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from lucarne.catalog import queries
from lucarne.core import clock
from lucarne.media import fine


@login_required
@require_POST
def start(request: HttpRequest, video_id: str) -> HttpResponse:
    """Ask for smaller files."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    fine.start(
        asset_id=_asset_id(video_id), asked_by=request.user.public_id, at=clock.now()
    )
    return redirect("studio:film", video_id)


@login_required
@require_POST
def cancel(request: HttpRequest, video_id: str) -> HttpResponse:  # noqa: ARG001
    """Stop it; the film keeps what it has."""
    fine.cancel(asset_id=_asset_id(video_id), at=clock.now())
    return redirect("studio:film", video_id)


def _asset_id(video_id: str) -> str:
    video = queries.find(video_id)
    if video is None:
        raise Http404
    return video.film.asset_id
