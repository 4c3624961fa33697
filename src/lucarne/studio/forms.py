"""What people type in the studio."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy as _

from lucarne.accounts import queries as people
from lucarne.accounts.forms import email_field, password_field
from lucarne.catalog.form_upload import FIELD, ReceivedFilm
from lucarne.catalog.queries import ChannelView
from lucarne.catalog.rights import Action, Rights
from lucarne.media import sentences

LANGUAGES = [("en", "English"), ("fr", "Français")]
_PUBLIC = ("public", _("Public: everybody can watch it"))
_MEMBERS = (
    "members",
    _("For members: everybody sees that it is here, members watch it"),
)
_PRIVATE = ("private", _("Private: only the channel’s team"))
_DRAFT = ("draft", _("Draft: an editor approves it before others can watch"))


class WelcomeForm(forms.Form):
    """The first visit; nothing that could be asked later."""

    language = forms.ChoiceField(
        label=_("Language of the portal"),
        choices=LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language.")},
    )
    name = forms.CharField(
        label=_("Name of the portal"),
        max_length=100,
        help_text=_("People see it on every page."),
        error_messages={"required": _("Give the portal a name.")},
    )
    channel = forms.CharField(
        label=_("First channel"),
        max_length=100,
        help_text=_("Films belong to channels, for example “News” or “Concerts”."),
        error_messages={"required": _("Give the first channel a name.")},
    )
    owner_name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name.")},
    )
    email = email_field()
    password = password_field(
        label=_("Password"),
        autocomplete="new-password",
        help_text=_("At least 10 characters; a few words are easiest to remember."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = (get_language() or "en")[:2]

    def clean_password(self) -> str:
        """Judge it with the other answers: it has to be typed anew after each try."""
        password: str = self.cleaned_data["password"]
        about = {key: self.cleaned_data.get(key, "") for key in ("email", "owner_name")}
        problems = people.password_problems(
            password, email=about["email"], name=about["owner_name"]
        )
        if problems:
            raise forms.ValidationError(list(problems))
        return password


class DetailsForm(forms.Form):
    """What is written about a film."""

    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        error_messages={
            "required": _("Give the film a title."),
            "max_length": _("A title has at most 200 characters."),
        },
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        error_messages={
            "required": _("Choose a channel."),
            "invalid_choice": _(
                "This channel does not exist any more. Choose another."
            ),
        },
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "max_length": _("A description has at most 10,000 characters."),
        },
    )

    def __init__(
        self, *args: Any, channels: Iterable[ChannelView], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)  # noqa: S101  as written above
        channel.choices = [(c.channel_id, c.name) for c in channels]


class FilmField(forms.FileField):
    """A film that the upload handler has taken."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refuse an empty film with the sentence that the command line also says."""
        if isinstance(data, ReceivedFilm) and not data.size:
            raise forms.ValidationError(
                sentences.refusal("empty", name=data.source_name), code="empty"
            )
        return super().clean(data, initial)


class PublishForm(DetailsForm):
    """A film and its details; ``upload`` names a film that was sent in parts before."""

    upload = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    # The film is here already, and shall be once more.
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)
    visibility = forms.ChoiceField(
        label=_("Who can watch it"),
        choices=[_PUBLIC, _MEMBERS, _PRIVATE],
        initial="public",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who can watch the film.")},
    )
    film = FilmField(
        label=_("Film"),
        error_messages={
            "required": _("Choose a film first."),
            "missing": _("Choose a film first."),
        },
    )

    def __init__(self, *args: Any, rights: Rights, **kwargs: Any) -> None:
        super().__init__(*args, channels=rights.channels(Action.UPLOAD), **kwargs)
        self._rights = rights
        if not rights.may_anywhere(Action.SHOW):
            visibility = self.fields["visibility"]
            assert isinstance(visibility, forms.ChoiceField)  # noqa: S101  as above
            visibility.choices = [_DRAFT]
            visibility.initial = _DRAFT[0]
        title = self.fields["title"]
        title.required = False
        title.help_text = _("Without one the file’s name is taken.")
        if self.data.get("upload"):
            self.fields[FIELD].required = False
        self.order_fields([FIELD, "title", "channel", "description", "visibility"])

    def clean(self) -> dict[str, Any]:
        """Show nobody what an editor of the channel must approve first."""
        found = self.cleaned_data
        channel_id, visibility = found.get("channel"), found.get("visibility")
        if not (channel_id and visibility):
            return found
        if not self._rights.may_publish(visibility, channel_id):
            self.add_error(
                "visibility",
                _(
                    "In this channel an editor approves films first. Choose "
                    "“Private”, then send the film for approval on its page."
                ),
            )
        return found


class DraftForm(forms.Form):
    """What was written so far: anything that could still become a film's details."""

    title = forms.CharField(required=False, max_length=200)
    channel = forms.CharField(required=False, max_length=24)
    description = forms.CharField(required=False, max_length=10_000, strip=False)
    visibility = forms.CharField(required=False, max_length=20)


class AnnounceForm(DraftForm):
    """A film that a browser is about to send in parts."""

    name = forms.CharField(max_length=1000)
    size = forms.IntegerField(min_value=1)
    modified = forms.IntegerField(required=False)  # tells two files of a name apart
    # A film whose file it shall be; "" makes it a film of its own.
    replaces = forms.CharField(required=False, max_length=24)


class FetchForm(forms.Form):
    """A film that this portal shall fetch."""

    address = forms.URLField(
        label=_("Address of a film"),
        max_length=2000,
        assume_scheme="https",
        error_messages={
            "required": _("Write the address of a film."),
            "invalid": _("This is no address: one begins with https:// or http://."),
        },
    )
