"""The films table, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lucarne.catalog import film_list
from lucarne.catalog.film_list import FilmRow
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.studio import access, film_csv
from lucarne.studio.film_table import TableForm, TableView
from lucarne.studio.follow.address import MOST_FILMS, follow_films
from lucarne.studio.follow.figures import rows_version_of


@never_cache
@login_required
@require_safe
def films(request: HttpRequest) -> HttpResponse:
    """Show what the address asks for; whoever works nowhere here gets to the portal."""
    if not access.works_here(request):
        return redirect("portal:home")
    form = TableForm(request.GET, channels=access.rights(request).channels())
    if not form.is_valid():
        return _refused(request, form)
    view = _view(request, form)
    page = film_list.film_page(
        view.wanted,
        order=view.order,
        is_descending=view.is_descending,
        cursor=view.cursor,
        per_page=view.per,
    )
    if view.cursor is None and page.after is None:
        count = film_list.Count(number=len(page.rows))
    else:
        count = film_list.count_films(view.wanted)
    context = {
        "here": "films",
        **_asked(form, view),
        "page": page,
        "count": count,
        "is_new": not page.rows and view.wanted.is_empty and view.cursor is None,
        "is_beyond": view.cursor is not None,
        "before": page.before and view.query(cursor=page.before),
        "after": page.after and view.query(cursor=page.after),
        **_followed(request, page.rows),
        **_may(request),
    }
    return render(request, "studio/table.html", context)


def _asked(form: TableForm, view: TableView) -> dict[str, Any]:
    """Return what the table's frame depends on, the same on each page of a view."""
    return {
        "form": form,
        "typed": form.typed(),
        "channels": form.channels,
        "view": view.without(),
    }


def _refused(request: HttpRequest, form: TableForm) -> HttpResponse:
    context = {"here": "films", **_asked(form, TableView()), **_may(request)}
    return render(request, "studio/table.html", context, status=422)


def _followed(request: HttpRequest, rows: Iterable[FilmRow]) -> dict[str, str]:
    """Say where the page hears how far those of its films are that are worked on."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    working = [row for row in rows if not (row.is_ready or row.is_failed)][:MOST_FILMS]
    follow = follow_films(
        [row.asset_id for row in working],
        language=get_language() or "en",
        person_id=request.user.public_id,
        at=clock.now(),
    )
    return {"follow": follow, "version": rows_version_of(working)}


@never_cache
@login_required
@require_safe
def films_csv(request: HttpRequest) -> HttpResponseBase:
    """Send every film that the address asks for, with its columns, as it is read."""
    form = TableForm(request.GET, channels=access.rights(request).channels())
    if not form.is_valid():
        return _refused(request, form)
    place = request.build_absolute_uri(reverse("portal:watch", args=["PLACE"]))
    before, _, after = place.partition("PLACE")
    answer = StreamingHttpResponse(
        film_csv.pieces(_view(request, form), around_id=(before, after)),
        content_type="text/csv; charset=utf-8; header=present",
    )
    name = f"films-{clock.now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _view(request: HttpRequest, form: TableForm) -> TableView:
    """Return what is asked for, of the channels of whoever asks."""
    try:
        return replace(form.view(), within=access.rights(request).within())
    except ValueError:
        raise Http404 from None


def _may(request: HttpRequest) -> dict[str, bool]:
    rights = access.rights(request)
    return {
        "may_upload": rights.may_anywhere(Action.UPLOAD),
        "may_show": rights.may_anywhere(Action.SHOW),
        "may_edit": rights.may_anywhere(Action.EDIT),
    }

