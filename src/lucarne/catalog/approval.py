"""What contributors send for approval: a film to be shown, changes of one that is.

A film that nobody but the team can watch is sent with whom it shall be shown to. Of a
film that is open its contributor sends changes: viewers see it as it was approved until
an editor approves them. What waits is not changed by who sent it, so that an editor
approves what she has seen; it can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from lucarne.accounts.roles import Reach
from lucarne.catalog import details, names, publication, rights as asked, rows
from lucarne.catalog.chapters import Chapter
from lucarne.catalog.errors import NoReason, NotAllowed, NothingToChange, NothingWaits
from lucarne.catalog.models import Submission, Video
from lucarne.catalog.rights import Action, Rights, facts_of_row
from lucarne.core import audit, ids

REASON_MAX: Final = 1000
SHOWN: Final = 100
State = Video.Approval


@dataclass(frozen=True, kw_only=True)
class Change:
    """A detail that shall be another, as text."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class SubmissionView:
    """What was sent; ``state`` is a value of Video.Approval."""

    submission_id: str
    video_id: str
    title: str
    channel_name: str
    person_name: str
    state: str
    sent_at: datetime
    visibility: str  # "" when that stays as it is
    publish_at: datetime | None
    publish_as: str  # what it becomes then
    changes: tuple[Change, ...]
    reason: str
    decided_by: str

    @property
    def is_waiting(self) -> bool:
        return self.state == State.WAITING

    @property
    def texts(self) -> dict[str, str]:
        """The details as they shall be, as text by name."""
        return {one.name: one.after for one in self.changes}


@transaction.atomic
def send_to_publish(
    *,
    video_id: str,
    visibility: str,
    publish_at: datetime | None = None,
    publish_as: str = Video.Visibility.PUBLIC,
    rights: Rights,
    at: datetime,
) -> None:
    """Ask that others than the team may watch an own film.

    Raises UnknownVideo, NotAllowed, BadSchedule.
    """
    video = rows.lock(video_id)
    _check_sender(rights, video, is_open=False)
    publish_at = publication.check_schedule(visibility, publish_at, at=at)
    _keep(
        video, rights, at, visibility=visibility, publish_at=publish_at,
        publish_as=publish_as if publish_at else Video.Visibility.PUBLIC,
    )  # fmt: skip


@transaction.atomic
def send_changes(
    *,
    video_id: str,
    changes: Mapping[str, Any],
    seen: Mapping[str, str] | None,
    rights: Rights,
    at: datetime,
) -> None:
    """Ask that details of an own film which others can watch become others.

    Raises UnknownVideo, NotAllowed, NothingToChange, and what details.edit() raises.
    """
    video = rows.lock(video_id)
    _check_sender(rights, video, is_open=True)
    wanted = details.touched(video, changes, seen)
    if not wanted:
        raise NothingToChange
    if "channel" in wanted:
        raise NotAllowed  # its editors would not be asked
    now = details.texts(video)
    _keep(
        video, rights, at, changes=wanted, seen={name: now[name] for name in wanted}
    )


@transaction.atomic
def take_back(*, video_id: str, rights: Rights, at: datetime) -> None:
    """Let the sender work on it again. Raises UnknownVideo, NotAllowed."""
    video = rows.lock(video_id)
    if video.created_by_id is None or video.created_by_id != rights.person_pk:
        raise NotAllowed
    if video.approval != State.WAITING:
        return
    _set_state(video, State.SENT_BACK)
    Submission.objects.filter(video=video).update(
        reason="", decided_by=rights.person_id, decided_at=at
    )
    _record("approval.taken_back", video, rights, at)


@transaction.atomic
def approve(
    *, video_id: str, submission_id: str, rights: Rights, at: datetime
) -> None:
    """Do what was asked for, as it was shown.

    Raises UnknownVideo, NotAllowed, NothingWaits, EditedMeanwhile.
    """
    video, found = _lock_waiting(video_id, submission_id, rights)
    _forget(Video.objects.filter(pk=video.pk))
    if found.changes:
        details.edit(
            video_id=video_id, changes=_values(found.changes), seen=found.seen,
            actor=rights.person_id, at=at,
        )  # fmt: skip
    if found.visibility:
        is_late = found.publish_at is not None and found.publish_at <= at
        publication.set_visibility(
            video_id=video_id,
            visibility=found.publish_as if is_late else found.visibility,
            publish_at=found.publish_at,
            publish_as=found.publish_as,
            actor=rights.person_id,
            at=at,
        )
    _record("approval.approved", video, rights, at)


@transaction.atomic
def send_back(
    *, video_id: str, submission_id: str, reason: str, rights: Rights, at: datetime
) -> None:
    """Let its sender mend it. Raises UnknownVideo, NotAllowed, NothingWaits, NoReason."""
    video, found = _lock_waiting(video_id, submission_id, rights)
    reason = "\n".join(map(names.clean_line, reason.strip().splitlines()))[:REASON_MAX]
    if not reason:
        raise NoReason
    found.reason, found.decided_by, found.decided_at = reason, rights.person_id, at
    found.save(update_fields=["reason", "decided_by", "decided_at"])
    _set_state(video, State.SENT_BACK)
    _record("approval.sent_back", video, rights, at, reason=reason)


def submission_of(video_id: str) -> SubmissionView | None:
    """Return what was sent of a film and is not approved. One query."""
    row = _rows().filter(video__public_id=video_id).first()
    return _view(row) if row else None


def waiting_for(rights: Rights) -> tuple[SubmissionView, ...]:
    """Return what somebody may approve, what waits longest first. One query."""
    keys = rights.within(Action.APPROVE)
    found = _rows().filter(video__approval=State.WAITING)
    if keys is not None:
        found = found.filter(video__channel__in=keys)
    return tuple(map(_view, found.order_by("sent_at", "pk")[:SHOWN]))


def sent_by(rights: Rights) -> tuple[SubmissionView, ...]:
    """Return what somebody sent and is not approved, newest first. One query."""
    found = _rows().filter(video__created_by=rights.person_pk)
    channels = rights.within()
    if channels is not None:
        found = found.filter(video__channel__in=channels)
    return tuple(map(_view, found.order_by("-sent_at", "-pk")[:SHOWN]))


def _check_sender(rights: Rights, video: Video, *, is_open: bool) -> None:
    facts = facts_of_row(video)
    is_own = facts.created_by is not None and facts.created_by == rights.person_pk
    may_send = rights.reach(Action.EDIT, facts.channel_id) is Reach.OWN and is_own
    is_as_seen = (facts.visibility not in asked.CLOSED) == is_open
    if not may_send or not is_as_seen or facts.approval == State.WAITING:
        raise NotAllowed


def _keep(video: Video, rights: Rights, at: datetime, **facts: Any) -> None:
    empty: dict[str, Any] = {
        "visibility": "", "publish_at": None, "publish_as": Video.Visibility.PUBLIC,
        "changes": {}, "seen": {},
    }  # fmt: skip
    Submission.objects.update_or_create(
        video=video,
        defaults={
            # Another one each time: who approves says which one she has seen.
            "public_id": ids.new("sub"), "person_id": rights.person_pk, "sent_at": at,
            "reason": "", "decided_by": "", "decided_at": None, **empty, **facts,
        },
    )  # fmt: skip
    _set_state(video, State.WAITING)
    detail: dict[str, Any] = {}
    if "visibility" in facts:
        detail["visibility"] = facts["visibility"]
    if "changes" in facts:
        detail["fields"] = sorted(facts["changes"])
    _record("approval.sent", video, rights, at, **detail)


def _lock_waiting(
    video_id: str, submission_id: str, rights: Rights
) -> tuple[Video, Submission]:
    video = rows.lock(video_id)
    rights.check(Action.APPROVE, facts_of_row(video))
    found = Submission.objects.filter(video=video, public_id=submission_id).first()
    if found is None or video.approval != State.WAITING:
        raise NothingWaits
    return video, found


def _set_state(video: Video, state: str) -> None:
    Video.objects.filter(pk=video.pk).update(approval=state)


def _forget(videos: QuerySet[Video]) -> None:
    Submission.objects.filter(video__in=videos).delete()
    videos.update(approval=State.NONE)


def _record(
    verb: str, video: Video, rights: Rights, at: datetime, **detail: Any
) -> None:
    audit.record(
        actor=rights.person_id, verb=verb, subject=video.public_id, at=at,
        scope=video.channel.public_id, title=video.title, **detail,
    )  # fmt: skip


def _values(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return details as they are kept, from what JSON made of them."""

    def value(name: str, kept: Any) -> Any:
        if name == "chapters":
            return tuple(Chapter(*one) for one in kept)
        return tuple(kept) if name == "tags" else kept

    return {name: value(name, kept) for name, kept in changes.items()}


def _rows() -> QuerySet[Submission]:
    rows_ = Submission.objects.select_related("video__channel", "person")
    return rows_.filter(video__deleted_at=None)


def _view(row: Submission) -> SubmissionView:
    values = _values(row.changes)
    return SubmissionView(
        submission_id=row.public_id,
        video_id=row.video.public_id,
        title=row.video.title,
        channel_name=row.video.channel.name,
        person_name=row.person.name if row.person else "",
        state=row.video.approval,
        sent_at=row.sent_at,
        visibility=row.visibility,
        publish_at=row.publish_at,
        publish_as=row.publish_as,
        changes=tuple(
            Change(
                name=name,
                before=row.seen.get(name, ""),
                after=details.text_of(name, value),
            )
            for name, value in values.items()
        ),
        reason=row.reason,
        decided_by=row.decided_by,
    )
