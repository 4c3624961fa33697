"""Publishing: a film from a form, or the sample film."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    JsonResponse,
    UnreadablePostError,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from lucarne.catalog import operations as catalog, queries, quotas
from lucarne.catalog.errors import CatalogError, KnownFilm, NotAllowed
from lucarne.catalog.form_upload import (
    FilmUploadHandler,
    StillLooking,
    check_known,
    check_room,
)
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.core.errors import LucarneError
from lucarne.core.requests import announced_bytes, wants_json
from lucarne.media import uploads as sent
from lucarne.media.errors import MediaError
from lucarne.studio import access, uploads
from lucarne.studio.forms import PublishForm

_STATUS = {
    "too_large": 413, "disk_full": 507, "upload_broken": 400, "unknown_upload": 410,
    "upload_unfinished": 409, "over_quota": 413, "known_film": 409,
}  # fmt: skip


# Exempt only out here: the check reads the body, and a body that is refused must not
# be read. _receive() is protected and is the only way on.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """Show the form; take a film when there is room for what is announced."""
    if not request.user.is_authenticated:
        return _turn_away(request)
    if not access.rights(request).may_anywhere(Action.UPLOAD):
        return _forbid(request)
    if request.method != "POST":
        return _begin(request, request.user.public_id)
    body_bytes = announced_bytes(request)
    if body_bytes is None:
        sentence = _("The browser did not say how large the film is. Try another one.")
        return _refuse(request, sentence, status=411)
    name = unquote(request.headers.get("X-Film-Name", "")) or _("Your film")
    who = request.user.public_id
    try:
        check_room(name=name, body_bytes=body_bytes, person_id=who)
        with FilmUploadHandler(
            person_id=who, body_bytes=body_bytes
        ) as handler:
            request.upload_handlers = [handler]
            return _receive(request, handler)
    except UnreadablePostError:
        # Whoever sent it is gone; the answer is for the log.
        error: LucarneError = MediaError("upload_broken", name=name)
    except LucarneError as refusal:
        error = refusal
    return _refuse(request, str(error), status=_STATUS[error.code])


def _begin(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show an empty form, or that of a film that was sent before (?upload=…)."""
    upload_id = request.GET.get("upload", "")
    if not upload_id:
        return _page(request, PublishForm(rights=access.rights(request)), status=200)
    try:
        view = sent.find(upload_id=upload_id, person_id=person_id, at=clock.now())
    except MediaError as error:
        return _refuse(request, str(error), status=_STATUS[error.code])
    if not view.is_complete:
        return redirect("studio:publish")
    form = PublishForm(
        initial={**view.draft, "upload": upload_id}, rights=access.rights(request)
    )
    return _page(request, form, status=200, kept=view)


@csrf_protect
def _receive(request: HttpRequest, handler: FilmUploadHandler) -> HttpResponse:
    assert request.user.is_authenticated  # noqa: S101  publish() saw to it
    form = PublishForm(request.POST, request.FILES, rights=access.rights(request))
    if handler.refusal is not None:
        raise handler.refusal
    if not form.is_valid():
        return _invalid(request, form, handler)
    answers = form.cleaned_data
    upload_id = handler.stream.upload_id if handler.stream else answers["upload"]
    try:
        if not answers["anyway"]:
            check_known(
                access.rights(request), person_id=request.user.public_id,
                upload_id=upload_id, may_wait=wants_json(request),
            )  # fmt: skip
        published = catalog.publish_film(
            upload_id=upload_id,
            title=answers["title"],
            description=answers["description"],
            channel_id=answers["channel"],
            visibility=answers["visibility"],
            actor=request.user.public_id,
            person_pk=request.user.pk,
            clock=clock.now,
            at=clock.now(),
        )
    except StillLooking:
        return JsonResponse({"wait": True}, status=202)
    except CatalogError as error:
        return _otherwise(request, form, handler, error)
    location = reverse("studio:film", args=[published.video_id])
    if wants_json(request):
        told = {"location": location, **_outcome(published.video_id)}
        return JsonResponse(told, status=201)
    return redirect(location)


def _outcome(video_id: str) -> dict[str, Any]:
    """Say what became of a film that was looked into, to a page that has more of them.

    ``reason``: why it failed, "" when it did not.
    """
    video = queries.find(video_id)
    if video is None:  # deleted since: its address says so
        return {"is_failed": False, "sentence": _("The film was deleted."), "reason": ""}
    if video.film.is_failed:
        sentence = _("“%(title)s” cannot be shown.")
    elif video.is_listed:
        sentence = _("“%(title)s” is published.")
    else:
        sentence = _("“%(title)s” is here, and not published.")
    return {
        "is_failed": video.film.is_failed,
        "sentence": sentence % {"title": video.title},
        "reason": video.error_sentence,
    }


def _otherwise(
    request: HttpRequest,
    form: PublishForm,
    handler: FilmUploadHandler,
    error: CatalogError,
) -> HttpResponse:
    """Keep the film, and say what has to be decided otherwise."""
    kept = uploads.keep(handler, form, person_id=request.user.public_id)  # type: ignore[union-attr]
    status = _STATUS.get(error.code, 422)
    known: dict[str, str] = {}
    if isinstance(error, KnownFilm):
        where = reverse("studio:film", args=[error.video_id])
        known = {"title": error.title, "address": where}
    if wants_json(request):
        return JsonResponse(
            {"error": str(error), "fields": {}, "known": known}, status=status
        )
    return _page(
        request, form, status=status, problem=str(error), kept=kept, known=known
    )


@never_cache
@login_required
@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """Publish the film that Lucarne makes itself, in one click."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    channels = access.rights(request).channels(Action.SHOW)
    if not channels:
        raise access.denied()
    try:
        published = catalog.publish_sample(
            channel_id=channels[0].channel_id,
            language=(get_language() or "en")[:2],
            title=_("Hello, this is Lucarne"),
            actor=request.user.public_id,
            person_pk=request.user.pk,
            at=clock.now(),
        )
    except MediaError as error:
        messages.error(request, str(error))
        return redirect("studio:films")
    return redirect("studio:film", published.video_id)


def _page(
    request: HttpRequest,
    form: PublishForm,
    *,
    status: int,
    problem: str = "",
    kept: sent.UploadView | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponse:
    """``kept``: the film that this form is about; ``known``: the one that it is."""
    assert request.user.is_authenticated  # noqa: S101  publish() saw to it
    max_bytes, free_bytes = uploads.limits()
    who = request.user.public_id
    waiting = sent.unfinished(person_id=who, at=clock.now())
    limits, usage = quotas.standing_of_person(who) or (None, None)
    context = {
        "form": form,
        "here": "publish",
        "problem": problem,
        "blank": PublishForm(auto_id="card_%s", rights=access.rights(request)),
        "kept": kept,
        "known": known,
        "max_bytes": max_bytes,
        "free_bytes": free_bytes,
        "limits": limits,
        "usage": usage,
        "earlier": [
            uploads.shown(one)
            for one in waiting
            if kept is None or one.upload_id != kept.upload_id
        ],
    }
    return render(request, "studio/publish.html", context, status=status)


def _refuse(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Answer at once; nothing of the body may be read from here on."""
    if wants_json(request):
        return JsonResponse({"error": sentence, "fields": {}}, status=status)
    # An empty form: what was typed stands in the body that is not read.
    return _page(request, PublishForm(rights=access.rights(request)), status=status, problem=sentence)


def _invalid(
    request: HttpRequest, form: PublishForm, handler: FilmUploadHandler
) -> HttpResponse:
    kept = uploads.keep(handler, form, person_id=request.user.public_id)  # type: ignore[union-attr]
    if wants_json(request):
        fields = {name: list(map(str, errors)) for name, errors in form.errors.items()}
        sentence = _("The film was not published. Look at what is marked.")
        return JsonResponse({"error": sentence, "fields": fields}, status=422)
    return _page(request, form, status=422, kept=kept)


def _turn_away(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        sentence = _("You are signed out. Sign in again, then send the film again.")
        return JsonResponse({"error": sentence, "fields": {}}, status=401)
    return redirect_to_login(reverse("studio:publish"))


def _forbid(request: HttpRequest) -> HttpResponse:
    """Refuse before the body is read: her role allows her to publish nowhere."""
    if not wants_json(request):
        raise access.denied()
    return JsonResponse({"error": str(NotAllowed()), "fields": {}}, status=403)
