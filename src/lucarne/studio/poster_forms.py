"""What people say about a poster."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext, gettext_lazy as _

from lucarne.media import sentences

_TIME: Final = re.compile(
    r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:[.,](\d{1,3}))?", re.ASCII
)
_empty = lazy(
    lambda: sentences.refusal("picture_empty", name=gettext("Your picture")), str
)()
_WHOLE = _("Write a whole number of pixels.")


class MomentForm(forms.Form):
    """A moment of the film, as a person writes it."""

    moment = forms.CharField(
        label=_("Moment"),
        max_length=20,
        help_text=_("Minutes and seconds, such as 1:23.4."),
        widget=forms.TextInput(attrs={"class": "figures", "autocomplete": "off"}),
        error_messages={
            "required": _("Say which moment."),
            "max_length": _("Write the moment as 1:23.4."),
        },
    )

    def clean_moment(self) -> int:
        """Return milliseconds."""
        found = _TIME.fullmatch(self.cleaned_data["moment"].strip())
        hours, minutes, seconds, rest = found.groups("0") if found else ("0",) * 4
        is_time = found and (found[2] is None or int(seconds) < 60)
        if not is_time or (found and found[1] is not None and int(minutes) > 59):
            raise forms.ValidationError(_("Write the moment as 1:23.4."))
        whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        return whole * 1000 + int(rest.ljust(3, "0"))


class PictureForm(forms.Form):
    """A picture from elsewhere."""

    picture = forms.FileField(
        label=_("Picture"),
        help_text=_(
            "JPEG, PNG, WebP or AVIF, up to 20 MB. Where and with what it was taken is "
            "left out."
        ),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp,image/avif"}
        ),
        error_messages={
            "required": _("Choose a picture first."),
            "missing": _("Choose a picture first."),
            "empty": _empty,
        },
    )


class CropForm(forms.Form):
    """Which part of a picture is shown, in its pixels."""

    left = forms.IntegerField(label=_("From the left"), min_value=0)
    top = forms.IntegerField(label=_("From the top"), min_value=0)
    width = forms.IntegerField(label=_("Width"), min_value=1)
    shape = forms.ChoiceField(
        label=_("Shape"), widget=forms.RadioSelect, required=False
    )

    def __init__(
        self, *args: Any, shapes: dict[str, tuple[int, int]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        names = {
            "wide": _("16:9, as lists show films"),
            "film": _("The film’s own shape"),
        }
        shape = self.fields["shape"]
        assert isinstance(shape, forms.ChoiceField)  # noqa: S101  as written above
        shape.choices = [(one, names[one]) for one in shapes]
        for field in self.fields.values():
            for code in ("required", "invalid", "min_value"):
                field.error_messages[code] = _WHOLE
