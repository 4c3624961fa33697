"""What people type on a film's page: its details, and who can watch it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lucarne.catalog import chapters, details, language_tags, names
from lucarne.catalog.chapters import Chapter
from lucarne.catalog.errors import CatalogError
from lucarne.catalog.labels import CATEGORIES, LICENSES
from lucarne.catalog.queries import VideoView
from lucarne.catalog.rights import OPERATOR, Action, Rights, facts_of
from lucarne.studio.forms import DetailsForm
from lucarne.studio.visibility_words import TO_MEMBERS, choice_of, read_choice

_LONGEST_CHAPTERS = 60_000
_UNKNOWN = _("This choice does not exist any more. Choose another.")


class LanguageInput(forms.TextInput):
    """A text with suggestions: their list is beside it in the page."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Say where the list is."""
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["list"] = "languages"
        return context


class FilmForm(DetailsForm):
    """Every detail of a film; ``seen`` is what the page showed when it was opened."""

    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=2500,
        help_text=_("Separated by commas."),
    )
    language = forms.CharField(
        label=_("Language"),
        required=False,
        max_length=60,
        widget=LanguageInput,
        help_text=_("Its name or its code, such as French, fr or fr-CA."),
    )
    category = forms.ChoiceField(
        label=_("Category"),
        required=False,
        error_messages={"invalid_choice": _UNKNOWN},
    )
    license = forms.ChoiceField(
        label=_("License"),
        required=False,
        help_text=_("What others may do with the film."),
        error_messages={"invalid_choice": _UNKNOWN},
    )
    chapters = forms.CharField(
        label=_("Chapters"),
        required=False,
        max_length=_LONGEST_CHAPTERS,
        widget=forms.Textarea(
            attrs={"rows": 4, "spellcheck": "true", "class": "figures"}
        ),
        help_text=_("One on each line, a time and a title: “4:05 Out at sea”."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        video: VideoView | None,
        rights: Rights = OPERATOR,
        texts: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """``video`` is None when whoever sent the form may not see it.

        ``texts``: details that shall be shown otherwise than they are.
        """
        now = texts_of(video) if video else {}
        channels = rights.channels()
        if video:
            facts = facts_of(video)
            channels = tuple(
                one
                for one in channels
                if one.channel_id == facts.channel_id
                or (
                    rights.may_with(Action.EDIT, facts)
                    and rights.may_move(facts, one.channel_id)
                )
            )
        initial = {**now, **texts, "seen": json.dumps(now)}
        super().__init__(data, initial=initial, channels=channels)
        self._duration_ms = _end_ms(video) if video else 0
        category, license_ = self.fields["category"], self.fields["license"]
        assert isinstance(category, forms.ChoiceField)  # noqa: S101  as written above
        assert isinstance(license_, forms.ChoiceField)  # noqa: S101
        category.choices = [("", _("No category")), *CATEGORIES.items()]
        license_.choices = [
            ("", _("Not said")),
            *((code, one.name) for code, one in LICENSES.items()),
        ]

    @property
    def changes(self) -> dict[str, Any]:
        """What was sent and can be kept, by name."""
        return {
            name: self.cleaned_data[name]
            for name in details.FIELDS
            if name in self.cleaned_data and name in self.data
        }

    @property
    def seen_texts(self) -> dict[str, str] | None:
        """What the page showed, None when it did not say; {} when it cannot be read."""
        if "seen" not in self.data:
            return None
        try:
            found = json.loads(self.data["seen"])
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def see(self, texts: Mapping[str, str]) -> None:
        """Note that the page shows these now, so that what differs is meant."""
        seen = json.dumps((self.seen_texts or {}) | dict(texts))
        self.data = {**dict(self.data.items()), "seen": seen}

    def clean_title(self) -> str:
        title = names.clean_line(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError(_("Give the film a title."), code="required")
        return title

    def clean_tags(self) -> tuple[str, ...]:
        return _understood(names.read_tags, self.cleaned_data["tags"])

    def clean_language(self) -> str:
        def read(text: str) -> str:
            return str(details.clean("language", text))

        return _understood(read, self.cleaned_data["language"])

    def clean_chapters(self) -> tuple[Chapter, ...]:
        def read(text: str) -> tuple[Chapter, ...]:
            return chapters.read(text, duration_ms=self._duration_ms)

        return _understood(read, self.cleaned_data["chapters"])


def _end_ms(video: VideoView) -> int:
    """Return what chapters must lie before; 0 while that is not known.

    Those of a longer file that was replaced stay, until somebody takes them away.
    """
    end_ms = video.film.duration_ms
    return end_ms and max([end_ms, *(one.start_ms + 1 for one in video.chapters)])


def texts_of(video: VideoView) -> dict[str, str]:
    """Return every detail of a film as the form shows it."""
    values = {
        "title": video.title, "channel": video.channel.channel_id,
        "description": video.description, "tags": video.tags,
        "language": video.language, "category": video.category,
        "license": video.license, "chapters": video.chapters,
    }  # fmt: skip
    return {name: details.text_of(name, value) for name, value in values.items()}


_Value = TypeVar("_Value")


def _understood(read: Callable[[str], _Value], text: str) -> _Value:
    try:
        return read(text)
    except CatalogError as error:
        raise forms.ValidationError(str(error), code=error.code) from error


class VisibilityForm(forms.Form):
    """Who can watch a film, and from when on."""

    visibility = forms.ChoiceField(
        label=_("Who can watch it"),
        choices=[
            ("public", _("Public: everybody can watch it")),
            ("members", _("For members: everybody sees that it is here, members watch it")),
            ("scheduled", _("Scheduled: public from a time on, private until then")),
            (
                TO_MEMBERS,
                _("Scheduled for members: they watch it from a time on, private until then"),
            ),
            ("unlisted", _("Unlisted: whoever has its address, but no list shows it")),
            ("link", _("Private link: whoever has a secret address that can be revoked")),
            ("private", _("Private: only the channel’s team")),
            ("draft", _("Draft: not finished yet, only the channel’s team")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who can watch the film.")},
    )
    publish_at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M",
            attrs={
                "type": "datetime-local",
                "step": "60",
                "aria-describedby": "id_publish_at_helptext",
            },
        ),
        error_messages={
            "invalid": _("This is no date and time. Write it as 2026-12-24 20:15.")
        },
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, video: VideoView, zone: str
    ) -> None:
        initial = {
            "visibility": choice_of(video.visibility, video.publish_as),
            "publish_at": video.publish_at,
        }
        # Both forms are on one page.
        super().__init__(data, initial=initial, auto_id="id_%s")
        label = _("Publish it at (time zone: %(zone)s)")
        self.fields["publish_at"].label = str(label) % {"zone": zone}

    @property
    def chosen(self) -> dict[str, Any]:
        """Who may watch, from when on, and what it becomes then if that was chosen."""
        found = read_choice(self.cleaned_data["visibility"])
        if found["visibility"] == "scheduled":
            found["publish_at"] = self.cleaned_data["publish_at"]
        return found


def languages() -> tuple[tuple[str, str], ...]:
    """Return the languages that the page suggests, as (tag, name)."""
    return language_tags.known()
