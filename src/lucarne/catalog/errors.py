"""Errors that the catalog raises on purpose.

LucarneError
└── CatalogError
    ├── UnknownVideo      no video has this id, or this person may not know of it
    ├── UnknownChannel    no channel has this id, slug or name
    ├── EmptyTitle        a video needs a title
    ├── OverQuota         a person or a channel may not have so much
    ├── NotAFeed          neither RSS nor small enough to be one
    └── KnownFilm         this file is a film that is here already
"""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lucarne.core.errors import LucarneError


class CatalogError(LucarneError):
    """The root of this room's errors."""


class UnknownVideo(CatalogError):
    """No video has this id, or this person may not know of it."""

    def __init__(self, video_id: str) -> None:
        sentence = _("There is no film “{name}”. The studio lists those that are here.")
        super().__init__("unknown_video", format_lazy(sentence, name=video_id))


class UnknownChannel(CatalogError):
    """No channel has this id, slug or name; "" stands for the first one."""

    def __init__(self, channel: str) -> None:
        if channel:
            sentence = _("There is no channel “{name}”. Name one that is here.")
        else:
            sentence = _(
                "There is no channel yet. Set the portal up first, in a browser or with "
                "`lucarne init`."
            )
        super().__init__("unknown_channel", format_lazy(sentence, name=channel))


class EmptyTitle(CatalogError):
    """A video needs a title."""

    def __init__(self) -> None:
        super().__init__("empty_title", _("Give the film a title."))


class OverQuota(CatalogError):
    """A person or a channel may not have so much.

    ``channel``: its name, "" when it is the person who may not. ``limit`` and ``used``
    are sizes in words, or numbers of films without ``used``.
    """

    def __init__(self, *, name: str, channel: str, limit: str, used: str = "") -> None:
        if channel and used:
            sentence = _(
                "“{name}” does not fit in the channel “{channel}”: its films may have "
                "{limit} together, and {used} are taken. Choose another channel, or "
                "ask the portal’s owner for more."
            )
        elif channel:
            sentence = _(
                "“{name}” does not fit in the channel “{channel}”, whose number of "
                "films may be {limit}. Choose another channel, or ask the portal’s "
                "owner for more."
            )
        elif used:
            sentence = _(
                "“{name}” does not fit: your films may have {limit} together, and "
                "{used} are taken. Delete some, or ask the portal’s owner for more."
            )
        else:
            sentence = _(
                "“{name}” would be one too many: the number of your films may be "
                "{limit}. Delete one, or ask the portal’s owner for more."
            )
        words = {"name": name, "channel": channel, "limit": limit, "used": used}
        super().__init__("over_quota", format_lazy(sentence, **words))


class KnownFilm(CatalogError):
    """The file is a film that is here already, as the video ``video_id``."""

    def __init__(self, *, name: str, title: str, video_id: str) -> None:
        sentence = _(
            "“{name}” is here already: it is the film “{title}”. Look at it, or "
            "publish it once more."
        )
        super().__init__("known_film", format_lazy(sentence, name=name, title=title))
        self.video_id = video_id
        self.title = title


class NotAFeed(CatalogError):
    """The document is not RSS 2.0, or larger than a feed may be."""

    def __init__(self, name: str) -> None:
        sentence = _(
            "“{name}” is no feed of films. Name one in RSS, as podcasts and Media RSS "
            "have it."
        )
        super().__init__("not_a_feed", format_lazy(sentence, name=name))
