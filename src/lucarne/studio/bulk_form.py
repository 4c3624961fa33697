"""What may be changed on many films at once."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext, gettext_lazy as _

from lucarne.catalog import language_tags
from lucarne.catalog.bulk_preview import Changes
from lucarne.catalog.errors import BadTags
from lucarne.catalog.labels import CATEGORIES, LICENSES
from lucarne.catalog.names import read_tags
from lucarne.catalog.rights import Action, Rights
from lucarne.studio.visibility_words import CHOICES, read_choice

_AS_IT_IS: Final = ("", _("Leave as it is"))
_NOTHING: Final = "-"  # a choice that empties the detail
_GONE: Final = {
    "invalid_choice": _("This choice does not exist any more. Choose another.")
}
_MOMENT: Final = "%Y-%m-%dT%H:%M"


class _Choice(forms.ChoiceField):
    def __init__(self, label: Any, choices: Any = ()) -> None:
        super().__init__(
            label=label,
            required=False,
            choices=[_AS_IT_IS, *choices],
            error_messages=_GONE,
        )


class BulkForm(forms.Form):
    """Each field leaves alone what it is not told to change."""

    visibility = _Choice(_("Visibility"), CHOICES.items())
    publish_at = forms.DateTimeField(
        label=_("To be published"),
        required=False,
        input_formats=[_MOMENT],
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
        error_messages={
            "invalid": _("Write day and time as 2026-11-25T14:30, a time that exists.")
        },
    )
    channel = _Choice(_("Channel"))
    add_tags = forms.CharField(
        label=_("Add tags"),
        required=False,
        max_length=2000,
        help_text=_("Separated by commas."),
    )
    remove_tags = forms.CharField(
        label=_("Take tags away"), required=False, max_length=2000
    )
    language = _Choice(_("Language"))
    category = _Choice(_("Category"), [(_NOTHING, _("No category")), *CATEGORIES.items()])
    license = _Choice(
        _("License"),
        [(_NOTHING, _("No license")), *((code, one.name) for code, one in LICENSES.items())],
    )

    def __init__(self, *args: Any, rights: Rights, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = rights.channels(Action.UPLOAD)
        self._choose("channel", [(c.channel_id, c.name) for c in channels])
        self._choose("language", [(_NOTHING, _("No language")), *language_tags.known()])
        self.fields["publish_at"].help_text = gettext(
            "Only with “Scheduled”. Time zone: %(zone)s."
        ) % {"zone": get_current_timezone_name()}

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  as written above
        field.choices = [_AS_IT_IS, *choices]

    def clean_add_tags(self) -> tuple[str, ...]:
        """Take the tags apart."""
        return self._tags("add_tags")

    def clean_remove_tags(self) -> tuple[str, ...]:
        """Take the tags apart."""
        return self._tags("remove_tags")

    def _tags(self, name: str) -> tuple[str, ...]:
        try:
            return read_tags(self.cleaned_data[name])
        except BadTags as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean(self) -> dict[str, Any]:
        """Refuse a time that would count for nothing."""
        found = self.cleaned_data
        chosen = read_choice(found.get("visibility") or "").get("visibility")
        if found.get("publish_at") and chosen != "scheduled":
            self.add_error(
                "publish_at",
                _(
                    "A time counts for “Scheduled” alone: choose it, or leave the time empty."
                ),
            )
        return found

    def changes(self) -> Changes:
        """Return what a valid form asks for."""
        found = self.cleaned_data
        kept: dict[str, Any] = {
            name: "" if found[name] == _NOTHING else found[name] or None
            for name in ("channel", "language", "category", "license")
        }
        if found["visibility"]:
            kept |= read_choice(found["visibility"])
        return Changes(
            publish_at=found["publish_at"],
            add_tags=found["add_tags"],
            remove_tags=found["remove_tags"],
            **kept,
        )
