"""What waits for approval: the list, and what an editor does with it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lucarne.catalog import approval
from lucarne.catalog.approval import SubmissionView
from lucarne.catalog.errors import (
    EditedMeanwhile,
    NoReason,
    NotAllowed,
    NothingWaits,
)
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.studio import access, approval_words


@never_cache
@login_required
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """List what somebody may approve, and what she sent herself."""
    rights = access.rights(request)
    context = {
        "here": "approvals",
        "may_approve": rights.may_anywhere(Action.APPROVE),
        "waiting": list(map(_row, approval.waiting_for(rights)))
        if rights.may_anywhere(Action.APPROVE)
        else [],
        "sent": list(map(_row, approval.sent_by(rights))),
    }
    return render(request, "studio/approvals.html", context)


def _row(one: SubmissionView) -> dict[str, object]:
    return {"sent": one, "asked": approval_words.asked(one)}


@login_required
@require_POST
def approve(request: HttpRequest, video_id: str) -> HttpResponse:
    """Do what was asked for."""
    access.find(request, video_id, Action.APPROVE)
    try:
        approval.approve(
            video_id=video_id,
            submission_id=request.POST.get("submission", ""),
            rights=access.rights(request),
            at=clock.now(),
        )
    except NotAllowed:
        raise access.denied() from None
    except (NothingWaits, EditedMeanwhile) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is approved."))
    return redirect("studio:film", video_id)


@login_required
@require_POST
def send_back(request: HttpRequest, video_id: str) -> HttpResponse:
    """Say what has to be mended first."""
    access.find(request, video_id, Action.APPROVE)
    try:
        approval.send_back(
            video_id=video_id,
            submission_id=request.POST.get("submission", ""),
            reason=request.POST.get("reason", ""),
            rights=access.rights(request),
            at=clock.now(),
        )
    except (NothingWaits, NoReason) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is sent back, with your reason."))
    return redirect("studio:film", video_id)


@login_required
@require_POST
def take_back(request: HttpRequest, video_id: str) -> HttpResponse:
    """Let its sender work on it again."""
    access.find(request, video_id, Action.SEE)
    try:
        approval.take_back(
            video_id=video_id, rights=access.rights(request), at=clock.now()
        )
    except NotAllowed:
        raise access.denied() from None
    messages.success(request, _("It waits no longer: work on it, then send it again."))
    return redirect("studio:film", video_id)
