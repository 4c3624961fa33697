"""Changing many films: choose what, see what would change, do it, undo it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from lucarne.accounts import queries as people
from lucarne.catalog import bulk, bulk_history, bulk_preview
from lucarne.catalog.bulk_preview import Selection
from lucarne.catalog.errors import CatalogError, UnknownEdit
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.studio import access, bulk_words, film_table
from lucarne.studio.bulk_form import BulkForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Ask what is to change, show what would, and do it.

    Asking and showing are addresses that one can go back to; only doing is a POST.
    """
    if request.method != "POST":
        asked = request.GET if "preview" in request.GET else None
        form = BulkForm(asked, rights=access.rights(request))
        return _ask(request, request.GET, form)
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    form, problem = BulkForm(request.POST, rights=access.rights(request)), ""
    if form.is_valid():
        try:
            edit_id = bulk.change(
                selection=_selection(request, request.POST),
                changes=form.changes(),
                digest=request.POST.get("digest", ""),
                actor=request.user.public_id,
                at=clock.now(),
            )
        except CatalogError as error:
            problem = str(error)
        else:
            return _to_change(request, edit_id)
    return _ask(request, request.POST, form, problem=problem)


def _ask(
    request: HttpRequest, asked: QueryDict, form: BulkForm, *, problem: str = ""
) -> HttpResponse:
    """Show the form, and under it what would change once it is filled in."""
    selection = _selection(request, asked)
    context: dict[str, Any] = {
        "here": "films",
        "form": form,
        "view": _view(request, asked),
        "scope": asked.get("scope", ""),
        "film_ids": selection.video_ids,
        "films": bulk_preview.count(selection),
    }
    if context["films"] and form.is_bound and form.is_valid():
        try:
            seen = bulk_preview.preview(
                selection=selection, changes=form.changes(), at=clock.now()
            )
        except CatalogError as error:
            problem = str(error)
        else:
            context |= {"seen": seen, "rows": bulk_words.rows(seen.shown)}
    if problem:
        form.add_error(None, problem)
    status = 422 if form.errors or not context["films"] else 200
    return render(request, "studio/change.html", context, status=status)


def _view(request: HttpRequest, asked: QueryDict) -> film_table.TableView:
    channels = access.rights(request).channels
    return film_table.view_of(asked.get("view", ""), channels)


def _to_change(request: HttpRequest, edit_id: str) -> HttpResponse:
    view = _view(request, request.POST).query()
    address = reverse("studio:changed", args=[edit_id])
    return redirect(f"{address}?{urlencode({'view': view})}" if view else address)


@never_cache
@login_required
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """List what was changed on many films in the last days."""
    edits = bulk_history.recent_edits(access.rights(request))
    names = people.names_of([edit.actor for edit in edits])
    rows = [
        {
            "edit": edit,
            "asked": bulk_words.asked(edit.changes),
            "name": names.get(edit.actor, ""),
        }
        for edit in edits
    ]
    context = {"here": "films", "rows": rows, "days": bulk.KEPT_FOR.days}
    return render(request, "studio/changes.html", context)


@never_cache
@login_required
@require_safe
def changed(request: HttpRequest, edit_id: str) -> HttpResponse:
    """Show one change, and the way back."""
    try:
        edit = bulk_history.edit_view(edit_id, access.rights(request))
    except UnknownEdit:
        raise Http404 from None
    lines = bulk_history.edit_lines(edit_id, access.rights(request))
    rows = bulk_words.rows([line.change for line in lines])
    context = {
        "here": "films",
        "edit": edit,
        "name": people.names_of([edit.actor]).get(edit.actor, ""),
        "asked": bulk_words.asked(edit.changes),
        "rows": zip(rows, [line.state for line in lines], strict=True),
        "left_out": edit.films - len(lines),
        "view": _view(request, request.GET),
        "may_undo": access.rights(request).may_anywhere(Action.EDIT),
    }
    return render(request, "studio/changed.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, edit_id: str) -> HttpResponse:
    """Give the films what they had before, and say which ones keep what they have."""
    rights = access.rights(request)
    if not rights.may_anywhere(Action.EDIT):
        raise access.denied()
    try:
        bulk_history.edit_view(edit_id, rights)
        found = bulk.undo(
            edit_id=edit_id, rights=rights, actor=rights.person_id, at=clock.now()
        )
    except UnknownEdit:
        raise Http404 from None
    if found.restored:
        words = ngettext(
            "%(count)d film is as it was before.",
            "%(count)d films are as they were before.",
            found.restored,
        )
        messages.success(request, words % {"count": found.restored})
    if found.changed_since:
        words = ngettext(
            "%(count)d film was changed since and keeps what it has now.",
            "%(count)d films were changed since and keep what they have now.",
            found.changed_since,
        )
        messages.warning(request, words % {"count": found.changed_since})
    if found.gone:
        words = ngettext(
            "%(count)d film was deleted since.",
            "%(count)d films were deleted since.",
            found.gone,
        )
        messages.warning(request, words % {"count": found.gone})
    if found.excluded:
        words = ngettext(
            "%(count)d film stays as it is: your role does not allow to change it so.",
            "%(count)d films stay as they are: your role does not allow to change them so.",
            found.excluded,
        )
        messages.warning(request, words % {"count": found.excluded})
    if not any((found.restored, found.changed_since, found.gone, found.excluded)):
        messages.info(request, _("This change is undone already."))
    return _to_change(request, edit_id)


def _selection(request: HttpRequest, asked: QueryDict) -> Selection:
    rights = access.rights(request)
    if asked.get("scope") == "all":
        return Selection(wanted=_view(request, asked).wanted, rights=rights)
    chosen = tuple(dict.fromkeys(asked.getlist("film")))
    return Selection(video_ids=chosen, rights=rights)
