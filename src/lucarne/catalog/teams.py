"""The people of a channel: who they are, and what is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lucarne.accounts.roles import Role
from lucarne.catalog.errors import LastOwner, NotOnTheTeam
from lucarne.catalog.models import Channel, TeamMember
from lucarne.core import audit


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody on a channel's team."""

    person_id: str
    name: str
    email: str
    role: Role
    since: datetime


def team_of(channel_id: str) -> tuple[Member, ...]:
    """Return the people of a channel, owners first. One query."""
    rows = TeamMember.objects.filter(channel__public_id=channel_id)
    fields = ("person__public_id", "person__name", "person__email", "role", "created_at")
    found = [
        Member(person_id=person_id, name=name, email=email, role=Role(role), since=since)
        for person_id, name, email, role, since in rows.values_list(*fields)
    ]
    order = list(Role)
    return tuple(sorted(found, key=lambda one: (order.index(one.role), one.since)))


@transaction.atomic
def change_role(
    *, channel_id: str, person_id: str, role: Role, actor: str, at: datetime
) -> None:
    """Give somebody another role. Raises NotOnTheTeam, LastOwner."""
    member = _lock(channel_id, person_id)
    if member.role == role:
        return
    if member.role == Role.OWNER:
        _check_another_owner(member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    audit.record(
        actor=actor, verb="team.role_changed", subject=person_id, at=at,
        scope=channel_id, before=before, role=role,
    )  # fmt: skip


@transaction.atomic
def remove(*, channel_id: str, person_id: str, actor: str, at: datetime) -> None:
    """Take somebody off the team; her films stay. Raises NotOnTheTeam, LastOwner."""
    member = _lock(channel_id, person_id)
    if member.role == Role.OWNER:
        _check_another_owner(member)
    member.delete()
    verb = "team.left" if actor == person_id else "team.removed"
    audit.record(
        actor=actor, verb=verb, subject=person_id, at=at,
        scope=channel_id, role=member.role,
    )  # fmt: skip


def _lock(channel_id: str, person_id: str) -> TeamMember:
    """Return a row of the team, of which nobody else changes anything meanwhile."""
    # Two owners who remove each other at one moment wait for each other here.
    list(Channel.objects.select_for_update().filter(public_id=channel_id))
    member = TeamMember.objects.filter(
        channel__public_id=channel_id, person__public_id=person_id
    ).first()
    if member is None:
        raise NotOnTheTeam
    return member


def _check_another_owner(member: TeamMember) -> None:
    owners = TeamMember.objects.filter(channel=member.channel_id, role=Role.OWNER)
    if not owners.exclude(pk=member.pk).exists():
        raise LastOwner
