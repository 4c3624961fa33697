"""The door for who was invited to a team, or as a member of the portal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login as start_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lucarne.accounts import queries as people
from lucarne.accounts.errors import EmailTaken, WeakPassword
from lucarne.catalog import invitations
from lucarne.catalog.errors import BadInvitation
from lucarne.catalog.invitations import InvitationView
from lucarne.core import clock
from lucarne.studio.role_words import WHAT_THEY_MAY
from lucarne.studio.team_forms import JoinForm


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Say what it is; let her sign in or make an account, and accept.

    A GET changes nothing: mail scanners open links too.
    """
    try:
        view = invitations.look(token, at=clock.now())
        if request.method != "POST":
            return _page(request, view, JoinForm())
        if request.user.is_authenticated:
            return _accept(request, token)
        return _join(request, view, token)
    except BadInvitation as error:
        context = {"problem": str(error), "why": error.why}
        return _private(render(request, "studio/invitation.html", context, status=410))


def _accept(request: HttpRequest, token: str) -> HttpResponse:
    assert request.user.is_authenticated  # noqa: S101  invitation() saw to it
    view = invitations.accept(
        token=token, person_id=request.user.public_id, at=clock.now()
    )
    return _welcome(request, view)


def _join(request: HttpRequest, view: InvitationView, token: str) -> HttpResponse:
    form = JoinForm(request.POST)
    if form.is_valid():
        try:
            person_id = invitations.join(
                token=token,
                language=(get_language() or "en")[:2],
                at=clock.now(),
                **form.cleaned_data,
            )
        except WeakPassword as error:
            form.add_error("password", list(error.problems))
        except EmailTaken:
            return redirect("studio:invitation", token)  # the page asks to sign in
        else:
            start_session(request, people.find_person(person_id))
            return _welcome(request, view)
    return _page(request, view, form, status=422)


def _welcome(request: HttpRequest, view: InvitationView) -> HttpResponse:
    if view.channel is None:
        messages.success(request, _("Welcome. You are signed in."))
        return redirect("portal:home")
    told = _("Welcome to the team of “%(name)s”.") % {"name": view.channel.name}
    messages.success(request, told)
    return redirect("studio:films")


def _page(
    request: HttpRequest, view: InvitationView, form: JoinForm, *, status: int = 200
) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "view": view,
        "form": form,
        "role": WHAT_THEY_MAY[view.role] if view.role else "",
        "invited_by": people.names_of([view.invited_by]).get(view.invited_by, ""),
        "has_account": invitations.has_account(view),
        "is_other": user.is_authenticated and user.email != view.email,
    }
    return _private(render(request, "studio/invitation.html", context, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    # The address is a key: no page that is linked to may hear of it.
    response["Referrer-Policy"] = "same-origin"
    return response
