"""What a change of many films would do: which films, which details, who could watch.

Each detail has a value that JSON can keep (``State``), so that it can be compared,
shown before and after, and given back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import QuerySet

from lucarne.catalog import details, film_list, names, publication
from lucarne.catalog.errors import NothingChosen, NothingToChange, TooManyTags
from lucarne.catalog.film_list import FilmFilter
from lucarne.catalog.models import Video
from lucarne.catalog.rights import (
    CLOSED,
    OPERATOR,
    Action,
    FilmFacts,
    Rights,
    in_channels,
)

SHOWN: Final = 20
# Values of a film's fields by their names, as JSON keeps them. "visibility" is a
# dictionary of its own: what it is, with a time or a secret address.
State = dict[str, Any]
# What of a film is read, in this order.
_READ: Final = (
    "pk", "public_id", "title", "visibility", "publish_at", "publish_as", "link_key",
    "first_published_at", "created_by", "approval", "channel__public_id", "tags",
    "language", "category", "license",
)  # fmt: skip
# Somebody beyond the channel's team may be watching these.
_WATCHED: Final = publication.OPEN | {Video.Visibility.LINK, Video.Visibility.MEMBERS}
_SCHEDULE: Final = ("publish_at", "publish_as")
_PLAIN: Final = ("channel", "language", "category", "license")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Films by their ids, or all that match."""

    video_ids: tuple[str, ...] = ()
    wanted: FilmFilter | None = None
    # Of whoever chooses: films that she may not see are not chosen.
    rights: Rights = OPERATOR


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is asked for; None leaves a detail as it is, "" empties it.

    ``publish_at`` and ``publish_as`` count for the visibility "scheduled" alone.
    """

    visibility: str | None = None
    publish_at: datetime | None = None
    publish_as: str = Video.Visibility.PUBLIC
    channel: str | None = None  # id
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    language: str | None = None
    category: str | None = None
    license: str | None = None

    def asked(self, *, at: datetime) -> State:
        """Return only what is to change, as JSON keeps it.

        Raises NothingToChange, BadSchedule, and what details.clean() raises.
        """
        asked: State = {
            name: details.clean(name, value)
            for name in _PLAIN
            if (value := getattr(self, name)) is not None
        }
        if self.visibility is not None:
            asked["visibility"] = Video.Visibility(self.visibility).value
            publish_at = publication.check_schedule(
                self.visibility, self.publish_at, at=at
            )
            asked |= _schedule(publish_at, self.publish_as) if publish_at else {}
        if self.add_tags:
            asked["add_tags"] = list(self.add_tags)
        if self.remove_tags:
            asked["remove_tags"] = list(self.remove_tags)
        if not asked:
            raise NothingToChange
        return asked


def _schedule(publish_at: datetime | None, publish_as: str) -> State:
    """Return a schedule as changes keep it; only what is not usual says what it becomes.

    So changes that were made before a film could become anything but public read alike.
    """
    found: State = {
        "publish_at": publish_at.astimezone(UTC).isoformat() if publish_at else ""
    }
    if publish_at and publish_as != Video.Visibility.PUBLIC:
        found["publish_as"] = Video.Visibility(publish_as).value
    return found


@dataclass(frozen=True, kw_only=True)
class Film:
    """A film with all that a change could touch, as it is now."""

    pk: int
    video_id: str
    title: str
    now: State
    facts: FilmFacts

    def is_for(self, rights: Rights, after: State) -> bool:
        """Whether somebody may change the film to this."""
        if not rights.may_with(Action.EDIT, self.facts):
            return False
        channel_id = after.get("channel", self.facts.channel_id)
        if not rights.may_move(self.facts, channel_id):
            return False
        if "visibility" in after and after["visibility"]["is"] not in CLOSED:
            return bool(
                rights.reach(Action.SHOW, self.facts.channel_id)
                and rights.reach(Action.SHOW, channel_id)
            )
        return True

    def after(self, asked: State) -> State:
        """Return the fields that would be others, with what they would be."""
        found: State = {name: asked[name] for name in _PLAIN if name in asked}
        if "visibility" in asked:
            now = self.now["visibility"]
            found["visibility"] = {
                **{name: now[name] for name in ("link_key", "was_published")},
                "is": asked["visibility"],
                "publish_at": "",
                **{name: asked[name] for name in _SCHEDULE if name in asked},
            }
        if "add_tags" in asked or "remove_tags" in asked:
            found["tags"] = _tagged(
                self.now["tags"],
                asked.get("add_tags", ()),
                asked.get("remove_tags", ()),
            )
            if len(found["tags"]) > max(names.MOST_TAGS, len(self.now["tags"])):
                raise TooManyTags(self.title)
        return {name: value for name, value in found.items() if value != self.now[name]}


def _tagged(tags: list[str], add: Iterable[str], remove: Iterable[str]) -> list[str]:
    found = {names.tag_key(tag): tag for tag in tags}
    for tag in remove:
        found.pop(names.tag_key(tag), None)
    for tag in add:
        found.setdefault(names.tag_key(tag), tag)
    return list(found.values())


@dataclass(frozen=True, kw_only=True)
class FilmChange:
    """One film, and the fields that change, before and after."""

    video_id: str
    title: str
    before: State
    after: State


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would change.

    ``films`` are all that were chosen, ``changing`` those that are not yet as asked,
    ``excluded`` those whose change the role of whoever asks does not allow, ``opening`` those that everybody could watch then and cannot now, ``closing`` those
    that somebody who watches them now cannot watch on. ``digest`` tells whether a later preview is the same.
    """

    films: int
    changing: int
    excluded: int
    opening: int
    closing: int
    shown: tuple[FilmChange, ...]
    digest: str

    @property
    def same(self) -> int:
        """How many are as asked already."""
        return self.films - self.changing - self.excluded

    @property
    def more(self) -> int:
        """How many change that are not shown."""
        return self.changing - len(self.shown)


def count(selection: Selection) -> int:
    """Return how many films are chosen. One query."""
    return chosen(selection).count()


def preview(*, selection: Selection, changes: Changes, at: datetime) -> Preview:
    """Say what would change.

    Raises NothingChosen, TooManyTags, and what ``Changes.asked`` raises.
    """
    return look(selection, changes.asked(at=at))[0]


def read(videos: QuerySet[Video]) -> Iterator[Film]:
    """Read what a change could change; for this room."""
    for row in videos.values_list(*_READ).iterator():
        pk, video_id, title, visibility, publish_at, publish_as, *more = row
        link_key, first, created_by, approval, *plain = more
        channel, tags, language, category, license_ = plain
        now = {
            "visibility": {
                "is": visibility,
                **_schedule(publish_at, publish_as),
                "link_key": link_key,
                "was_published": first is not None,
            },
            "channel": channel,
            "tags": tags,
            "language": language,
            "category": category,
            "license": license_,
        }
        facts = FilmFacts(channel, created_by, visibility, approval)
        yield Film(pk=pk, video_id=video_id, title=title, now=now, facts=facts)


def chosen(selection: Selection) -> QuerySet[Video]:
    """Return the films; for this room."""
    within = selection.rights.within()
    if selection.wanted is not None:
        return film_list.matching(replace(selection.wanted, within=within))
    return Video.objects.filter(
        in_channels(within), public_id__in=selection.video_ids, deleted_at=None
    )


def look(selection: Selection, asked: State) -> tuple[Preview, list[int]]:
    """Return what would change, and the keys of the films."""
    films = excluded = opening = closing = 0
    shown: list[FilmChange] = []
    pks: list[int] = []
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    for film in read(chosen(selection).order_by("-pk")):
        films += 1
        after = film.after(asked)
        if not after:
            continue
        if not film.is_for(selection.rights, after):
            excluded += 1
            continue
        before = {name: film.now[name] for name in after}
        pks.append(film.pk)
        digest.update(json.dumps([film.video_id, before], sort_keys=True).encode())
        opening += _opens(before, after)
        closing += _closes(before, after)
        if len(shown) < SHOWN:
            shown.append(
                FilmChange(
                    video_id=film.video_id, title=film.title, before=before, after=after
                )
            )
    if not films:
        raise NothingChosen
    found = Preview(
        films=films,
        changing=len(pks),
        excluded=excluded,
        opening=opening,
        closing=closing,
        shown=tuple(shown),
        digest=digest.hexdigest(),
    )
    return found, pks


def _opens(before: State, after: State) -> bool:
    was, will = before.get("visibility"), after.get("visibility")
    if was is None or will is None:
        return False
    return will["is"] in publication.OPEN and was["is"] not in publication.OPEN


def _closes(before: State, after: State) -> bool:
    """Whether somebody beyond the team watches it, who cannot go on."""
    was, will = before.get("visibility"), after.get("visibility")
    if was is None or will is None or will["is"] in publication.OPEN:
        return False
    return was["is"] != will["is"] and was["is"] in _WATCHED
