"""Errors that the catalog raises on purpose.

LucarneError
└── CatalogError
    ├── UnknownVideo      no video has this id, or this person may not know of it
    ├── UnknownChannel    no channel has this id, slug or name
    └── EmptyTitle        a video needs a title
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
