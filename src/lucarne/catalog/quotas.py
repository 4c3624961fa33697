"""How much people and channels may have here, and how much they do.

Asked before the first byte of a film, and of its channel again when it is published.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from lucarne.catalog.errors import OverQuota
from lucarne.catalog.models import Quota, Version, Video
from lucarne.catalog.queries import ChannelView
from lucarne.core import audit, conf
from lucarne.core.sizes import size
from lucarne.media import uploads

PERSON: Final = "per_"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """0: none."""

    max_bytes: int
    max_films: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    size_bytes: int
    films: int


def limits_of_person(person_id: str) -> Limits:
    """Return what a person may have."""
    settings = conf.get().uploads
    return _limits(person_id, settings.person_bytes, settings.person_films)


def limits_of_channel(channel_id: str) -> Limits:
    """Return what a channel may have."""
    settings = conf.get().uploads
    return _limits(channel_id, settings.channel_bytes, settings.channel_films)


def usage_of_person(person_id: str, *, but_upload: str = "") -> Usage:
    """Count the films that a person has, and what she announced that she sends."""
    films = _usage(Video.objects.filter(created_by__public_id=person_id))
    on_the_way = uploads.promised_by(person_id, but=but_upload)
    return Usage(
        size_bytes=films.size_bytes + on_the_way.size_bytes,
        films=films.films + on_the_way.films,
    )


def usage_of_channel(channel_id: str) -> Usage:
    """Count the films that a channel has."""
    return _usage(Video.objects.filter(channel__public_id=channel_id))


def standing_of_person(person_id: str) -> tuple[Limits, Usage] | None:
    """Return what a person may have and has; None when nothing is limited."""
    limits = limits_of_person(person_id)
    if not (limits.max_bytes or limits.max_films):
        return None
    return limits, usage_of_person(person_id)


def check_person(
    *,
    person_id: str,
    name: str,
    size_bytes: int,
    but_upload: str = "",
    adds_film: bool = True,
) -> None:
    """Refuse a film before its first byte. Raises OverQuota.

    ``but_upload``: the one that is asked about, which does not count twice. One that
    takes the place of another adds bytes alone.
    """
    if not person_id.startswith(PERSON):
        return  # commands: whoever runs them may do anything here
    limits = _counting(limits_of_person(person_id), adds_film=adds_film)
    if limits.max_bytes or limits.max_films:
        usage = usage_of_person(person_id, but_upload=but_upload)
        _check(limits, usage, name, size_bytes, channel="")


def check_channel(
    *, channel: ChannelView, name: str, size_bytes: int, adds_film: bool = True
) -> None:
    """Refuse a film that its channel has no room for. Raises OverQuota."""
    limits = _counting(limits_of_channel(channel.channel_id), adds_film=adds_film)
    if limits.max_bytes or limits.max_films:
        usage = usage_of_channel(channel.channel_id)
        _check(limits, usage, name, size_bytes, channel=channel.name)


@transaction.atomic
def set_limits(
    *,
    subject: str,
    max_bytes: int | None,
    max_films: int | None,
    actor: str,
    at: datetime,
) -> None:
    """Make an exception for one person or channel; None is as the settings say."""
    if max_bytes is None and max_films is None:
        Quota.objects.filter(subject=subject).delete()
    else:
        Quota.objects.update_or_create(
            subject=subject, defaults={"max_bytes": max_bytes, "max_films": max_films}
        )
    audit.record(
        actor=actor, verb="quota.changed", subject=subject, at=at,
        scope="" if subject.startswith(PERSON) else subject,
        max_bytes=max_bytes, max_films=max_films,
    )  # fmt: skip


def _limits(subject: str, max_bytes: int, max_films: int) -> Limits:
    own = Quota.objects.filter(subject=subject).first()
    if own and own.max_bytes is not None:
        max_bytes = own.max_bytes
    if own and own.max_films is not None:
        max_films = own.max_films
    return Limits(max_bytes=max_bytes, max_films=max_films)


def _counting(limits: Limits, *, adds_film: bool) -> Limits:
    return limits if adds_film else replace(limits, max_films=0)


def _usage(videos: QuerySet[Video, Any]) -> Usage:
    """Former files and files to come take room too, and are no films of their own."""
    found = videos.aggregate(films=Count("pk"), size_bytes=Sum("asset__size_bytes"))
    others = Version.objects.filter(video__in=videos.values("pk"))
    beside = others.aggregate(size_bytes=Sum("asset__size_bytes"))
    size_bytes = (found["size_bytes"] or 0) + (beside["size_bytes"] or 0)
    return Usage(size_bytes=size_bytes, films=found["films"])


def _check(
    limits: Limits, usage: Usage, name: str, size_bytes: int, *, channel: str
) -> None:
    if limits.max_films and usage.films >= limits.max_films:
        raise OverQuota(name=name, channel=channel, limit=str(limits.max_films))
    if limits.max_bytes and usage.size_bytes + size_bytes > limits.max_bytes:
        raise OverQuota(
            name=name, channel=channel, limit=size(limits.max_bytes),
            used=size(usage.size_bytes),
        )  # fmt: skip
