"""Who is a member of the portal: the list, adding somebody, the end of a membership."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from lucarne.accounts.errors import BadEmail
from lucarne.catalog import invitations
from lucarne.core import clock
from lucarne.membership import operations, queries
from lucarne.membership.errors import AlreadyMember, PastEnd, UnknownMember
from lucarne.membership.queries import Member, MemberFilter, Standing
from lucarne.studio import access, film_csv, member_words
from lucarne.studio.member_forms import AddMemberForm, EndForm, MemberFilterForm

_NOW: Final = MemberFilter(standing=Standing.MEMBER)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest) -> HttpResponse:
    """List members; add one."""
    rights = access.as_owner(request)
    if request.method != "POST":
        return _page(request, AddMemberForm())
    form = AddMemberForm(request.POST)
    if form.is_valid():
        try:
            member = operations.add(
                email=form.cleaned_data["email"], actor=rights.person_id, at=clock.now()
            )
        except (BadEmail, AlreadyMember) as error:
            form.add_error("email", str(error))
        else:
            return _added(request, member)
    return _page(request, form, status=422)


def _added(request: HttpRequest, member: Member) -> HttpResponse:
    """Show the link to hand over; who has an account needs none."""
    if not member.has_account:
        return _with_link(request, member)
    told = _("%(email)s is a member now, and signs in as before.")
    messages.success(request, told % {"email": member.email})
    return redirect("studio:members")


def _with_link(request: HttpRequest, member: Member) -> HttpResponse:
    made = invitations.invite_to_portal(
        emails=[member.email], actor=access.rights(request).person_id, at=clock.now()
    )
    for email, token in made:
        link = request.build_absolute_uri(reverse("studio:invitation", args=[token]))
        # Shown now and never again: no redirect, nothing of it is kept.
        return _page(request, AddMemberForm(), link=link, invited=email)
    messages.info(
        request, _("There is an account for this address: no link is needed.")
    )
    return redirect("studio:members")


def _page(
    request: HttpRequest, form: AddMemberForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    at = clock.now()
    filter_form = MemberFilterForm(request.GET)
    page = queries.member_page(filter_form.wanted, number=_number(request), at=at)
    if page.number > 1 and not page.items:
        raise Http404
    asked = {
        name: request.GET[name] for name in ("q", "standing") if request.GET.get(name)
    }

    def address(number: int) -> str:
        return "?" + urlencode({**asked, "page": number})

    context = {
        "here": "members",
        "form": form,
        "filter_form": filter_form,
        "is_filtered": bool(asked),
        "query": urlencode(asked),
        "page": page,
        "rows": member_words.rows(page.items, at=at),
        "days": invitations.LIFETIME.days,
        "newer": page.has_previous and address(page.number - 1),
        "older": page.has_next and address(page.number + 1),
        **more,
    }
    return render(request, "studio/members.html", context, status=status)


def _number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked) <= 1_000_000:
        raise Http404
    return int(asked)


@login_required
@require_POST
def link(request: HttpRequest, member_id: str) -> HttpResponse:
    """Make another link for somebody who has no account yet."""
    access.as_owner(request)
    return _with_link(request, _find(member_id))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, member_id: str) -> HttpResponse:
    """Ask when, then end a membership."""
    rights = access.as_owner(request)
    member = _find(member_id)
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.end(
                member_id=member_id, ends_at=form.ends_at, actor=rights.person_id,
                at=clock.now(),
            )  # fmt: skip
        except PastEnd as error:
            form.add_error("day", str(error))
        else:
            told = _("The membership of %(email)s ends.") % {"email": member.email}
            messages.success(request, told)
            return redirect("studio:members")
    context = {"here": "members", "member": member, "form": form}
    status = 422 if form.errors else 200
    return render(request, "studio/member_end.html", context, status=status)


@login_required
@require_POST
def take_up(request: HttpRequest, member_id: str) -> HttpResponse:
    """Let a membership begin again, or go on."""
    rights = access.as_owner(request)
    member = _find(member_id)
    operations.take_up(member_id=member_id, actor=rights.person_id, at=clock.now())
    told = _("%(email)s is a member again.") % {"email": member.email}
    messages.success(request, told)
    return redirect("studio:members")


def _find(member_id: str) -> Member:
    try:
        return queries.find_member(member_id)
    except UnknownMember:
        raise Http404 from None


@never_cache
@login_required
@require_safe
def members_csv(request: HttpRequest) -> HttpResponseBase:
    """Send all members that the address asks for, as they are read."""
    access.as_owner(request)
    at = clock.now()
    found = queries.each_member(MemberFilterForm(request.GET).wanted, at=at)
    return _file("members", member_words.csv_rows(found, at=at))


@never_cache
@login_required
@require_POST
def links_csv(request: HttpRequest) -> HttpResponseBase:
    """Make a link for each member who has no account, and send them all."""
    rights = access.as_owner(request)
    at = clock.now()
    around = request.build_absolute_uri(reverse("studio:invitation", args=["PLACE"]))
    # Who they are is read first: the links are written while the file is sent.
    emails = [
        one.email for one in queries.each_member(_NOW, at=at) if not one.has_account
    ]
    made = invitations.invite_to_portal(emails=emails, actor=rights.person_id, at=at)
    return _file("links", member_words.link_rows(made, around.split("PLACE")))


def _file(name: str, rows: Iterable[list[film_csv.Cell]]) -> HttpResponseBase:
    pieces: Iterator[str] = film_csv.in_pieces(rows)
    answer = StreamingHttpResponse(
        pieces, content_type="text/csv; charset=utf-8; header=present"
    )
    shown = f"{name}-{clock.now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{shown}"'
    return answer
