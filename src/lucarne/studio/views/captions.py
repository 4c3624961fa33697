"""Captions and subtitles of one film: the list, each one's page, their files."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from lucarne.catalog import caption_queries, captions, queries
from lucarne.catalog.caption_queries import CaptionView
from lucarne.catalog.errors import BadCaptions, BadLanguage, CaptionThere
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.core.requests import announced_bytes
from lucarne.media import text_sentences, texts
from lucarne.media.errors import MediaError
from lucarne.playback import queries as playback
from lucarne.studio import access
from lucarne.studio.caption_forms import (
    CaptionForm,
    InMemory,
    NewCaptionForm,
    ReplaceForm,
    show_what_is_wrong,
)
from lucarne_engine.captions.markup import plain
from lucarne_engine.captions.model import Finding

# What the other fields and the multipart headers may add to the file's own bytes.
_FORM_BYTES: Final = 64 * 1024
_MOST_SHOWN: Final = 300


# Exempt only out here: the check reads the body, and one that is too large must not be.
@csrf_exempt
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def film_captions(request: HttpRequest, video_id: str) -> HttpResponse:  # noqa: ARG001
    """List what a film has; take a file."""
    video = _find_video(request)
    if request.method != "POST":
        return _list(request, video, NewCaptionForm())
    if _is_too_large(request):
        return _list(request, video, NewCaptionForm(), problem=_too_large())
    request.upload_handlers = [InMemory(request)]
    return _add(request, video)


@csrf_protect
def _add(request: HttpRequest, video: queries.VideoView) -> HttpResponse:
    form = NewCaptionForm(request.POST, request.FILES)
    caption_id = _save_new(request, video, form) if form.is_valid() else None
    if caption_id is None:
        return _list(request, video, form)
    messages.success(request, _("The file is saved. Look at it here."))
    return redirect("studio:caption", video.video_id, caption_id)


def _save_new(
    request: HttpRequest, video: queries.VideoView, form: NewCaptionForm
) -> str | None:
    """Return the new id; None when the form says what is wrong."""
    facts = dict(form.cleaned_data)
    file = facts.pop("file")
    try:
        return captions.add_caption(
            video_id=video.video_id, data=file.read(), source_name=file.name or "",
            actor=access.actor(request), at=clock.now(), **facts,
        )  # fmt: skip
    except BadCaptions as error:
        show_what_is_wrong(form, error)
    except CaptionThere as error:
        form.add_error("language", str(error))
    except MediaError as error:
        form.add_error("file", str(error))
    return None


def _list(
    request: HttpRequest,
    video: queries.VideoView,
    form: NewCaptionForm,
    *,
    problem: str = "",
) -> HttpResponse:
    context = {
        "here": "films",
        "video": video,
        "may_edit": access.rights(request).may_with(Action.EDIT, video),
        "captions": caption_queries.captions_of(video.video_id),
        "form": form,
        "problem": problem,
    }
    status = 413 if problem else 422 if form.errors else 200
    return render(request, "studio/captions.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def caption(request: HttpRequest, video_id: str, caption_id: str) -> HttpResponse:
    """One: what is in it, what was noticed, what it is called."""
    video, shown = _find(request, video_id, caption_id)
    if request.method != "POST":
        return _page(request, video, shown, form=_form_of(shown))
    form = _form_of(shown, request.POST)
    if form.is_valid():
        try:
            captions.change_caption(
                video_id=video_id, caption_id=caption_id, actor=access.actor(request),
                at=clock.now(), **form.cleaned_data,
            )  # fmt: skip
        except (CaptionThere, BadLanguage) as error:
            form.add_error("language", str(error))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("studio:caption", video_id, caption_id)
    return _page(request, video, shown, form=form, status=422)


def _form_of(shown: CaptionView, data: Any = None) -> CaptionForm:
    names = ("language", "kind", "title", "is_visible")
    initial = {name: getattr(shown, name) for name in names}
    return CaptionForm(data, initial=initial, unknown_language=not shown.language)


def _page(
    request: HttpRequest,
    video: queries.VideoView,
    shown: CaptionView,
    *,
    form: Form | None = None,
    replacing: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    cues = texts.cues(shown.asset_id, shown.file_name)
    context = {
        "here": "films",
        "video": video,
        "may_edit": access.rights(request).may_with(Action.EDIT, video),
        "decision": playback.decide(access.rights(request), video, clock.now()),
        "caption": shown,
        "form": form or _form_of(shown),
        "replacing": replacing or ReplaceForm(),
        "cues": [
            {"start_ms": cue.start_ms, "end_ms": cue.end_ms, "text": plain(cue.text)}
            for cue in cues[:_MOST_SHOWN]
        ],
        "not_shown": max(0, len(cues) - _MOST_SHOWN),
    }
    return render(request, "studio/caption.html", context, status=status)


@csrf_exempt
@never_cache
@login_required
@require_POST
def replace(request: HttpRequest, video_id: str, caption_id: str) -> HttpResponse:
    """Take another file in the place of this one."""
    video, shown = _find(request, video_id, caption_id)
    if _is_too_large(request):
        form = ReplaceForm({}, MultiValueDict())
        form.errors["file"] = form.error_class([_too_large()])
        return _page(request, video, shown, replacing=form, status=413)
    request.upload_handlers = [InMemory(request)]
    return _replace(request, video, shown)


@csrf_protect
def _replace(
    request: HttpRequest, video: queries.VideoView, shown: CaptionView
) -> HttpResponse:
    form = ReplaceForm(request.POST, request.FILES)
    if form.is_valid():
        file: UploadedFile = form.cleaned_data["file"]  # type: ignore[type-arg]
        try:
            captions.replace_caption(
                video_id=video.video_id, caption_id=shown.caption_id, data=file.read(),
                source_name=file.name or "", actor=access.actor(request), at=clock.now(),
            )  # fmt: skip
        except BadCaptions as error:
            show_what_is_wrong(form, error)
        except MediaError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("The file is replaced. Look at it here."))
            return redirect("studio:caption", video.video_id, shown.caption_id)
    return _page(request, video, shown, replacing=form, status=422)


@login_required
@require_POST
def visible(request: HttpRequest, video_id: str, caption_id: str) -> HttpResponse:
    """Show them to viewers, or hide them."""
    _find(request, video_id, caption_id)
    captions.set_caption_visible(
        video_id=video_id, caption_id=caption_id,
        is_visible=request.POST.get("is_visible") == "yes",
        actor=access.actor(request), at=clock.now(),
    )  # fmt: skip
    return redirect("studio:captions", video_id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, video_id: str, caption_id: str) -> HttpResponse:
    """Ask, then delete."""
    video, shown = _find(request, video_id, caption_id)
    access.find(request, video_id, Action.EDIT)
    if request.method != "POST":
        context = {"here": "films", "video": video, "caption": shown}
        return render(request, "studio/caption_delete.html", context)
    captions.delete_caption(
        video_id=video_id, caption_id=caption_id, actor=access.actor(request), at=clock.now()
    )
    messages.success(request, _("The captions are deleted."))
    return redirect("studio:captions", video_id)


@never_cache
@login_required
@require_safe
def file(request: HttpRequest, video_id: str, caption_id: str) -> HttpResponse:
    """Give the file: to be kept, or (``?preview``) for the player of the page."""
    _video, shown = _find(request, video_id, caption_id)
    content = texts.content(shown.asset_id, shown.file_name)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="text/vtt; charset=utf-8")
    if "preview" not in request.GET:
        name = f"{video_id}-{shown.language or 'und'}-{shown.kind}.vtt"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _too_large() -> str:
    return text_sentences.sentence(Finding(code="too_large"))


def _is_too_large(request: HttpRequest) -> bool:
    """Judge by the announced length; what has none cannot be judged and is too large."""
    size = announced_bytes(request)
    return size is None or size > texts.MOST_FILE_BYTES + _FORM_BYTES


def _find_video(request: HttpRequest) -> queries.VideoView:
    """Return the film of the address, to be seen or (POST) to be changed."""
    assert request.resolver_match is not None  # noqa: S101  a view is running
    video_id = str(request.resolver_match.kwargs["video_id"])
    action = Action.EDIT if request.method == "POST" else Action.SEE
    return access.find(request, video_id, action)


def _find(
    request: HttpRequest, video_id: str, caption_id: str
) -> tuple[queries.VideoView, CaptionView]:
    video = _find_video(request)
    shown = caption_queries.find_caption(video_id, caption_id)
    if shown is None:
        raise Http404
    return video, shown
