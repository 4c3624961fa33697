"""Invitations to a channel's team: a link that works once, for a week."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from lucarne.accounts import operations as accounts
from lucarne.accounts.queries import (
    clean_email,
    find_by_email,
    find_person,
    token_digest,
)
from lucarne.accounts.roles import Role
from lucarne.catalog.errors import BadInvitation, OnTheTeam
from lucarne.catalog.models import Channel, Invitation, TeamMember
from lucarne.catalog.queries import ChannelView
from lucarne.core import audit, ids

LIFETIME: Final = timedelta(days=7)
# How long a spent link can still say why it opens nothing.
_KEPT_FOR: Final = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class InvitationView:
    invitation_id: str
    channel: ChannelView
    email: str
    role: Role
    invited_by: str
    expires_at: datetime


@transaction.atomic
def invite(
    *, channel_id: str, email: str, role: Role, actor: str, at: datetime
) -> tuple[str, InvitationView]:
    """Return the token of a link, which nobody can be shown again, and what it is.

    An earlier link for the same address ends. Raises BadEmail, OnTheTeam.
    """
    email = clean_email(email)
    channel = Channel.objects.get(public_id=channel_id)
    if TeamMember.objects.filter(channel=channel, person__email=email).exists():
        raise OnTheTeam(email)
    Invitation.objects.filter(expires_at__lt=at - _KEPT_FOR).delete()
    _open(at=at).filter(channel=channel, email=email).update(revoked_at=at)
    token = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        public_id=ids.new("inv"), digest=token_digest(token), channel=channel,
        email=email, role=role, invited_by=actor, created_at=at, expires_at=at + LIFETIME,
    )  # fmt: skip
    audit.record(
        actor=actor, verb="team.invited", subject=row.public_id, at=at,
        scope=channel_id, role=role,
    )  # fmt: skip
    return token, _view(row)


@transaction.atomic
def revoke(
    *, channel_id: str, invitation_id: str, actor: str, at: datetime
) -> None:
    """End a link at once; one that is spent stays so."""
    open_ = _open(at=at).filter(channel__public_id=channel_id, public_id=invitation_id)
    if open_.update(revoked_at=at):
        audit.record(
            actor=actor, verb="team.invitation_revoked", subject=invitation_id, at=at,
            scope=channel_id,
        )  # fmt: skip


def waiting(channel_id: str, *, at: datetime) -> tuple[InvitationView, ...]:
    """Return the links of a channel that still work, newest first. One query."""
    found = _open(at=at).filter(channel__public_id=channel_id)
    return tuple(map(_view, found.order_by("-created_at", "-pk")))


def emails_of(invitation_ids: set[str]) -> dict[str, str]:
    """Return whom these invitations were for, by their ids."""
    rows = Invitation.objects.filter(public_id__in=invitation_ids)
    return dict(rows.values_list("public_id", "email"))


def look(token: str, *, at: datetime) -> InvitationView:
    """Return what a link is. Raises BadInvitation."""
    row = _rows().filter(digest=token_digest(token)).first()
    if row is None:
        raise BadInvitation("unknown")
    if row.used_at is not None:
        raise BadInvitation("used")
    if row.revoked_at is not None:
        raise BadInvitation("revoked")
    if row.expires_at <= at:
        raise BadInvitation("expired")
    return _view(row)


@transaction.atomic
def accept(*, token: str, person_id: str, at: datetime) -> InvitationView:
    """Let a person join the team. Raises BadInvitation.

    Compare-and-set: of two clicks at once, one is an answer to the invitation.
    """
    view = look(token, at=at)
    person = find_person(person_id)
    if person is None or person.email != view.email:
        raise BadInvitation("other_person")
    mine = Invitation.objects.filter(public_id=view.invitation_id)
    if not mine.filter(used_at=None, revoked_at=None).update(used_at=at):
        raise BadInvitation("used")
    channel = Channel.objects.get(public_id=view.channel.channel_id)
    _member, is_new = TeamMember.objects.get_or_create(
        channel=channel, person_id=person.pk,
        defaults={"role": view.role, "created_at": at},
    )  # fmt: skip
    if is_new:
        audit.record(
            actor=person_id, verb="team.joined", subject=person_id, at=at,
            scope=channel.public_id, role=view.role, invitation=view.invitation_id,
        )  # fmt: skip
    return view


@transaction.atomic
def join(
    *, token: str, name: str, language: str, password: str, at: datetime
) -> str:
    """Make an account for whom the link was written, and accept; returns her id.

    Raises BadInvitation, EmailTaken, WeakPassword.
    """
    view = look(token, at=at)
    person = accounts.create_person(
        email=view.email, name=name, language=language, password=password, at=at
    )
    accept(token=token, person_id=person.public_id, at=at)
    return person.public_id


def has_account(view: InvitationView) -> bool:
    """Whether whoever it is for signs in here already."""
    return find_by_email(view.email) is not None


def _rows() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("channel")


def _open(*, at: datetime) -> QuerySet[Invitation]:
    return _rows().filter(used_at=None, revoked_at=None, expires_at__gt=at)


def _view(row: Invitation) -> InvitationView:
    channel = row.channel
    return InvitationView(
        invitation_id=row.public_id,
        channel=ChannelView(channel.public_id, channel.slug, channel.name),
        email=row.email,
        role=Role(row.role),
        invited_by=row.invited_by,
        expires_at=row.expires_at,
    )
