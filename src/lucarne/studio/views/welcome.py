"""The first visit of a new portal."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login as start_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lucarne.accounts import queries as people
from lucarne.accounts.views import MAY_SET_UP
from lucarne.core import clock
from lucarne.studio import operations
from lucarne.studio.errors import BadSetUp
from lucarne.studio.forms import LANGUAGES, WelcomeForm


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Open for whoever came by the setup link, until there is an owner."""
    if people.has_owner():
        return redirect("studio:films")
    if not request.session.get(MAY_SET_UP):
        return render(request, "studio/closed.html", {"code": 403}, status=403)
    if request.method != "POST":
        return render(request, "studio/welcome.html", {"form": WelcomeForm()})
    language = request.POST.get("language", "")
    if language in dict(LANGUAGES):
        translation.activate(language)
    if "refresh" in request.POST:
        return _in_language(request, language)
    form = WelcomeForm(request.POST)
    if form.is_valid():
        try:
            operations.set_up(**form.cleaned_data, at=clock.now())
        except BadSetUp as error:
            form.add_error(error.field, str(error))
        else:
            return _enter(request, language)
    return render(request, "studio/welcome.html", {"form": form}, status=422)


def _in_language(request: HttpRequest, language: str) -> HttpResponse:
    """Show the same page in the chosen language; what was typed stays."""
    form = WelcomeForm(initial=request.POST.dict())
    # Only ever in the answer to the request that carried it.
    form.fields["password"].widget.render_value = True
    response = render(request, "studio/welcome.html", {"form": form})
    return _remember(response, language)


def _enter(request: HttpRequest, language: str) -> HttpResponse:
    """Sign in whoever just became the owner; somebody else was first otherwise."""
    request.session.pop(MAY_SET_UP, None)
    owner = people.find_by_email(request.POST["email"])
    if owner is not None and owner.check_password(request.POST["password"]):
        start_session(request, owner)
    return _remember(redirect("studio:films"), language)


def _remember(response: HttpResponse, language: str) -> HttpResponse:
    if language in dict(LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response
