"""Channels and their teams: who is on them, invited, given a role, taken off."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from lucarne.accounts import queries as people
from lucarne.accounts.errors import BadEmail
from lucarne.accounts.roles import Role
from lucarne.catalog import invitations, operations as catalog, teams
from lucarne.catalog.errors import EmptyTitle, NotOnTheTeam, OnTheTeam, TeamError
from lucarne.catalog.queries import ChannelView
from lucarne.catalog.rights import Action
from lucarne.core import clock
from lucarne.studio import access
from lucarne.studio.role_words import ROLES
from lucarne.studio.team_forms import InviteForm, NameForm, RoleForm


@never_cache
@login_required
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """List the channels of whoever asks, and what she is to each."""
    rights = access.rights(request)
    rows = [
        {
            "channel": channel,
            "role": ROLES[role],
            "may_manage": rights.may(Action.MANAGE, channel.channel_id),
            "may_leave": channel.channel_id in rights.teams,
        }
        for channel in rights.channels()
        if (role := rights.role(channel.channel_id))
    ]
    context = {
        "here": "channels", "rows": rows, "is_everything": rights.is_unlimited
    }  # fmt: skip
    return render(request, "studio/channels.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Show the team of a channel; invite somebody to it."""
    channel = access.channel(request, channel_id, Action.MANAGE)
    if request.method != "POST":
        return _page(request, channel, InviteForm())
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            token, invited = invitations.invite(
                channel_id=channel_id,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                actor=access.rights(request).person_id,
                at=clock.now(),
            )
        except (BadEmail, OnTheTeam) as error:
            form.add_error("email", str(error))
        else:
            link = request.build_absolute_uri(reverse("studio:invitation", args=[token]))
            # Shown now and never again: no redirect, nothing of it is kept.
            return _page(request, channel, InviteForm(), link=link, invited=invited)
    return _page(request, channel, form, status=422)


def _page(
    request: HttpRequest,
    channel: ChannelView,
    form: InviteForm,
    *,
    name_form: NameForm | None = None,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    at = clock.now()
    waiting = invitations.waiting(channel.channel_id, at=at)
    context = {
        "here": "channels",
        "channel": channel,
        "form": form,
        "name_form": name_form or NameForm(initial={"name": channel.name}),
        "members": [
            {"member": one, "role": ROLES[one.role]}
            for one in teams.team_of(channel.channel_id)
        ],
        "roles": ROLES.items(),
        "waiting": [{"one": one, "role": ROLES[one.role] if one.role else ""} for one in waiting],
        "days": invitations.LIFETIME.days,
        "me": access.rights(request).person_id,
        "hands_links": access.rights(request).is_unlimited,
        **more,
    }
    return render(request, "studio/team.html", context, status=status)


@login_required
@require_POST
def rename(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Call the channel otherwise."""
    channel = access.channel(request, channel_id, Action.MANAGE)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            catalog.rename_channel(
                channel_id=channel_id,
                name=form.cleaned_data["name"],
                actor=access.rights(request).person_id,
                at=clock.now(),
            )
        except EmptyTitle:
            form.add_error("name", _("Give the channel a name."))
        else:
            messages.success(request, _("The channel is renamed."))
            return redirect("studio:team", channel_id)
    return _page(request, channel, InviteForm(), name_form=form, status=422)


@login_required
@require_POST
def change_role(request: HttpRequest, channel_id: str, person_id: str) -> HttpResponse:
    """Give somebody another role."""
    access.channel(request, channel_id, Action.MANAGE)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    role = Role(form.cleaned_data["role"])
    try:
        teams.change_role(
            channel_id=channel_id, person_id=person_id, role=role,
            actor=access.rights(request).person_id, at=clock.now(),
        )  # fmt: skip
    except TeamError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The role is changed."))
    is_own = person_id == access.rights(request).person_id
    if is_own and role is not Role.OWNER and not access.rights(request).is_unlimited:
        return redirect("studio:channels")
    return redirect("studio:team", channel_id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, channel_id: str, person_id: str) -> HttpResponse:
    """Ask, then take somebody off the team; everybody may leave it herself."""
    me = access.rights(request).person_id
    action = Action.SEE if person_id == me else Action.MANAGE
    channel = access.channel(request, channel_id, action)
    if request.method != "POST":
        name = people.names_of([person_id]).get(person_id)
        if name is None:
            raise Http404
        context = {
            "here": "channels", "channel": channel, "name": name,
            "is_me": person_id == me,
        }  # fmt: skip
        return render(request, "studio/team_remove.html", context)
    try:
        teams.remove(
            channel_id=channel_id, person_id=person_id, actor=me, at=clock.now()
        )
    except NotOnTheTeam:
        pass  # as it should be
    except TeamError as error:
        messages.error(request, str(error))
        return redirect("studio:channels")
    if person_id == me:
        told = _("You have left the team of “%(name)s”.") % {"name": channel.name}
        messages.success(request, told)
        return redirect("studio:films")  # or to the portal, if it was her last team
    messages.success(request, _("This person is not on the team any more."))
    return redirect("studio:team", channel_id)


@login_required
@require_POST
def revoke(request: HttpRequest, channel_id: str, invitation_id: str) -> HttpResponse:
    """End an invitation."""
    access.channel(request, channel_id, Action.MANAGE)
    invitations.revoke(
        channel_id=channel_id, invitation_id=invitation_id,
        actor=access.rights(request).person_id, at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("The invitation is revoked: its link opens nothing."))
    return redirect("studio:team", channel_id)
