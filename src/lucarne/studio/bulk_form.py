"""What may be changed on many films at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lucarne.catalog import queries as catalog
from lucarne.catalog.bulk import Changes
from lucarne.studio.film_table import VISIBILITIES

_AS_IT_IS = ("", _("Leave as it is"))
_GONE = {"invalid_choice": _("This choice does not exist any more. Choose another.")}


class BulkForm(forms.Form):
    """Each field leaves alone what it is not told to change."""

    visibility = forms.ChoiceField(
        label=_("Visibility"),
        required=False,
        choices=[_AS_IT_IS, *VISIBILITIES.items()],
        error_messages=_GONE,
    )
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, error_messages=_GONE
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)  # noqa: S101  as written above
        known = [(one.channel_id, one.name) for one in catalog.channels()]
        channel.choices = [_AS_IT_IS, *known]

    def changes(self) -> Changes:
        """Return what a valid form asks for."""
        found = self.cleaned_data
        return Changes(
            visibility=found["visibility"] or None, channel=found["channel"] or None
        )
