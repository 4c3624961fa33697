"""How far work is, in words: the same on a page and in what it is told afterwards."""

from __future__ import annotations

import math
from typing import Final, Protocol

from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from lucarne.core.sizes import size
from lucarne.media.progress import AssetProgress, RenditionView

# Said where a film is not tried again: see media.again.may_help.
NEEDS_FILE: Final = gettext_lazy(
    "Trying again would change nothing: this film needs another file."
)


class Step(Protocol):
    """A stage, or a rendition."""

    @property
    def state(self) -> str: ...
    @property
    def fraction(self) -> float: ...
    @property
    def speed(self) -> float: ...
    @property
    def eta_s(self) -> float | None: ...


def about(seconds: float | None) -> str:
    """A wait in words, rounded up: ``40 s``, ``3 min``, ``2 h``."""
    if seconds is None:
        return ""
    if seconds < 60:
        # Steps of five: a figure that jumps every second reads as noise.
        return _("%(count)d s") % {"count": max(5, 5 * math.ceil(seconds / 5))}
    if seconds < 3600:
        return _("%(count)d min") % {"count": math.ceil(seconds / 60)}
    hours = math.ceil(seconds / 3600)
    return ngettext("%(count)d h", "%(count)d h", hours) % {"count": hours}


def percent(fraction: float) -> str:
    """``42%``: rounded down, so that 100 means done."""
    shown = number_format(int(100 * fraction), decimal_pos=0)
    return _("%(number)s%%") % {"number": shown}


def step_words(step: Step) -> str:
    """How far a step is: ``Waiting``, ``42% · 1.2× · 3 min left``, ``Done after 4 s``."""
    if step.state == "done":
        return _done(getattr(step, "after_ms", None))
    if step.state == "failed":
        return _("Failed")
    if step.state == "canceled":
        return _("Canceled")
    if step.state == "waiting":
        return _("Waiting")
    if not step.fraction:
        return _("Under way")
    parts = [percent(step.fraction)]
    if step.speed:
        parts.append(f"{number_format(step.speed, decimal_pos=1)}×")
    if step.eta_s is not None:
        parts.append(_left(step.eta_s))
    return " · ".join(parts)


def made_words(one: RenditionView) -> str:
    """What a rendition is so far: ``640 × 360 · 700 kbit/s · 4 MB``."""
    parts = [f"{one.width} × {one.height}"]
    if one.bitrate_kbps:
        parts += [f"{one.bitrate_kbps} kbit/s", size(one.size_bytes)]
    return " · ".join(parts)


def line_words(work: AssetProgress) -> str:
    """How far a film is, or whom it waits for; "" where there is nothing to say."""
    if work.is_finished:
        return ""
    if work.films_before:
        pattern = ngettext(
            "%(count)d film before this one", "%(count)d films before this one",
            work.films_before,
        )  # fmt: skip
        return pattern % {"count": work.films_before}
    if not any(stage.state == "running" for stage in work.stages):
        return _("Waiting")
    parts = [percent(work.fraction)] if work.fraction else []
    if work.eta_s is not None:
        parts.append(_left(work.eta_s))
    return " · ".join(parts) or _("Under way")


def _left(seconds: float) -> str:
    return _("%(time)s left") % {"time": about(seconds)}


def _done(after_ms: int | None) -> str:
    if after_ms is None:
        return _("Done")
    if after_ms < 100_000:
        shown = _("%(count)s s") % {"count": number_format(after_ms / 1000, 1)}
    else:
        shown = about(after_ms / 1000)
    return _("Done after %(time)s") % {"time": shown}
