"""A film's poster: those it may have, any moment of it, a picture from elsewhere."""

from __future__ import annotations

import json
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django_htmx.http import HttpResponseClientRedirect

from lucarne.catalog import posters as catalog, queries
from lucarne.catalog.form_upload import name_in_form
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.core.requests import announced_bytes
from lucarne.media import new_posters, posters, sentences
from lucarne.media.errors import MediaError, UnknownPoster
from lucarne.media.posters import PosterView
from lucarne.playback import queries as playback
from lucarne.studio import access
from lucarne.studio.caption_forms import InMemory
from lucarne.studio.poster_forms import CropForm, MomentForm, PictureForm

# What the other fields and the multipart headers may add to the picture's own bytes.
_FORM_BYTES: Final = 64 * 1024


@never_cache
@login_required
@require_safe
def poster(request: HttpRequest, video_id: str) -> HttpResponse:
    """Show which poster the film has, and all that it may have."""
    return _page(request, access.find(request, video_id, Action.EDIT))


@never_cache
@require_safe
def state(request: HttpRequest, video_id: str) -> HttpResponse:
    """Only the part that changes while a moment is being taken."""
    video = access.look(request, video_id)
    asked = new_posters.asked_frame(video.film.asset_id) if video else None
    if video is None or asked is None:
        # Signed out, deleted, or done: the whole page has to say so.
        return HttpResponseClientRedirect(reverse("studio:poster", args=[video_id]))
    context = {"video": video, "asked": asked}
    return render(request, "studio/poster_asked.html", context)


@login_required
@require_POST
def choose(request: HttpRequest, video_id: str) -> HttpResponse:
    """Show one of those that are there."""
    access.find(request, video_id, Action.EDIT)
    at, actor = clock.now(), access.actor(request)
    try:
        if "automatic" in request.POST:
            catalog.choose_automatic(video_id=video_id, actor=actor, at=at)
        else:
            name = request.POST.get("name", "")
            catalog.choose(video_id=video_id, name=name, actor=actor, at=at)
    except UnknownPoster as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The film has this poster now."))
    return redirect("studio:poster", video_id)


@never_cache
@login_required
@require_POST
def moment(request: HttpRequest, video_id: str) -> HttpResponse:
    """Have a moment of the film taken."""
    video = access.find(request, video_id, Action.EDIT)
    form = MomentForm(request.POST)
    if form.is_valid():
        try:
            catalog.choose_moment(
                video_id=video_id, at_ms=form.cleaned_data["moment"],
                actor=access.actor(request), at=clock.now(),
            )  # fmt: skip
        except MediaError as error:
            form.add_error("moment", str(error))
        else:
            return redirect("studio:poster", video_id)
    return _page(request, video, moment_form=form, status=422)


# Exempt only out here: the check reads the body, and one that is too large must not be.
@csrf_exempt
@never_cache
@login_required
@require_POST
def picture(request: HttpRequest, video_id: str) -> HttpResponse:
    """Take a picture from elsewhere."""
    video = access.find(request, video_id, Action.EDIT)
    if _is_too_large(request):
        form = PictureForm({})
        sentence = sentences.refusal("picture_heavy", name=_("Your picture"))
        form.errors["picture"] = form.error_class([sentence])
        return _page(request, video, picture_form=form, status=413)
    request.upload_handlers = [InMemory(request)]
    return _take(request, video)


@csrf_protect
def _take(request: HttpRequest, video: queries.VideoView) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["picture"]
        source_name = name_in_form(file.name or "") or _("Your picture")
        try:
            name = catalog.send(
                video_id=video.video_id, data=file.read(), source_name=source_name,
                actor=access.actor(request), at=clock.now(),
            )  # fmt: skip
        except MediaError as error:
            form.add_error("picture", str(error))
        else:
            messages.success(request, _("The film has this poster now."))
            return redirect("studio:poster_crop", video.video_id, name)
    return _page(request, video, picture_form=form, status=422)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def crop(request: HttpRequest, video_id: str, name: str) -> HttpResponse:
    """Say which part of a picture is shown."""
    video = access.find(request, video_id, Action.EDIT)
    row = _find_own(video, name)
    shapes = new_posters.shapes(video.film.asset_id)
    if request.method != "POST":
        form = CropForm(shapes=shapes, initial=_initial(row, shapes))
        return _crop_page(request, video, row, form, shapes)
    form = CropForm(request.POST, shapes=shapes)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            catalog.cut(
                video_id=video_id, name=name, shape=shapes[asked["shape"] or "wide"],
                left=asked["left"], top=asked["top"], width=asked["width"],
                actor=access.actor(request), at=clock.now(),
            )  # fmt: skip
        except UnknownPoster as error:
            raise Http404 from error
        except MediaError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The film has this poster now."))
            return redirect("studio:poster", video_id)
    return _crop_page(request, video, row, form, shapes, status=422)


@login_required
@require_safe
def own(request: HttpRequest, video_id: str, name: str) -> HttpResponse:
    """Give a picture as it is kept, to choose a part of it."""
    video = access.find(request, video_id, Action.EDIT)
    data = posters.content(video.film.asset_id, _find_own(video, name).name)
    if data is None:
        raise Http404
    return HttpResponse(
        data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"}
    )


def _page(
    request: HttpRequest, video: queries.VideoView, *, status: int = 200, **forms: Any
) -> HttpResponse:
    at = clock.now()
    found: list[dict[str, Any]] = [
        {"poster": one, "stills": playback.stills_of(video.film, one.name, at)}
        for one in posters.posters_of(video.film.asset_id)
    ]
    context = {
        "here": "films",
        "video": video,
        "decision": playback.decide(request.user, video, at),
        "asked": new_posters.asked_frame(video.film.asset_id),
        "choices": found,
        "shown": next((one for one in found if one["poster"].is_shown), None),
        "moment_form": MomentForm(),
        "picture_form": PictureForm(),
        **forms,
    }
    return render(request, "studio/poster.html", context, status=status)


def _crop_page(
    request: HttpRequest,
    video: queries.VideoView,
    row: PosterView,
    form: CropForm,
    shapes: dict[str, tuple[int, int]],
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "here": "films",
        "video": video,
        "poster": row,
        "stills": playback.stills_of(video.film, row.name, clock.now()),
        "form": form,
        "shapes": json.dumps(shapes),
    }
    return render(request, "studio/poster_crop.html", context, status=status)


def _initial(row: PosterView, shapes: dict[str, tuple[int, int]]) -> dict[str, object]:
    left, top, width, height = row.crop
    # The shape that it was cut to: the nearest, since pixels are whole.
    nearest = min(shapes, key=lambda one: abs(shapes[one][0] / shapes[one][1] - width / height))
    return {"left": left, "top": top, "width": width, "shape": nearest}


def _find_own(video: queries.VideoView, name: str) -> PosterView:
    for one in posters.posters_of(video.film.asset_id):
        if one.name == name and one.is_own:
            return one
    raise Http404


def _is_too_large(request: HttpRequest) -> bool:
    """Judge by the announced length; what has none cannot be judged and is too large."""
    announced = announced_bytes(request)
    return announced is None or announced > posters.MOST_FILE_BYTES + _FORM_BYTES
