"""One film: its work, its details, its end."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django_htmx.http import HttpResponseClientRedirect

from lucarne.catalog import bin as rubbish, details, publication, queries
from lucarne.catalog.errors import EmptyTitle, UnknownChannel
from lucarne.core import clock
from lucarne.media import fine_view, operations as media, progress
from lucarne.playback import queries as playback
from lucarne.studio.forms import DetailsForm
from lucarne.studio.ladder_chart import chart_of
from lucarne.studio.summary import summary_of


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def film(request: HttpRequest, video_id: str) -> HttpResponse:
    """How far the film is, and its details."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    video = _find(video_id)
    status = 200
    if request.method == "POST":
        form = DetailsForm(request.POST)
        if form.is_valid() and _edit(form, video_id, request.user.public_id):
            messages.success(request, _("The changes are saved."))
            return redirect("studio:film", video_id)
        status = 422
    else:
        form = DetailsForm(
            initial={
                "title": video.title,
                "channel": video.channel.channel_id,
                "description": video.description,
                "visibility": video.visibility,
            }
        )
    context = {"here": "films", "form": form, **_work(request, video)}
    return render(request, "studio/film.html", context, status=status)


@never_cache
@require_safe
def film_progress(request: HttpRequest, video_id: str) -> HttpResponse:
    """Only the part of the page that changes while the film is worked on."""
    video = queries.find(video_id) if request.user.is_authenticated else None
    if video is None:
        # Signed out, or deleted elsewhere: the whole page has to say so.
        return HttpResponseClientRedirect(reverse("studio:film", args=[video_id]))
    return render(request, "studio/progress.html", _work(request, video))


@login_required
@require_POST
def retry(request: HttpRequest, video_id: str) -> HttpResponse:  # noqa: ARG001
    """Go on with a failed film from where it failed."""
    video = _find(video_id)
    media.retry(asset_id=video.film.asset_id, at=clock.now())
    return redirect("studio:film", video_id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, video_id: str) -> HttpResponse:
    """Ask, then delete a film with everything made from it."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    video = _find(video_id)
    if request.method != "POST":
        context = {"here": "films", "video": video}
        return render(request, "studio/delete.html", context)
    rubbish.put_in(video_id=video_id, actor=request.user.public_id, at=clock.now())
    messages.success(request, _("“%(title)s” is deleted.") % {"title": video.title})
    return redirect("studio:films")


def _edit(form: DetailsForm, video_id: str, actor: str) -> bool:
    try:
        changes = {name: form.cleaned_data[name] for name in form.cleaned_data}
        visibility = changes.pop("visibility")
        at = clock.now()
        details.edit(video_id=video_id, changes=changes, actor=actor, at=at)
        publication.set_visibility(
            video_id=video_id, visibility=visibility, actor=actor, at=at
        )
    except EmptyTitle:
        form.add_error("title", _("Give the film a title."))
    except UnknownChannel:
        form.add_error("channel", _("This channel does not exist any more."))
    else:
        return True
    return False


def _work(request: HttpRequest, video: queries.VideoView) -> dict[str, object]:
    work = progress.progress(video.film.asset_id)
    fine = fine_view.view(video.film.asset_id, at=clock.now())
    return {
        "fine": fine,
        "chart": chart_of(fine) if fine else None,
        "video": video,
        "work": work,
        "summary": summary_of(work),
        "decision": playback.decide(request.user, video, clock.now()),
    }


def _find(video_id: str) -> queries.VideoView:
    video = queries.find(video_id)
    if video is None:
        raise Http404
    return video
