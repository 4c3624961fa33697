"""Errors that the catalog raises on purpose.

LucarneError
└── CatalogError
    ├── UnknownVideo      no video has this id, or this person may not know of it
    ├── UnknownChannel    no channel has this id, slug or name
    ├── EmptyTitle        a video needs a title
    └── CaptionError      what is wrong with captions
        ├── BadCaptions       the file cannot be taken; ``sentences`` say why
        ├── CaptionThere      the video has one of this language and kind already
        ├── BadLanguage       no language tag
        └── UnknownCaption    none has this id
"""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lucarne.core.errors import LucarneError
from lucarne.media import text_sentences
from lucarne_engine.captions.model import Finding


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


class CaptionError(CatalogError):
    """The root of what is wrong with captions."""


class BadCaptions(CaptionError):
    """The file cannot be taken. There is at least one finding."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].code, _first(findings))
        self.findings = findings

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is wrong, in the active language."""
        return tuple(map(text_sentences.sentence, self.findings))


def _first_sentence(findings: tuple[Finding, ...]) -> str:
    return text_sentences.sentence(findings[0])


_first = lazy(_first_sentence, str)


class CaptionThere(CaptionError):
    """Two of one language and kind need names that tell them apart."""

    def __init__(self) -> None:
        super().__init__(
            "caption_there",
            _(
                "The film has captions of this kind in this language already. Replace "
                "them, or give these a name of their own."
            ),
        )


class BadLanguage(CaptionError):
    """Not a tag of RFC 5646."""

    def __init__(self) -> None:
        super().__init__("bad_language", _("Choose the language."))


class UnknownCaption(CaptionError):
    """None has this id."""

    def __init__(self) -> None:
        super().__init__(
            "unknown_caption",
            _("These captions are not here any more. The film’s list shows what is."),
        )
