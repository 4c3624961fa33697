"""The work on a film: stopping it, its place in the line, its log."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lucarne.catalog import processing, support
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.media.worklist import Urgency
from lucarne.studio import access

_URGENCIES = {
    "sooner": Urgency.SOONER, "normal": Urgency.NORMAL, "later": Urgency.LATER
}  # fmt: skip


@login_required
@require_POST
def stop(request: HttpRequest, video_id: str) -> HttpResponse:
    """Stop the work on a film; what can be watched of it stays."""
    video = access.find(request, video_id, Action.PROCESS)
    actor = access.rights(request).person_id
    if processing.stop(video=video, actor=actor, at=clock.now()):
        messages.success(
            request, _("The work is stopped. What is finished of it is kept.")
        )
    else:
        messages.info(request, _("The work on this film was over already."))
    return redirect("studio:film", video_id)


@login_required
@require_POST
def urgency(request: HttpRequest, video_id: str) -> HttpResponse:
    """Put a film before all others, behind them, or back into the line."""
    video = access.find(request, video_id, Action.PROCESS)
    wanted = _URGENCIES.get(request.POST.get("urgency", ""))
    if wanted is None:
        raise Http404
    actor = access.rights(request).person_id
    processing.move_in_line(video=video, urgency=wanted, actor=actor, at=clock.now())
    return redirect("studio:film", video_id)


@never_cache
@login_required
@require_safe
def log(request: HttpRequest, video_id: str) -> HttpResponse:
    """Send the film's log as a file, with its names when they were asked for."""
    video = access.find(request, video_id, Action.SEE)
    text = support.log_of(video, has_names="names" in request.GET, at=clock.now())
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    name = f"lucarne-{video.video_id}.log"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
