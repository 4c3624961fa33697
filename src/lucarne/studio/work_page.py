"""What the part of a film's page about the work on it is made of."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from lucarne.catalog.queries import VideoView
from lucarne.core import clock
from lucarne.media import fine_view, progress
from lucarne.playback import queries as playback
from lucarne.studio import access
from lucarne.studio.follow.address import follow_film
from lucarne.studio.follow.figures import is_going_on, version_of
from lucarne.studio.ladder_chart import chart_of
from lucarne.studio.summary import summary_of


def work_of(request: HttpRequest, video: VideoView) -> dict[str, Any]:
    """Return it for the person who asks, and where her page hears what changes."""
    assert request.user.is_authenticated  # noqa: S101  every caller saw to it
    at = clock.now()
    work = progress.progress(video.film.asset_id)
    fine = fine_view.view(video.film.asset_id, at=at)
    follow = ""
    if is_going_on(work):
        follow = follow_film(
            work.asset_id,
            language=get_language() or "en",
            person_id=request.user.public_id,
            at=at,
        )
    return {
        "fine": fine,
        "chart": chart_of(fine) if fine else None,
        "video": video,
        "work": work,
        "summary": summary_of(work),
        "version": version_of([work]),
        "follow": follow,
        "decision": playback.decide(access.rights(request), video, at),
    }
