"""Doors of accounts: sign in, sign out, change a password."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth import (
    login as start_session,
    logout as end_session,
    update_session_auth_hash,
)
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.formats import time_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from lucarne.accounts import operations, queries
from lucarne.accounts.errors import TooManyAttempts, WeakPassword, WrongCredentials
from lucarne.accounts.forms import PasswordForm, SignInForm
from lucarne.core import clock

# Session keys: who may make the first visit; who may set a password without the old.
MAY_SET_UP = "lucarne_may_set_up"
CAME_BY_LINK = "lucarne_came_by_link"
AFTER_SIGN_IN = "studio:films"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Email and password; ``?next=`` says where to go on, on this site only."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next(request))
    form = SignInForm(request.POST or None)
    status = 200
    retry_after_s = 0
    if request.method == "POST":
        status = 422
        if form.is_valid():
            at = clock.now()
            try:
                person = operations.sign_in(
                    email=form.cleaned_data["email"],
                    password=form.cleaned_data["password"],
                    address=_address(request),
                    at=at,
                )
            except WrongCredentials as error:
                form.add_error(None, str(error))
            except TooManyAttempts as error:
                status = 429
                retry_after_s = math.ceil((error.until - at).total_seconds())
                form.add_error(None, _wait_sentence(error.until, at))
            else:
                start_session(request, person)
                return HttpResponseRedirect(_next(request))
    response = render(
        request,
        "accounts/sign_in.html",
        {
            "form": form,
            "next": request.POST.get("next", request.GET.get("next", "")),
            "is_new": not queries.has_owner(),
        },
        status=status,
    )
    if retry_after_s:
        response["Retry-After"] = str(retry_after_s)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button for a link, spend the link when it is pressed.

    A GET changes nothing: mail scanners and browsers that fetch ahead open links too.
    """
    if request.method != "POST":
        kind = queries.link_kind(token, at=clock.now())
        status = 200 if kind else 410
        response = render(
            request,
            "accounts/sign_in_link.html",
            {"kind": kind.value if kind else "", "token": token},
            status=status,
        )
        # The address is a key: no page we link to may hear of it.
        response["Referrer-Policy"] = "same-origin"
        patch_cache_control(response, no_store=True)
        return response
    found = operations.use_sign_in_link(token=token, at=clock.now())
    if found is None:
        return render(request, "accounts/sign_in_link.html", {"kind": ""}, status=410)
    request.session.flush()
    if found is operations.SETUP:
        request.session[MAY_SET_UP] = True
        return redirect("studio:welcome")
    start_session(request, found)
    request.session[CAME_BY_LINK] = True
    return HttpResponseRedirect(_next(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and go to the front page."""
    if request.user.is_authenticated:
        operations.sign_out(person=request.user, at=clock.now())
    end_session(request)
    return redirect("portal:home")


@sensitive_post_parameters("current", "new")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; every other session of the person ends."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    asks_current = not request.session.get(CAME_BY_LINK, False)
    form = PasswordForm(request.POST or None, asks_current=asks_current)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _change_password(request, form):
            update_session_auth_hash(request, request.user)
            request.session.pop(CAME_BY_LINK, None)
            messages.success(request, _("Your password is changed."))
            return redirect(AFTER_SIGN_IN)
    return render(request, "accounts/password.html", {"form": form}, status=status)


def _change_password(request: HttpRequest, form: PasswordForm) -> bool:
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    at = clock.now()
    new = form.cleaned_data["new"]
    try:
        if "current" in form.fields:
            operations.change_password(
                person=request.user,
                current=form.cleaned_data["current"],
                new=new,
                address=_address(request),
                at=at,
            )
        else:
            operations.set_password(person=request.user, new=new, at=at)
    except WeakPassword as error:
        form.add_error("new", list(error.problems))
    except WrongCredentials:
        form.add_error("current", _("This is not your current password."))
    except TooManyAttempts as error:
        form.add_error(None, _wait_sentence(error.until, at))
    else:
        return True
    return False


def _wait_sentence(until: datetime, at: datetime) -> str:
    minutes = max(1, math.ceil((until - at).total_seconds() / 60))
    shown = localtime(until + timedelta(seconds=59))  # the minute when it is open again
    return ngettext(
        "Too many attempts. Try again in %(minutes)d minute, at %(time)s.",
        "Too many attempts. Try again in %(minutes)d minutes, at %(time)s.",
        minutes,
    ) % {"minutes": minutes, "time": time_format(shown, "TIME_FORMAT")}


def _next(request: HttpRequest) -> str:
    """Where to go on: a page of this site, or the workspace."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return redirect(AFTER_SIGN_IN)["Location"]


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
