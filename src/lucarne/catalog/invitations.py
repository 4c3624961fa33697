"""Invitations: a link that works once, for a week, to join a team or make an account."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from lucarne.accounts import operations as accounts
from lucarne.accounts.queries import (
    clean_email,
    find_by_email,
    find_person,
    token_digest,
    with_account,
)
from lucarne.accounts.roles import Role
from lucarne.catalog.errors import BadInvitation, OnTheTeam
from lucarne.catalog.models import Channel, Invitation, TeamMember
from lucarne.catalog.queries import ChannelView
from lucarne.core import audit, ids

LIFETIME: Final = timedelta(days=7)
# How long a spent link can still say why it opens nothing.
_KEPT_FOR: Final = timedelta(days=90)
_BATCH: Final = 500


@dataclass(frozen=True, kw_only=True)
class InvitationView:
    """``channel`` and ``role`` are None where it makes an account, and nothing else."""

    invitation_id: str
    channel: ChannelView | None
    email: str
    role: Role | None
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
    _open(at=at).filter(channel=channel, email=email).update(revoked_at=at)
    token, row = _new(email, channel=channel, role=role, actor=actor, at=at)
    row.save()
    audit.record(
        actor=actor, verb="team.invited", subject=row.public_id, at=at,
        scope=channel_id, role=role,
    )  # fmt: skip
    return token, _view(row)


def invite_to_portal(
    *, emails: Iterable[str], actor: str, at: datetime
) -> Iterator[tuple[str, str]]:
    """Yield each address with the token of a link by which she makes an account.

    Addresses are as accounts spells them. Those who have an account need none and are
    left out; an earlier link for the same address ends. A few hundred at a time, each
    batch in a transaction of its own.
    """
    rest = iter(emails)
    while batch := list(islice(rest, _BATCH)):
        yield from _invite_some(batch, actor=actor, at=at)


@transaction.atomic
def _invite_some(
    batch: list[str], *, actor: str, at: datetime
) -> list[tuple[str, str]]:
    known = with_account(batch)
    wanted = [email for email in batch if email not in known]
    _open(at=at).filter(channel=None, email__in=wanted).update(revoked_at=at)
    made = [_new(email, actor=actor, at=at) for email in wanted]
    Invitation.objects.bulk_create(row for _token, row in made)
    entries = [audit.Entry(row.public_id, "", {}) for _token, row in made]
    audit.record_each(actor=actor, verb="member.invited", entries=entries, at=at)
    return [(row.email, token) for token, row in made]


def _new(
    email: str,
    *,
    channel: Channel | None = None,
    role: str = "",
    actor: str,
    at: datetime,
) -> tuple[str, Invitation]:
    """Return the token of a link, and its row, which is not saved yet."""
    token = secrets.token_urlsafe(32)
    row = Invitation(
        public_id=ids.new("inv"), digest=token_digest(token), channel=channel,
        email=email, role=role, invited_by=actor, created_at=at, expires_at=at + LIFETIME,
    )  # fmt: skip
    return token, row


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
    """Let a person join the team, where it is to one. Raises BadInvitation.

    Compare-and-set: of two clicks at once, one is an answer to the invitation.
    """
    view = look(token, at=at)
    person = find_person(person_id)
    if person is None or person.email != view.email:
        raise BadInvitation("other_person")
    mine = Invitation.objects.filter(public_id=view.invitation_id)
    if not mine.filter(used_at=None, revoked_at=None).update(used_at=at):
        raise BadInvitation("used")
    if view.channel is None or view.role is None:
        return view
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
        channel=ChannelView(channel.public_id, channel.slug, channel.name)
        if channel
        else None,
        email=row.email,
        role=Role(row.role) if row.role else None,
        invited_by=row.invited_by,
        expires_at=row.expires_at,
    )


def forget(*, at: datetime) -> None:
    """Forget links that ended so long ago that nobody asks why."""
    Invitation.objects.filter(expires_at__lt=at - _KEPT_FOR).delete()
