"""A way back in for somebody who forgot her password: a link that the owner hands over.

It signs in as her, so only the portal's owner makes one, who could run the command that
prints one too. The log says so.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lucarne.accounts import operations, queries
from lucarne.core import clock
from lucarne.studio import access


@never_cache
@login_required
@require_POST
def sign_in_link(request: HttpRequest, person_id: str) -> HttpResponse:
    """Make a link for somebody by which she chooses another password."""
    rights = access.as_owner(request)
    person = queries.find_person(person_id)
    if person is None:
        raise Http404
    token = operations.issue_sign_in_link(
        person=person,
        actor=rights.person_id,
        lifetime=operations.HANDED_LIFETIME,
        at=clock.now(),
    )
    path = reverse("accounts:sign_in_link", args=[token])
    then = urlencode({"next": reverse("accounts:password")})
    # Shown now and never again: no redirect, nothing of it is kept.
    context = {
        "here": "members" if "member" in request.POST else "channels",
        "person": person,
        "link": request.build_absolute_uri(f"{path}?{then}"),
        "hours": operations.HANDED_LIFETIME.days * 24,
    }
    return render(request, "studio/sign_in_link.html", context)
