"""The door for programs that publish films and ask what became of them.

    POST /api/videos         a film in a form, or one that was sent to /uploads/
    GET  /api/videos/<id>    what it is now

A token names the person (``Authorization: Bearer …``), never a session: so no other
site can use somebody's browser, and no form needs a secret of its own. Answers are
JSON; one that refuses has ``code`` and ``error``, a sentence. Of a film it has the codes
of docs/reference/errors.md and the person's language; of the request itself codes of
its own (docs/howto/send-films-from-programs.md) and English, as in ``api.tus``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django import forms
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import (
    HttpRequest,
    HttpResponse,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lucarne.accounts import queries as people
from lucarne.api.facts import film_facts
from lucarne.api.tokens import secret_in
from lucarne.catalog import operations, queries
from lucarne.catalog.errors import CatalogError, KnownFilm, NotAllowed, UnknownVideo
from lucarne.catalog.form_upload import (
    FIELD,
    FilmUploadHandler,
    ReceivedFilm,
    check_known,
    check_room,
)
from lucarne.catalog.queries import VideoView
from lucarne.catalog.rights import Action, Rights, find_for, rights_of
from lucarne.core import clock
from lucarne.core.errors import LucarneError
from lucarne.core.requests import announced_bytes
from lucarne.media.errors import MediaError

_STATUS: Final = {
    "too_large": 413, "disk_full": 507, "upload_broken": 400, "unknown_upload": 404,
    "upload_unfinished": 409, "over_quota": 413, "known_film": 409,
    "unknown_video": 404, "not_allowed": 403,
}  # fmt: skip
_View = Callable[..., HttpResponse]


class NewVideo(forms.Form):
    """What may be said of a film that is published; only the film itself must be."""

    upload = forms.CharField(required=False, max_length=24)
    title = forms.CharField(required=False, max_length=200)
    channel = forms.CharField(required=False, max_length=100)
    description = forms.CharField(required=False, max_length=10_000)
    visibility = forms.ChoiceField(
        required=False,
        choices=[
            (one, one) for one in ("public", "members", "unlisted", "private", "draft")
        ],
    )
    anyway = forms.BooleanField(required=False)


def for_programs(view: _View) -> _View:
    """Ask who it is, answer in their language, and turn errors into JSON."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        secret = secret_in(request.headers.get("Authorization", ""))
        person = people.person_of_token(secret) if secret else None
        if person is None:
            sentence = "Send a token: Authorization: Bearer …"
            answer = _refusal(401, "sign_in", sentence)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        request.user = person
        with override(person.language):
            try:
                return view(request, *args, **kwargs)
            except LucarneError as error:
                return _refused(error)

    return asked


@for_programs
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Publish a film: ``film`` in the form, or ``upload``, the id of a whole upload."""
    assert request.user.is_authenticated  # noqa: S101  for_programs saw to it
    who = request.user.public_id
    if not rights_of(request.user).may_anywhere(Action.UPLOAD):
        raise NotAllowed  # before anything of a film is read
    body_bytes = announced_bytes(request)
    if body_bytes is None:
        return _refusal(411, "length", "Say how long the request is: Content-Length.")
    is_form = request.content_type == "multipart/form-data"
    if is_form:
        check_room(name="film", body_bytes=body_bytes, person_id=who)
    with FilmUploadHandler(person_id=who, body_bytes=body_bytes) as handler:
        if is_form:
            request.upload_handlers = [handler]
        try:
            form = NewVideo(request.POST)
            film = request.FILES.get(FIELD)
        except (UnreadablePostError, MultiPartParserError):
            raise MediaError("upload_broken", name="film") from None
        except (RequestDataTooBig, TooManyFieldsSent):
            return _refusal(
                413, "form_too_large", "The texts of the form are too long."
            )
        if handler.refusal is not None:
            raise handler.refusal
        return _published(request, form, film, handler)


def _published(
    request: HttpRequest,
    form: NewVideo,
    film: Any,
    handler: FilmUploadHandler,
) -> HttpResponse:
    if isinstance(film, ReceivedFilm) and not film.size:
        raise MediaError("empty", name=film.source_name)
    is_here = isinstance(film, ReceivedFilm) and handler.stream is not None
    stream = handler.stream if is_here else None
    upload_id = stream.upload_id if stream else form.data.get("upload", "")
    try:
        video_id = _publish(request, upload_id, _answers(form, upload_id))
    except (CatalogError, _WrongFields) as error:
        # Sent once is enough: said otherwise, it is published by this id.
        more = {}
        if stream is not None:
            stream.keep()
            more["upload"] = upload_id
        if isinstance(error, _WrongFields):
            sentence, fields = error.args
            return _refusal(422, "fields", sentence, fields=fields, **more)
        return _refused(error, **more)
    answer = JsonResponse(_facts(request, video_id), status=201)
    answer.headers["Location"] = reverse("api:video", args=[video_id])
    return answer


def _answers(form: NewVideo, upload_id: str) -> Mapping[str, Any]:
    if not form.is_valid():
        fields = {name: errors[0] for name, errors in form.errors.items()}
        raise _WrongFields("Some fields are not right.", fields)
    if not upload_id:
        sentence = "Send a film as “film”, or the id of a whole upload as “upload”."
        raise _WrongFields(sentence, {})
    return form.cleaned_data


def _publish(request: HttpRequest, upload_id: str, answers: Mapping[str, Any]) -> str:
    assert request.user.is_authenticated  # noqa: S101  for_programs saw to it
    who, rights = request.user.public_id, rights_of(request.user)
    channel = _channel(rights, answers["channel"])
    may_show = rights.may_publish("public", channel.channel_id)
    visibility = answers["visibility"] or ("public" if may_show else "draft")
    if not rights.may_publish(visibility, channel.channel_id):
        raise NotAllowed
    if not answers["anyway"]:
        check_known(rights, person_id=who, upload_id=upload_id, may_wait=False)
    return operations.publish_film(
        upload_id=upload_id,
        title=answers["title"],
        description=answers["description"],
        channel_id=channel.channel_id,
        visibility=visibility,
        actor=who,
        person_pk=request.user.pk,
        clock=clock.now,
        at=clock.now(),
    ).video_id


def _channel(rights: Rights, name: str) -> queries.ChannelView:
    """Find it by id, slug or name, else take the first one.

    Raises UnknownChannel, or NotAllowed when nothing of hers may be published there.
    """
    hers = rights.channels(Action.UPLOAD)
    if not name and hers:
        return hers[0]
    channel = queries.find_channel(name or None)
    if channel not in hers:
        raise NotAllowed
    return channel


@for_programs
@require_safe
def video(request: HttpRequest, video_id: str) -> HttpResponse:
    """Tell what a film is now, and how far the work on it is."""
    return JsonResponse(_facts(request, video_id))


def _facts(request: HttpRequest, video_id: str) -> dict[str, Any]:
    """Raises UnknownVideo when it is not here, or not for this person."""
    found = find_for(request.user, video_id)
    if found is None:
        raise UnknownVideo(video_id)
    site = f"{request.scheme}://{request.get_host()}"
    return {
        **film_facts(found, viewer=request.user, site=site, at=clock.now()),
        "channel": found.channel.slug,
        "visibility": found.visibility,
        "state": _state(found),
        "code": found.error_code,
    }


def _state(found: VideoView) -> str:
    film = found.film
    if film.is_failed:
        return "failed"
    if film.is_ready:
        return "ready"
    return "playable" if film.is_playable else "preparing"


class _WrongFields(Exception):
    """What the form says cannot be: a sentence, and one for each field."""


def _refused(error: LucarneError, **more: Any) -> JsonResponse:
    if isinstance(error, KnownFilm):
        more["video"] = error.video_id
    return _refusal(_STATUS.get(error.code, 422), error.code, str(error), **more)


def _refusal(status: int, code: str, sentence: str, **more: Any) -> JsonResponse:
    return JsonResponse({"code": code, "error": sentence, **more}, status=status)
