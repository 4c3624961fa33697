"""The second pass over a film: begin it, stop it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from lucarne.catalog import processing
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.studio import access


@login_required
@require_POST
def start(request: HttpRequest, video_id: str) -> HttpResponse:
    """Ask for smaller files."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    processing.make_smaller(
        video=access.find(request, video_id, Action.PROCESS),
        actor=request.user.public_id,
        at=clock.now(),
    )
    return redirect("studio:film", video_id)


@login_required
@require_POST
def cancel(request: HttpRequest, video_id: str) -> HttpResponse:
    """Stop it; the film keeps what it has."""
    processing.stop_making_smaller(
        video=access.find(request, video_id, Action.PROCESS),
        actor=access.rights(request).person_id,
        at=clock.now(),
    )
    return redirect("studio:film", video_id)
