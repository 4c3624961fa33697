"""What people say about captions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext_lazy as _

from lucarne.catalog import caption_queries
from lucarne.catalog.captions import TITLE_MAX
from lucarne.catalog.errors import BadCaptions
from lucarne.media import text_sentences
from lucarne_engine.captions.model import Finding

_empty = lazy(lambda: text_sentences.sentence(Finding(code="empty")), str)()


def _file_field(label: Any, help_text: Any = "") -> forms.FileField:
    return forms.FileField(
        label=label,
        help_text=help_text,
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,.ttml,.dfxp,.xml,text/vtt"}),
        error_messages={
            "required": _("Choose a file first."),
            "missing": _("Choose a file first."),
            "empty": _empty,
        },
    )


class InMemory(MemoryFileUploadHandler):
    """Keeps a file in memory, whose request was found small enough before."""

    def handle_raw_input(self, *_args: Any, **_how: Any) -> None:
        """Leave nothing on the disk, whatever the length."""
        self.activated = True


class CaptionForm(forms.Form):
    """Language, kind and who sees them."""

    language = forms.ChoiceField(
        label=_("Language"),
        error_messages={
            "required": _("Choose the language."),
            "invalid_choice": _("Choose the language."),
        },
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("subtitles", _("Subtitles: what is said")),
            ("captions", _("Captions for the deaf: also who speaks and what sounds")),
        ],
        initial="subtitles",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the kind.")},
    )
    title = forms.CharField(
        label=_("Name of their own"),
        required=False,
        max_length=TITLE_MAX,
        help_text=_("Only needed to tell two of one language and kind apart."),
        error_messages={"max_length": _("A name has at most 100 characters.")},
    )
    is_visible = forms.BooleanField(
        label=_("Viewers can choose them"), required=False, initial=True
    )

    def __init__(self, *args: Any, unknown_language: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  as written above
        field.choices = caption_queries.languages()
        own = str(self.initial.get("language", ""))
        if unknown_language:
            field.required = False
        if own not in dict(field.choices):
            field.choices = [(own, caption_queries.language_name(own)), *field.choices]


class NewCaptionForm(CaptionForm):
    """A file and what it is."""

    file = _file_field(
        _("File"), _("WebVTT, SRT or TTML, up to 4 MB. It is checked at once.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"language": (get_language() or "en")[:2]})
        super().__init__(*args, **kwargs)
        self.order_fields(["file", "language", "kind", "title", "is_visible"])


class ReplaceForm(forms.Form):
    """Another file in the place of one."""

    file = _file_field(_("Replace by another file"))


def show_what_is_wrong(form: forms.Form, error: BadCaptions) -> None:
    """Put every sentence about a file beside its field."""
    for sentence in error.sentences:
        form.add_error("file", sentence)
