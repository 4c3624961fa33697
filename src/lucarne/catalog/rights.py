"""Who may do what with which channel and film.

The table of rights is ``accounts.roles``; here it meets the people of a channel. The
portal's owner may do everything, and so may whoever runs commands on its machine.

A contributor changes her films as long as nobody but the team can watch them. What is
open, scheduled or waits for approval stays as it was approved: she sends what she
wants changed (``catalog.approval``).

Asked anew for each request, never kept: who is taken off a team is out at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from django.db.models import Q

from lucarne.accounts.roles import RIGHTS, Action, Reach, Role
from lucarne.catalog.errors import NotAllowed
from lucarne.catalog.models import TeamMember, Video
from lucarne.catalog.queries import ChannelView, VideoView, Viewer, channels, find

__all__ = ["Action", "Role"]

# Nobody but the team can watch a film that is so.
CLOSED: Final = frozenset({Video.Visibility.PRIVATE, Video.Visibility.DRAFT})
# What a contributor may only do while the film is closed and waits for nobody.
_WHILE_CLOSED: Final = frozenset({Action.EDIT, Action.DELETE})


class FilmFacts(NamedTuple):
    """What rights depend on."""

    channel_id: str
    created_by: int | None  # key of the person
    visibility: str
    approval: str

    @property
    def is_free(self) -> bool:
        """Whether nobody but the team can watch it, and nobody is asked to approve it."""
        return self.visibility in CLOSED and self.approval != Video.Approval.WAITING


class TeamChannel(NamedTuple):
    """A channel of somebody, and what she is to it."""

    pk: int
    channel: ChannelView
    role: Role


class Asker(Protocol):
    """Whoever asks: a person, nobody, or Rights that were asked for before."""

    @property
    def is_authenticated(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What one person may do, as of this request."""

    person_pk: int | None = None
    person_id: str = ""
    is_unlimited: bool = False
    teams: Mapping[str, TeamChannel] = field(default_factory=dict)  # by channel id

    @property
    def is_authenticated(self) -> bool:
        return self.is_unlimited or self.person_pk is not None

    @property
    def is_on_a_team(self) -> bool:
        return self.is_unlimited or bool(self.teams)

    def role(self, channel_id: str) -> Role | None:
        """Return the role in a channel; the portal's owner is every channel's."""
        if self.is_unlimited:
            return Role.OWNER
        team = self.teams.get(channel_id)
        return team.role if team else None

    def reach(self, action: Action, channel_id: str) -> Reach:
        """Return which films of a channel an action may be done with."""
        role = self.role(channel_id)
        return RIGHTS[action][role] if role else Reach.NONE

    def may(self, action: Action, channel_id: str) -> bool:
        """Whether it may be done with the channel: with some of its films, if not all."""
        return self.reach(action, channel_id) is not Reach.NONE

    def may_anywhere(self, action: Action) -> bool:
        """Whether it may be done in at least one channel."""
        return self.is_unlimited or any(
            RIGHTS[action][team.role] for team in self.teams.values()
        )

    def may_with(self, action: Action, film: VideoView | FilmFacts) -> bool:
        """Whether it may be done with this film, as it is now."""
        facts = facts_of(film) if isinstance(film, VideoView) else film
        reach = self.reach(action, facts.channel_id)
        if reach is not Reach.OWN:
            return reach is Reach.ALL
        is_own = facts.created_by is not None and facts.created_by == self.person_pk
        return is_own and (facts.is_free or action not in _WHILE_CLOSED)

    def may_publish(self, visibility: str, channel_id: str) -> bool:
        """Whether a new film may go into a channel and be watched by those."""
        action = Action.UPLOAD if visibility in CLOSED else Action.SHOW
        return self.may(action, channel_id)

    def may_propose(self, video: VideoView) -> bool:
        """Whether she may send for approval what she wants changed of an own film."""
        facts = facts_of(video)
        return (
            self.reach(Action.EDIT, facts.channel_id) is Reach.OWN
            and facts.created_by == self.person_pk
            and facts.approval != Video.Approval.WAITING
        )

    def may_move(self, film: FilmFacts, channel_id: str) -> bool:
        """Whether a film that she may edit may go to another channel.

        There it may be shown to nobody whom she could not show it to.
        """
        if channel_id == film.channel_id:
            return True
        if self.reach(Action.SHOW, channel_id):
            return True
        return film.is_free and self.may(Action.UPLOAD, channel_id)

    def within(self, action: Action = Action.SEE) -> tuple[int, ...] | None:
        """Return the keys of the channels where it may be done; None: everywhere."""
        if self.is_unlimited:
            return None
        return tuple(
            team.pk for team in self.teams.values() if RIGHTS[action][team.role]
        )

    def channels(self, action: Action = Action.SEE) -> tuple[ChannelView, ...]:
        """Return the channels where it may be done. One query for the portal's owner."""
        if self.is_unlimited:
            return channels()
        return tuple(
            team.channel for team in self.teams.values() if RIGHTS[action][team.role]
        )

    def check(self, action: Action, film: VideoView | FilmFacts) -> None:
        """Raise NotAllowed where ``may_with`` says no."""
        if not self.may_with(action, film):
            raise NotAllowed


OPERATOR: Final = Rights(is_unlimited=True)
_NOBODY: Final = Rights()


def rights_of(asker: Viewer | Rights) -> Rights:
    """Return what somebody may do. One query, none for the portal's owner."""
    if isinstance(asker, Rights):
        return asker
    person_pk = getattr(asker, "pk", None)
    if not asker.is_authenticated or person_pk is None:
        return _NOBODY
    person_id: str = getattr(asker, "public_id", "")
    if getattr(asker, "is_owner", False):
        return Rights(person_pk=person_pk, person_id=person_id, is_unlimited=True)
    rows = TeamMember.objects.filter(person=person_pk).order_by("channel")
    fields = ("channel_id", "channel__public_id", "channel__slug", "channel__name")
    return Rights(
        person_pk=person_pk,
        person_id=person_id,
        teams={
            channel_id: TeamChannel(
                pk, ChannelView(channel_id, slug, name), Role(role)
            )
            for pk, channel_id, slug, name, role in rows.values_list(*fields, "role")
        },
    )


def may(person: Viewer | Rights, action: Action, channel: ChannelView | str) -> bool:
    """Whether a person may do this in a channel, given by its id or as a view.

    One query, none for the portal's owner.
    """
    channel_id = channel if isinstance(channel, str) else channel.channel_id
    return rights_of(person).may(action, channel_id)


def may_know(person: Viewer | Rights, video: VideoView) -> bool:
    """Whether a person may know of a film: everybody of an announced one, else its team.

    No query for an announced film; what is in the bin is nobody's. Who may also watch
    it is for ``playback`` to say.
    """
    if video.deleted_at is not None:
        return False
    return video.is_announced or rights_of(person).may_with(Action.SEE, video)


def find_for(person: Viewer | Rights, video_id: str) -> VideoView | None:
    """Return a video that this person may know of, else None. Two queries at most."""
    video = find(video_id)
    return video if video is not None and may_know(person, video) else None


def facts_of(video: VideoView) -> FilmFacts:
    return FilmFacts(
        video.channel.channel_id, video.created_by, video.visibility, video.approval
    )


def facts_of_row(video: Video) -> FilmFacts:
    """Return the same of a row with its channel; for this room."""
    return FilmFacts(
        video.channel.public_id, video.created_by_id, video.visibility, video.approval
    )


def check_row(rights: Rights | None, action: Action, video: Video) -> None:
    """Raise NotAllowed when the locked row is not what it may be done with any more.

    ``rights`` None: the portal itself, or its operator.
    """
    if rights is not None:
        rights.check(action, facts_of_row(video))


def in_channels(keys: Collection[int] | None) -> Q:
    """Return the condition that a film is in one of these channels; None: in any."""
    return Q() if keys is None else Q(channel_id__in=keys)


def allowed_channels(
    rights: Rights, action: Action, among: Iterable[ChannelView]
) -> tuple[ChannelView, ...]:
    """Keep the channels where it may be done."""
    return tuple(one for one in among if rights.may(action, one.channel_id))
