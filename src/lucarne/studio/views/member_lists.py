"""Members from a list: send a file, look at what it would do, say yes."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from lucarne.core import clock
from lucarne.core.requests import announced_bytes
from lucarne.membership import lists
from lucarne.membership.errors import BadList, UnknownList
from lucarne.membership.operations import Added
from lucarne.studio import access
from lucarne.studio.caption_forms import InMemory
from lucarne.studio.member_forms import MemberListForm

# What the multipart headers may add to the file's own bytes.
_FORM_BYTES: Final = 64 * 1024


# Exempt only out here: the check reads the body, and one that is too large must not be.
@csrf_exempt
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Take a file with a list of members."""
    access.as_owner(request)
    form = MemberListForm()
    if request.method != "POST":
        return _form(request, form)
    size = announced_bytes(request)
    if size is None or size > lists.MOST_BYTES + _FORM_BYTES:
        return _form(request, form, problem=str(BadList("large")))
    request.upload_handlers = [InMemory(request)]
    return _take(request)


@csrf_protect
def _take(request: HttpRequest) -> HttpResponse:
    form = MemberListForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            list_id = lists.keep(form.cleaned_data["file"].read(), at=clock.now())
        except BadList as error:
            form.add_error("file", str(error))
        else:
            return redirect("studio:member_list", list_id)
    return _form(request, form)


def _form(
    request: HttpRequest, form: MemberListForm, *, problem: str = ""
) -> HttpResponse:
    context = {"here": "members", "form": form, "problem": problem}
    status = 413 if problem else 422 if form.errors else 200
    return render(request, "studio/member_list_new.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_list(request: HttpRequest, list_id: str) -> HttpResponse:
    """Say what a list would do; do it."""
    rights, at = access.as_owner(request), clock.now()
    try:
        if request.method == "POST":
            added = lists.take_in(list_id=list_id, actor=rights.person_id, at=at)
            messages.success(request, _told(added))
            return redirect("studio:members")
        seen = lists.preview(list_id, at=at)
    except UnknownList as error:
        messages.info(request, str(error))
        return redirect("studio:member_list_new")
    context = {"here": "members", "seen": seen, "list_id": list_id}
    return render(request, "studio/member_list.html", context)


def _told(added: Added) -> str:
    """Say what became of a list; who was a member before is not worth a word."""
    count = added.new + added.again
    words = ngettext(
        "%(count)s member more.", "%(count)s members more.", count
    )  # fmt: skip
    if not count:
        return _("Everybody on this list is a member already.")
    return words % {"count": number_format(count, force_grouping=True)}
