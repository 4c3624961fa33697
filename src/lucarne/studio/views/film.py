"""One film's page: its details, saved as they are typed, and who can watch it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django_htmx.http import HttpResponseClientRedirect

from lucarne.catalog import (
    approval,
    caption_queries,
    details,
    processing,
    publication,
    queries,
)
from lucarne.catalog.errors import (
    BadSchedule,
    EditedMeanwhile,
    NotAllowed,
    NothingToChange,
)
from lucarne.catalog.rights import CLOSED, OPERATOR, Action, Rights
from lucarne.core import clock
from lucarne.core.requests import wants_json
from lucarne.media import progress
from lucarne.studio import access, approval_words
from lucarne.studio.checks import ADVISED, Check, checks
from lucarne.studio.film_forms import FilmForm, VisibilityForm, languages, texts_of
from lucarne.studio.replacing import files_of
from lucarne.studio.work_page import work_of
from lucarne.studio.work_words import NEEDS_FILE


# Exempt only out here: film() looks itself, so that a refusal can show what was typed.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def film(request: HttpRequest, video_id: str) -> HttpResponse:
    """How far the film is, its details, and who can watch it."""
    if request.method == "POST":
        return _save(request, video_id)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    video = access.find(request, video_id, Action.SEE)
    return _page(request, video, None)


def _save(request: HttpRequest, video_id: str) -> HttpResponse:
    """Keep what was typed; whatever is in the way, the answer holds all of it."""
    if not request.user.is_authenticated:
        return _turn_away(request)
    video = access.find(request, video_id, Action.SEE)
    rights = access.rights(request)
    form = FilmForm(request.POST, video=video, rights=rights)
    if _is_forged(request):
        # Also whoever has signed in anew since she opened the page.
        sentence = _("Nothing was saved yet: you have signed in anew. Save once more.")
        return _refuse(request, video, form, sentence, status=403)
    is_allowed = rights.may_with(Action.EDIT, video) or rights.may_propose(video)
    is_valid = form.is_valid()
    # A script saves what it can while the rest is still being typed; a form is sent
    # when somebody thinks it right.
    if is_allowed and not is_valid and not wants_json(request):
        return _page(request, video, form, status=422)
    try:
        return _keep(request, video, form)
    except EditedMeanwhile as error:
        return _refuse(request, video, form, str(error), theirs=error.theirs, status=409)
    except NotAllowed:
        return _forbid(request)


def _keep(
    request: HttpRequest, video: queries.VideoView, form: FilmForm
) -> HttpResponse:
    """Save what can be saved. Raises EditedMeanwhile, NotAllowed."""
    rights, video_id = access.rights(request), video.video_id
    if not rights.may_with(Action.EDIT, video):
        if not rights.may_propose(video):
            raise NotAllowed
        return _propose(request, video, form)
    texts = details.edit(
        video_id=video_id,
        changes=form.changes,
        seen=form.seen_texts,
        rights=rights,
        actor=rights.person_id,
        at=clock.now(),
    )
    if not wants_json(request):
        messages.success(request, _("The changes are saved."))
        return redirect("studio:film", video_id)
    errors = {name: " ".join(map(str, found)) for name, found in form.errors.items()}
    told = {"saved": _saved_at(), "seen": texts, "errors": errors}
    seen = form.seen_texts or {}
    if any(texts[name] != seen.get(name) for name in ADVISED):
        told["checks"] = _advice(request, video_id)
    return JsonResponse(told)


def _advice(request: HttpRequest, video_id: str) -> str:
    """Return what is worth a look now, as the page shows it."""
    video = access.find(request, video_id, Action.EDIT)
    found = _checks(video, progress.progress(video.film.asset_id), files_of(video))
    return render_to_string("studio/film_checks.html", {"checks": found})


def _checks(
    video: queries.VideoView, work: progress.AssetProgress, files: dict[str, Any]
) -> tuple[Check, ...]:
    return checks(
        video, work, caption_count=_caption_count(video),
        length_changed_ms=files["length_changed_ms"],
    )  # fmt: skip


def _propose(
    request: HttpRequest, video: queries.VideoView, form: FilmForm
) -> HttpResponse:
    """Send what was typed for approval: viewers see the film as it was approved."""
    if wants_json(request):
        return _forbid(request)
    try:
        approval.send_changes(
            video_id=video.video_id,
            changes=form.changes,
            seen=form.seen_texts,
            rights=access.rights(request),
            at=clock.now(),
        )
    except NothingToChange:
        messages.info(request, _("Nothing differs from what viewers see."))
    else:
        messages.success(request, _("Your changes are sent for approval."))
    return redirect("studio:film", video.video_id)


def _forbid(request: HttpRequest) -> HttpResponse:
    """Refuse what her role, or the film as it is now, does not allow."""
    if not wants_json(request):
        raise access.denied()
    # Without a token: a script that was refused does not ask again.
    return JsonResponse({"error": str(NotAllowed())}, status=403)


def _saved_at() -> str:
    shown = formats.date_format(timezone.localtime(clock.now()), "TIME_FORMAT")
    return _("Saved at %(time)s") % {"time": shown}


def _turn_away(request: HttpRequest) -> HttpResponse:
    """Give back what was typed, and nothing else: the session is over."""
    sentence = _("You are signed out. Nothing was saved yet, and nothing is lost.")
    if wants_json(request):
        return JsonResponse({"error": sentence, "token": get_token(request)}, status=401)
    form = FilmForm(request.POST, video=None, rights=OPERATOR)
    context = {"form": form, "problem": sentence, "languages": languages()}
    return render(request, "studio/signed_out.html", context, status=401)


def _refuse(
    request: HttpRequest,
    video: queries.VideoView,
    form: FilmForm,
    sentence: str,
    *,
    theirs: dict[str, str] | None = None,
    status: int,
) -> HttpResponse:
    shown = [_shown(form, name, value) for name, value in (theirs or {}).items()]
    if wants_json(request):
        told = {"error": sentence, "token": get_token(request), "theirs": shown}
        return JsonResponse(told, status=status)
    form.see(theirs or {})
    return _page(request, video, form, problem=sentence, theirs=shown, status=status)


def _shown(form: FilmForm, name: str, value: str) -> dict[str, str]:
    """Say what stands in a field now; of a choice, what it is called."""
    field = form.fields[name]
    text = dict(getattr(field, "choices", ())).get(value, value)
    return {"name": name, "label": str(field.label), "value": value, "text": str(text)}


@require_POST
@login_required
def visibility(request: HttpRequest, video_id: str) -> HttpResponse:
    """Say who can watch the film, and from when on; or ask an editor to."""
    video = access.find(request, video_id, Action.EDIT)
    form = VisibilityForm(request.POST, video=video, zone=_zone())
    if form.is_valid():
        try:
            told = _show_to(request, video_id, form)
        except BadSchedule as error:
            form.add_error("publish_at", str(error))
        except NotAllowed:
            raise access.denied() from None
        else:
            messages.success(request, told)
            return redirect("studio:film", video_id)
    return _page(request, video, None, visibility_form=form, status=422)


def _show_to(request: HttpRequest, video_id: str, form: VisibilityForm) -> str:
    """Do what was chosen, or send it for approval; returns what to say."""
    rights, at = access.rights(request), clock.now()
    video = access.find(request, video_id, Action.EDIT)
    chosen = form.chosen
    if chosen["visibility"] in CLOSED or rights.may_with(Action.SHOW, video):
        publication.set_visibility(
            video_id=video_id, **chosen, rights=rights, actor=rights.person_id, at=at
        )
        return _("Who can watch the film is changed.")
    approval.send_to_publish(video_id=video_id, **chosen, rights=rights, at=at)
    return _("The film is sent for approval.")


@require_POST
@login_required
def renew_link(request: HttpRequest, video_id: str) -> HttpResponse:
    """Replace the secret address."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    access.find(request, video_id, Action.SHOW)
    publication.renew_link(
        video_id=video_id, actor=request.user.public_id, at=clock.now()
    )
    messages.success(request, _("The old link has ended. Give the new one to people."))
    return redirect("studio:film", video_id)


@require_POST
@login_required
def take_chapters(request: HttpRequest, video_id: str) -> HttpResponse:
    """Take the chapters of the file, or those that the description names."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    access.find(request, video_id, Action.EDIT)
    origin = request.POST.get("from", "")
    if origin not in {"file", "description"}:
        raise Http404
    count = details.take_chapters(
        video_id=video_id,
        origin=origin,
        rights=access.rights(request),
        actor=request.user.public_id,
        at=clock.now(),
    )
    told = ngettext("%(count)d chapter was taken.", "%(count)d chapters were taken.", count)
    messages.success(request, told % {"count": count})
    return redirect(f"{reverse('studio:film', args=[video_id])}#id_chapters")


@never_cache
@require_safe
def film_progress(request: HttpRequest, video_id: str) -> HttpResponse:
    """Only the part of the page that changes while the film is worked on."""
    video = access.look(request, video_id)
    if video is None:
        # Signed out, off the team, or deleted elsewhere: the whole page has to say so.
        return HttpResponseClientRedirect(reverse("studio:film", args=[video_id]))
    may = {"may": _may(access.rights(request), video)}
    return render(request, "studio/progress.html", {**work_of(request, video), **may})


@login_required
@require_POST
def retry(request: HttpRequest, video_id: str) -> HttpResponse:
    """Go on with a film from where it failed; with ``part``, only with that of it."""
    video = access.find(request, video_id, Action.PROCESS)
    actor = access.rights(request).person_id
    if part := request.POST.get("part", ""):
        if processing.try_part_again(
            video=video, part=part, actor=actor, at=clock.now()
        ):
            messages.success(request, _("It is tried again; all else stays as it is."))
        else:
            messages.info(request, _("There is nothing to try again there any more."))
    elif not processing.try_again(video=video, actor=actor, at=clock.now()):
        messages.info(request, NEEDS_FILE)
    return redirect("studio:film", video_id)


def _page(
    request: HttpRequest,
    video: queries.VideoView,
    form: FilmForm | None,
    *,
    visibility_form: VisibilityForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Show the page; without a form, what may be changed as it is now."""
    work = {**work_of(request, video), "may": _may(access.rights(request), video)}
    sent = approval.submission_of(video.video_id) if video.approval else None
    if form is None:
        texts = sent.texts if sent and not sent.is_waiting else {}
        form = FilmForm(video=video, rights=access.rights(request), texts=texts)
    files = files_of(video)
    marks = details.marks_of(video)
    context = {
        "here": "films",
        "form": form,
        "visibility_form": visibility_form or VisibilityForm(video=video, zone=_zone()),
        "languages": languages(),
        "checks": _checks(video, work["work"], files),
        "file_chapters": details.chapters_of_file(video.film.asset_id),
        "marks": marks,
        "link": _link(request, video),
        "now": clock.now(),
        "written": approval_words.written(texts_of(video)),
        "sent": sent,
        "asked": approval_words.asked(sent) if sent else (),
        "reason_max": approval.REASON_MAX,
        **work,
        **files,
        **more,
    }
    return render(request, "studio/film.html", context, status=status)


def _link(request: HttpRequest, video: queries.VideoView) -> str:
    """Return the secret address, whole, so that it can be given away."""
    if not video.link_key:
        return ""
    return request.build_absolute_uri(reverse("portal:link", args=[video.link_key]))


def _may(rights: Rights, video: queries.VideoView) -> dict[str, bool]:
    """Say what the page offers to whom."""
    names = (
        Action.EDIT, Action.SHOW, Action.PROCESS, Action.DELETE, Action.APPROVE,
        Action.SEE_LOG,
    )  # fmt: skip
    found: dict[str, bool] = {one.value: rights.may_with(one, video) for one in names}
    found["propose"] = not found["edit"] and rights.may_propose(video)
    is_own = video.created_by is not None and video.created_by == rights.person_pk
    found["take_back"] = is_own and not found["approve"]
    return found


def _zone() -> str:
    return timezone.get_current_timezone_name()


class _Forgery(CsrfViewMiddleware):
    """Django's check, that says its reason instead of answering."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:  # noqa: ARG002
        return reason


def _is_forged(request: HttpRequest) -> bool:
    """Whether another site may have sent this form (its token is not ours)."""
    check = _Forgery(_nothing)
    check.process_request(request)
    return check.process_view(request, _nothing, (), {}) is not None


def _nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse()


def _caption_count(video: queries.VideoView) -> int:
    """Count those that viewers can choose."""
    return len(caption_queries.shown_captions(video.film.asset_id))
