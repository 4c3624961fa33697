"""Films on their way: announced, followed, written about, fetched, forgotten."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lucarne.catalog import imports, queries as catalog, quotas
from lucarne.catalog.errors import NotAllowed, UnknownChannel
from lucarne.catalog.form_upload import shown_name
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.core.errors import LucarneError
from lucarne.media import uploads as sent
from lucarne.media.errors import UnknownUpload
from lucarne.studio import access, uploads
from lucarne.studio.forms import AnnounceForm, DraftForm, FetchForm

_FIELDS = ("title", "channel", "description", "visibility")


@never_cache
@require_POST
def announce(request: HttpRequest) -> HttpResponse:
    """Begin to send a film in parts, or go on: the same file has one upload.

    Two tabs, or two browsers, that send it share what has arrived.
    """
    if not request.user.is_authenticated:
        return _signed_out()
    if not access.rights(request).may_anywhere(Action.UPLOAD):
        return _refusal(str(NotAllowed()), status=403)
    form = AnnounceForm(request.POST)
    if not form.is_valid():
        return _refusal(_("This file cannot be sent. Choose it again."), status=422)
    answers, at = form.cleaned_data, clock.now()
    who, name = request.user.public_id, shown_name(answers["name"])
    note = f"modified {_coded(str(answers['modified'] or 0))}"
    view = sent.same(
        person_id=who, name=name, size_bytes=answers["size"], note=note, at=at
    )
    if view is not None:
        return JsonResponse(uploads.shown(view))
    try:
        _check_quotas(
            who, answers["channel"], name, answers["size"],
            adds_film=not answers["replaces"],
        )  # fmt: skip
        view = sent.begin(
            person_id=who, name=name, size_bytes=answers["size"],
            metadata=f"filename {_coded(name)},{note}", at=at,
            draft={one: answers[one] for one in _FIELDS}, drafted_at=at,
        )  # fmt: skip
    except LucarneError as error:
        return _refusal(str(error), status=413)
    return JsonResponse(uploads.shown(view), status=201)


@never_cache
@require_safe
def state(request: HttpRequest, upload_id: str) -> HttpResponse:
    """Say how much has arrived; disturbs nobody who sends."""
    if not request.user.is_authenticated:
        return _signed_out()
    try:
        view = sent.find(
            upload_id=upload_id, person_id=request.user.public_id, at=clock.now()
        )
    except UnknownUpload as error:
        return _refusal(str(error), status=410)
    return JsonResponse(uploads.shown(view))


@never_cache
@require_POST
def draft(request: HttpRequest, upload_id: str) -> HttpResponse:
    """Keep what was written so far, while a film is on its way."""
    if not request.user.is_authenticated:
        return _signed_out()
    if not access.rights(request).may_anywhere(Action.UPLOAD):
        return _refusal(str(NotAllowed()), status=403)
    form = DraftForm(request.POST)
    if not form.is_valid():
        sentence = " ".join(str(one) for many in form.errors.values() for one in many)
        return _refusal(sentence, status=422)
    at = clock.now()
    written = {one: form.cleaned_data[one] for one in _FIELDS}
    try:
        sent.write_draft(
            upload_id=upload_id, person_id=request.user.public_id,
            draft=written, at=at,
        )  # fmt: skip
    except UnknownUpload as error:
        return _refusal(str(error), status=410)
    return JsonResponse({"saved": at.isoformat()})


@never_cache
@login_required
@require_POST
def forget(request: HttpRequest, upload_id: str) -> HttpResponse:
    """Give up a film that was not published."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    try:
        imports.give_up(upload_id=upload_id, person_id=request.user.public_id)
    except UnknownUpload as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The film was given up; nothing of it was kept."))
    return redirect("studio:publish")


@never_cache
@login_required
@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """Have the portal fetch a film from an address, by a job."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    _check_may_upload(request)
    form = FetchForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["address"])))
        return redirect("studio:publish")
    try:
        imports.begin_fetch(
            url=form.cleaned_data["address"], person_id=request.user.public_id,
            at=clock.now(),
        )  # fmt: skip
    except LucarneError as error:
        messages.error(request, str(error))
    return redirect("studio:publish")


@never_cache
@login_required
@require_POST
def fetch_again(request: HttpRequest, upload_id: str) -> HttpResponse:
    """Try once more to fetch a film, from where it broke off."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    _check_may_upload(request)
    try:
        imports.fetch_again(
            upload_id=upload_id, person_id=request.user.public_id, at=clock.now()
        )
    except UnknownUpload as error:
        messages.error(request, str(error))
    return redirect("studio:publish")


def _check_may_upload(request: HttpRequest) -> None:
    if not access.rights(request).may_anywhere(Action.UPLOAD):
        raise access.denied()


def _check_quotas(
    person_id: str, channel_id: str, name: str, size: int, *, adds_film: bool
) -> None:
    quotas.check_person(
        person_id=person_id, name=name, size_bytes=size, adds_film=adds_film
    )
    try:
        channel = catalog.find_channel(channel_id or None)
    except UnknownChannel:
        return  # said again, beside its field, when the film is published
    if channel_id:
        quotas.check_channel(channel=channel, name=name, size_bytes=size)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _refusal(sentence: str, *, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)


def _signed_out() -> JsonResponse:
    sentence = _("You are signed out. Sign in again, then send the film again.")
    return _refusal(sentence, status=401)
