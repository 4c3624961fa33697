"""The bin, and the way into it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from lucarne.catalog import bin as rubbish, queries
from lucarne.catalog.errors import NotAllowed, UnknownVideo
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.studio import access


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, video_id: str) -> HttpResponse:
    """Ask, then put a film in the bin."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    video = access.find(request, video_id, Action.DELETE)
    if request.method != "POST":
        context = {"here": "films", "video": video, "days": rubbish.KEPT_FOR.days}
        return render(request, "studio/delete.html", context)
    try:
        rubbish.put_in(
            video_id=video_id, rights=access.rights(request),
            actor=request.user.public_id, at=clock.now(),
        )  # fmt: skip
    except NotAllowed:
        raise access.denied() from None
    messages.success(request, _("“%(title)s” is in the bin.") % {"title": video.title})
    return redirect("studio:films")


@never_cache
@login_required
@require_safe
def bin_(request: HttpRequest) -> HttpResponse:
    """What was deleted and can still be restored, the first to leave first."""
    rights = access.rights(request)
    page = queries.videos_in_bin(within=rights.within(), page=_page_number(request))
    rows = [
        {
            "video": video,
            "leaves_at": video.deleted_at + rubbish.KEPT_FOR,
            "may_restore": rights.may_with(Action.DELETE, video),
            "may_purge": rights.may_with(Action.PURGE, video),
        }
        for video in page.items
        if video.deleted_at
    ]
    context = {
        "here": "bin", "page": page, "rows": rows, "days": rubbish.KEPT_FOR.days
    }  # fmt: skip
    return render(request, "studio/bin.html", context)


@login_required
@require_POST
def restore(request: HttpRequest, video_id: str) -> HttpResponse:
    """Take a film out of the bin."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    access.find_in_bin(request, video_id, Action.DELETE)
    try:
        rubbish.take_out(
            video_id=video_id, actor=request.user.public_id, at=clock.now()
        )
    except UnknownVideo as error:
        raise Http404 from error
    messages.success(request, _("The film is back, as it was."))
    return redirect("studio:film", video_id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_now(request: HttpRequest, video_id: str) -> HttpResponse:
    """Ask, then delete a film that is in the bin, with everything made from it."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    video = access.find_in_bin(request, video_id, Action.PURGE)
    if request.method != "POST":
        context = {"here": "bin", "video": video}
        return render(request, "studio/delete_now.html", context)
    rubbish.delete(video_id=video_id, actor=request.user.public_id, at=clock.now())
    messages.success(request, _("“%(title)s” is deleted.") % {"title": video.title})
    return redirect("studio:bin")


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 100_000):
        raise Http404
    return int(text)
