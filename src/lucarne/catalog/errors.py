"""Errors that the catalog raises on purpose.

LucarneError
└── CatalogError
    ├── UnknownVideo      no video has this id, or this person may not know of it
    ├── UnknownChannel    no channel has this id, slug or name
    ├── EmptyTitle        a video needs a title
    ├── NothingChosen     no film that is here was chosen
    ├── NothingToChange   nothing was chosen that could change
    ├── TooManyTags       a film would have more tags than it can
    ├── FilmsChanged      the films are not any more what a preview showed
    ├── UnknownEdit       no change of many films has this id, or it is too long ago
    ├── BadLanguage       this is no language
    ├── BadTags           a tag is too long, or there are too many
    ├── BadChapters       a line of the chapters cannot be used
    ├── BadSchedule       a film cannot be published at a time that has passed
    ├── EditedMeanwhile   somebody else has changed the same since
    ├── OverQuota         a person or a channel may not have so much
    ├── NotAFeed          neither RSS nor small enough to be one
    ├── KnownFilm         this file is a film that is here already
    ├── NotAllowed        the role of whoever asks does not allow it
    ├── TeamError         what is wrong with a team
    │   ├── LastOwner         a channel keeps at least one owner
    │   ├── OnTheTeam         somebody with this address is on the team already
    │   ├── NotOnTheTeam      this person is not on the team any more
    │   └── BadInvitation     the link is unknown, spent, revoked, too old or another's
    ├── NothingWaits      what was to be approved is not what waits now
    ├── NoReason          what is sent back needs a reason
    ├── SameFile          a film shall be replaced by the file that it has
    ├── BeingReplaced     another file is on its way to take the film's place
    ├── UnknownVersion    the film has no such other file
    └── CaptionError      what is wrong with captions
        ├── BadCaptions       the file cannot be taken; ``sentences`` say why
        ├── CaptionThere      the video has one of this language and kind already
        └── UnknownCaption    none has this id
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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


class NothingChosen(CatalogError):
    """No film that is here was chosen."""

    def __init__(self) -> None:
        super().__init__("nothing_chosen", _("Choose at least one film first."))


class NothingToChange(CatalogError):
    """Nothing was chosen that could change."""

    def __init__(self) -> None:
        super().__init__("nothing_to_change", _("Choose what is to change."))


class TooManyTags(CatalogError):
    """A film would have more tags than it can; ``title`` is its."""

    def __init__(self, title: str) -> None:
        sentence = _("“{title}” would have more than 30 tags. Add fewer of them.")
        super().__init__("too_many_tags", format_lazy(sentence, title=title))


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


class BadLanguage(CatalogError):
    """It is no language tag, and no name of a language that we know."""

    def __init__(self, text: str) -> None:
        sentence = _(
            "“{text}” is no language that we know. Write its name or its code, such as "
            "French, fr or fr-CA."
        )
        super().__init__("bad_language", format_lazy(sentence, text=text))


class BadTags(CatalogError):
    """``tag`` is too long; without one there are too many."""

    def __init__(self, tag: str = "") -> None:
        sentence = _("A film has at most 30 tags. Leave some out.")
        if tag:
            sentence = _("The tag “{tag}…” is too long: 60 characters at most.")
        super().__init__("bad_tags", format_lazy(sentence, tag=tag[:20]))


_CHAPTERS: Final = {
    "time": _(
        "Line {line}, “{text}”, does not begin with a time. Write a time and a title, "
        "such as “4:05 Out at sea”."
    ),
    "title": _("Line {line}, “{text}”, has no title. Write one behind the time."),
    "end": _(
        "Line {line}, “{text}”, begins after the end of the film, which is {end} long."
    ),
    "order": _(
        "Line {line}, “{text}”, does not begin later than the line before it. Put the "
        "chapters in order."
    ),
    "many": _("There are more than 300 chapters. Leave some out, from line {line} on."),
}


class BadChapters(CatalogError):
    """``why``: time, title, end, order or many; ``line`` counts from 1."""

    def __init__(self, why: str, *, line: int, text: str, end: str = "") -> None:
        self.line = line
        self.why = why
        facts = {"line": line, "text": text[:60], "end": end}
        super().__init__("bad_chapters", format_lazy(_CHAPTERS[why], **facts))


class BadSchedule(CatalogError):
    """Without a time, or at one that has passed, nothing can be scheduled."""

    def __init__(self, *, is_past: bool) -> None:
        sentence = _("Say when the film is to be published.")
        if is_past:
            sentence = _("This time has passed. Choose a later one, or publish it now.")
        super().__init__("bad_schedule", sentence)


class EditedMeanwhile(CatalogError):
    """``theirs``: what stands there now, as text, by the name of the field."""

    def __init__(self, theirs: Mapping[str, str]) -> None:
        self.theirs = dict(theirs)
        sentence = _(
            "Somebody has changed the same since you opened this page. Nothing of yours "
            "was saved yet: compare, then save again."
        )
        super().__init__("edited_meanwhile", sentence)


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


class UnknownCaption(CaptionError):
    """None has this id."""

    def __init__(self) -> None:
        super().__init__(
            "unknown_caption",
            _("These captions are not here any more. The film’s list shows what is."),
        )


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


class SameFile(CatalogError):
    """A film shall be replaced by the very file that it has."""

    def __init__(self, name: str) -> None:
        sentence = _(
            "“{name}” is the file that this film has already: nothing was replaced. "
            "Choose another one."
        )
        super().__init__("same_file", format_lazy(sentence, name=name))


class BeingReplaced(CatalogError):
    """Another file is on its way to take the film's place."""

    def __init__(self) -> None:
        sentence = _(
            "Another file is being prepared for this film. Wait until it is shown, or "
            "cancel it first."
        )
        super().__init__("being_replaced", sentence)


class UnknownVersion(CatalogError):
    """The film has no such other file, or not any more."""

    def __init__(self) -> None:
        sentence = _(
            "This file of the film is not here any more. Its page shows those that are."
        )
        super().__init__("unknown_version", sentence)


class NotAFeed(CatalogError):
    """The document is not RSS 2.0, or larger than a feed may be."""

    def __init__(self, name: str) -> None:
        sentence = _(
            "“{name}” is no feed of films. Name one in RSS, as podcasts and Media RSS "
            "have it."
        )
        super().__init__("not_a_feed", format_lazy(sentence, name=name))


class NotAllowed(CatalogError):
    """The role of whoever asks does not allow it, or not with this film as it is now."""

    def __init__(self) -> None:
        sentence = _(
            "Your role in this channel does not allow this. Ask an owner or an editor of "
            "the channel."
        )
        super().__init__("not_allowed", sentence)


class TeamError(CatalogError):
    """The root of what is wrong with a team."""


class LastOwner(TeamError):
    """A channel keeps at least one owner."""

    def __init__(self) -> None:
        sentence = _(
            "This is the channel’s last owner. Make somebody else an owner first."
        )
        super().__init__("last_owner", sentence)


class OnTheTeam(TeamError):
    """Somebody with this address is on the team already."""

    def __init__(self, email: str) -> None:
        sentence = _("{email} is on the team already. Change the role in the list.")
        super().__init__("on_the_team", format_lazy(sentence, email=email))


class NotOnTheTeam(TeamError):
    """Somebody is not on the team any more."""

    def __init__(self) -> None:
        sentence = _("This person is not on the team any more. The list shows who is.")
        super().__init__("not_on_the_team", sentence)


_INVITATIONS: Final = {
    "unknown": _(
        "This invitation does not exist. Look whether the whole link was copied, or ask "
        "for a new one."
    ),
    "used": _(
        "This invitation was used already. If it was you, sign in; otherwise ask for a "
        "new one."
    ),
    "revoked": _("This invitation was revoked. Ask whoever sent it to you."),
    "expired": _("This invitation is more than 7 days old. Ask for a new one."),
    "other_person": _(
        "This invitation is for somebody else’s email address. Sign out, and open the "
        "link again."
    ),
}


class BadInvitation(TeamError):
    """``why``: unknown, used, revoked, expired or other_person."""

    def __init__(self, why: str) -> None:
        super().__init__("bad_invitation", _INVITATIONS[why])
        self.why = why


class NothingWaits(CatalogError):
    """What was to be approved or taken back is not what waits now."""

    def __init__(self) -> None:
        sentence = _(
            "What waits here is not what this page showed. Nothing was done: look at it "
            "again."
        )
        super().__init__("nothing_waits", sentence)


class NoReason(CatalogError):
    """What is sent back needs a reason."""

    def __init__(self) -> None:
        sentence = _("Write why it is sent back, so that it can be mended.")
        super().__init__("no_reason", sentence)
