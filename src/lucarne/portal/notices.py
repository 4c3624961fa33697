"""What a film's page says of a film that is not quite as it should be."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from lucarne.catalog.queries import VideoView
from lucarne.playback.queries import Decision


class Notice(NamedTuple):
    tone: str  # as lucarne/components/notice.html knows them
    text: str
    is_while_growing: bool = False  # goes away as soon as the film is ready


def notices(video: VideoView, decision: Decision) -> list[Notice]:
    """Return what is to be said, in the active language."""
    warnings = [Notice("warn", text) for text in video.warnings]
    state = _of_state(video, decision) if decision.may_play else None
    return [state, *warnings] if state else warnings


def _of_state(video: VideoView, decision: Decision) -> Notice | None:
    if video.film.is_failed:
        text = _(
            "Not all of this film could be prepared: only its beginning can be watched."
        )
        return Notice("warn", text)
    if decision.is_ready:
        return None
    if decision.is_complete:
        text = _("More qualities are being prepared. You can watch meanwhile.")
    else:
        text = _("The beginning can be watched already; the rest is being prepared.")
    return Notice("info", text, is_while_growing=True)
