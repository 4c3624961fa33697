"""What a request is told that does not carry the token of its own pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure

from lucarne.core.requests import wants_json


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a script in JSON; whoever has signed in anew is given her new token.

    Pages of other sites cannot read the answer.
    """
    if not wants_json(request):
        return csrf_failure(request, reason)
    if not request.user.is_authenticated:
        sentence = _("You are signed out. Sign in in another tab, then try again.")
        return JsonResponse({"error": sentence}, status=401)
    sentence = _("You have signed in anew. Try once more.")
    told = {"error": sentence, "token": get_token(request)}
    return JsonResponse(told, status=403)
