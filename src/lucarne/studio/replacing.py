"""What a film's page says of its other files."""

from __future__ import annotations

import contextlib
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lucarne.catalog import version_queries
from lucarne.catalog.queries import VideoView
from lucarne.media import progress
from lucarne.media.errors import UnknownAsset
from lucarne.studio.forms import FilmField


class ReplaceFilmForm(forms.Form):
    """Another file; ``upload`` names one that was sent in parts before."""

    upload = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    film = FilmField(
        label=_("The new file"),
        required=False,
        widget=forms.FileInput(
            attrs={"accept": "video/*,.mkv,.mts,.m2ts,.ts,.mxf,.avi,.mov,.webm"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Need one of both."""
        found = super().clean() or {}
        if not (found.get("upload") or found.get("film") or "film" in self.errors):
            self.add_error("film", _("Choose a film first."))
        return found


def files_of(video: VideoView) -> dict[str, Any]:
    """Return the other files of a film, and how far the one to come is."""
    found = version_queries.versions_of(video.video_id)
    coming = None
    if found.coming is not None:
        with contextlib.suppress(UnknownAsset):  # given up since
            coming = progress.progress(found.coming.asset_id)
    change_ms = 0
    if coming is not None and coming.duration_ms and video.film.duration_ms:
        change_ms = coming.duration_ms - video.film.duration_ms
    return {
        "coming": coming,
        "former": found.former,
        "coming_change_ms": abs(change_ms)
        if abs(change_ms) > version_queries.SAME_LENGTH_MS
        else 0,
        "coming_is_shorter": change_ms < 0,
        "length_changed_ms": version_queries.length_changed_ms(video, found),
    }
