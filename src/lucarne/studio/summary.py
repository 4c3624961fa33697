"""One sentence on how far a film is: what a screen reader is told when it changes."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lucarne.media.progress import AssetProgress


@dataclass(frozen=True, kw_only=True)
class Summary:
    """``tone``: info, good, warn or error, as the notice component names them."""

    sentence: str
    tone: str
    percent: int


def quality_name(rung: str) -> str:
    """A rung's name as people say it: ``360p`` for ``h264-360``, ``720p AV1``."""
    codec, _dash, rest = rung.partition("-")
    lines = rest.partition("-")[0]  # rungs of a fine pass have a digest behind
    if not lines.isdigit():
        return rung
    return f"{lines}p" if codec in {"", "h264"} else f"{lines}p {codec.upper()}"


def summary_of(work: AssetProgress) -> Summary:
    """Say in one sentence what a person can do with the film now.

    It holds no running figures, so that it is only said again when something changed.
    """
    percent = int(100 * work.fraction)
    if work.is_failed:
        return Summary(sentence=work.error_sentence, tone="error", percent=percent)
    if work.is_ready:
        return Summary(
            sentence=_("Ready: every quality can be watched."), tone="good", percent=100
        )
    if work.is_playable:
        finished = [view.name for view in work.renditions if view.state == "done"]
        if finished:
            sentence = _("%(quality)s ready: watchable now.") % {
                "quality": quality_name(finished[-1])
            }
        else:
            sentence = _("Watchable now. Further qualities are being made.")
        return Summary(sentence=sentence, tone="good", percent=percent)
    if work.state == "encoding":
        sentence = _("The first pictures are being made.")
    else:
        look = next(stage for stage in work.stages if stage.name == "look")
        sentence = f"{look.label}…"
    return Summary(sentence=sentence, tone="info", percent=percent)
