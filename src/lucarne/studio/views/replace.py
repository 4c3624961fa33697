"""Another file for a film: send it, follow it, give it up, go back."""

from __future__ import annotations

from urllib.parse import unquote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
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

from lucarne.catalog import queries, version_queries, versions
from lucarne.catalog.errors import CatalogError, UnknownVersion
from lucarne.catalog.form_upload import FilmUploadHandler, check_room
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.core.errors import LucarneError
from lucarne.core.requests import announced_bytes, wants_json
from lucarne.media.errors import MediaError
from lucarne.studio import access, uploads
from lucarne.studio.replacing import ReplaceFilmForm, files_of
from lucarne.studio.work_words import NEEDS_FILE

_STATUS = {
    "too_large": 413, "disk_full": 507, "upload_broken": 400, "unknown_upload": 410,
    "upload_unfinished": 409, "over_quota": 413, "same_file": 409, "being_replaced": 409,
}  # fmt: skip


# Exempt only out here: the check reads the body, and a body that is refused must not
# be read. _receive() is protected and is the only way on.
@csrf_exempt
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: HttpRequest, video_id: str) -> HttpResponse:
    """Say what happens; take a file."""
    video = access.find(request, video_id, Action.EDIT)
    if request.method != "POST":
        return _page(request, video, ReplaceFilmForm())
    body_bytes = announced_bytes(request)
    if body_bytes is None:
        sentence = _("The browser did not say how large the film is. Try another one.")
        return _refuse(request, video, sentence, status=411)
    name = unquote(request.headers.get("X-Film-Name", "")) or _("Your film")
    who = access.actor(request)
    try:
        check_room(
            name=name, body_bytes=body_bytes, person_id=who, adds_film=False
        )
        with FilmUploadHandler(
            person_id=who, body_bytes=body_bytes, adds_film=False
        ) as handler:
            request.upload_handlers = [handler]
            return _receive(request, video, handler)
    except UnreadablePostError:
        # Whoever sent it is gone; the answer is for the log.
        error: LucarneError = MediaError("upload_broken", name=name)
    except (CatalogError, MediaError) as refusal:
        error = refusal
    return _refuse(request, video, str(error), status=_STATUS.get(error.code, 422))


@csrf_protect
def _receive(
    request: HttpRequest, video: queries.VideoView, handler: FilmUploadHandler
) -> HttpResponse:
    form = ReplaceFilmForm(request.POST, request.FILES)
    if handler.refusal is not None:
        raise handler.refusal
    if not form.is_valid():
        return _page(request, video, form, status=422)
    stream = handler.stream
    versions.replace(
        video_id=video.video_id,
        upload_id=stream.upload_id if stream else form.cleaned_data["upload"],
        actor=access.actor(request), clock=clock.now, at=clock.now(),
    )  # fmt: skip
    location = f"{reverse('studio:film', args=[video.video_id])}#file"
    if wants_json(request):
        return JsonResponse({"location": location}, status=201)
    return redirect(location)


@never_cache
@require_safe
def state(request: HttpRequest, video_id: str) -> HttpResponse:
    """Only the part of the film's page that is about its file."""
    video = access.look(request, video_id)
    files = files_of(video) if video else {}
    if video is None or files["coming"] is None or files["coming"].is_failed:
        # Signed out, deleted, shown or failed: the whole page has to say so.
        return HttpResponseClientRedirect(reverse("studio:film", args=[video_id]))
    rights = access.rights(request)
    may = {
        one.value: rights.may_with(one, video) for one in (Action.EDIT, Action.PROCESS)
    }
    context = {"video": video, "may": may, **files}
    return render(request, "studio/film_file.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, video_id: str) -> HttpResponse:
    """Give up the file that is on its way, or failed."""
    access.find(request, video_id, Action.EDIT)
    try:
        versions.cancel(video_id=video_id, actor=access.actor(request), at=clock.now())
    except UnknownVersion as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The new file is forgotten; the film is as it was."))
    return redirect("studio:film", video_id)


@login_required
@require_POST
def retry(request: HttpRequest, video_id: str) -> HttpResponse:
    """Try a file once more that failed."""
    access.find(request, video_id, Action.PROCESS)
    try:
        is_tried = versions.try_again(
            video_id=video_id, actor=access.actor(request), at=clock.now()
        )
    except UnknownVersion as error:
        messages.error(request, str(error))
    else:
        if not is_tried:
            messages.info(request, NEEDS_FILE)
    return redirect("studio:film", video_id)


@login_required
@require_POST
def back(request: HttpRequest, video_id: str) -> HttpResponse:
    """Show a former file again."""
    access.find(request, video_id, Action.EDIT)
    try:
        versions.go_back(
            video_id=video_id, asset_id=request.POST.get("file", ""),
            actor=access.actor(request), at=clock.now(),
        )  # fmt: skip
    except UnknownVersion as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Viewers see the former file again."))
    return redirect("studio:film", video_id)


def _page(
    request: HttpRequest,
    video: queries.VideoView,
    form: ReplaceFilmForm,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    if wants_json(request) and status >= 400:
        found = problem or " ".join(str(one) for many in form.errors.values() for one in many)
        return JsonResponse({"error": found}, status=status)
    max_bytes, _free = uploads.limits()
    context = {
        "here": "films", "video": video, "form": form, "problem": problem,
        "max_bytes": max_bytes, "days": version_queries.KEPT_FOR.days,
        **files_of(video),
    }  # fmt: skip
    return render(request, "studio/replace.html", context, status=status)


def _refuse(
    request: HttpRequest, video: queries.VideoView, sentence: str, *, status: int
) -> HttpResponse:
    """Answer at once; nothing of the body may be read from here on."""
    return _page(request, video, ReplaceFilmForm(), status=status, problem=sentence)
