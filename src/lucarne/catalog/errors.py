"""Errors that the catalog raises on purpose.

LucarneError
└── CatalogError
    ├── UnknownVideo      no video has this id, or this person may not know of it
    ├── UnknownChannel    no channel has this id, slug or name
    ├── EmptyTitle        a video needs a title
    ├── NothingChosen     no film that is here was chosen
    ├── NothingToChange   nothing was chosen that could change
    ├── FilmsChanged      the films are not any more what a preview showed
    └── UnknownEdit       no change of many films has this id, or it is too long ago
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


class NothingChosen(CatalogError):
    """No film that is here was chosen."""

    def __init__(self) -> None:
        super().__init__("nothing_chosen", _("Choose at least one film first."))


class NothingToChange(CatalogError):
    """Nothing was chosen that could change."""

    def __init__(self) -> None:
        super().__init__("nothing_to_change", _("Choose what is to change."))


class FilmsChanged(CatalogError):
    """The films are not any more what a preview showed; nothing was changed."""

    def __init__(self) -> None:
        sentence = _(
            "The films are not what they were in the preview. Nothing was changed: look "
            "at it again, then change them."
        )
        super().__init__("films_changed", sentence)


class UnknownEdit(CatalogError):
    """No change of many films has this id, or it is too long ago to be undone."""

    def __init__(self, edit_id: str) -> None:
        sentence = _("There is no change “{name}”. Changes are kept for 30 days.")
        super().__init__("unknown_edit", format_lazy(sentence, name=edit_id))
