"""Figures of running work, in the reader's language."""

from __future__ import annotations

import math
from typing import NamedTuple

from django import template
from django.template.context import Context
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lucarne.catalog.names import clean_line
from lucarne.catalog.rights import Action
from lucarne.core.sizes import size
from lucarne.media.description import LAYOUTS
from lucarne.media.progress import SoundView
from lucarne.studio import access, moments, work_words
from lucarne.studio.statistics import number, share_words
from lucarne.studio.summary import quality_name

register = template.Library()

register.filter("size", size)
register.filter("about", work_words.about)
register.filter("percent", work_words.percent)
register.filter("step_words", work_words.step_words)
register.filter("made_words", work_words.made_words)
register.filter("line_words", work_words.line_words)
register.filter("number", number)
register.filter("share", share_words)


class MayDo(NamedTuple):
    """What the navigation offers."""

    upload: bool
    approvals: bool
    delete: bool
    members: bool


@register.simple_tag(takes_context=True)
def studio_may(context: Context) -> MayDo:
    """Say what the navigation offers to whoever asks."""
    rights = access.rights(context["request"])
    return MayDo(
        upload=rights.may_anywhere(Action.UPLOAD),
        approvals=rights.may_anywhere(Action.EDIT),
        delete=rights.may_anywhere(Action.DELETE),
        members=rights.is_unlimited,
    )


@register.filter
def sound_name(sound: SoundView) -> str:
    """A sound track as people tell it apart: ``French, stereo``."""
    layout = LAYOUTS[sound.channels]
    return ", ".join(filter(None, (clean_line(sound.title), sound.language, layout)))


@register.filter
def loudness(sound: SoundView) -> str:
    """What was measured, and what was done: ``: −23.1 LUFS, made louder by 7.1 dB``."""
    found = _(": %(lufs)s LUFS, peaks of %(peak)s dBTP in the file; ") % {
        "lufs": _decibels(sound.lufs),
        "peak": _decibels(sound.peak_dbtp),
    }
    if not sound.gain_db:
        return found + _("left as it is")
    pattern = _("made louder by %(gain)s dB")
    if sound.gain_db < 0:
        pattern = _("made quieter by %(gain)s dB")
    return found + pattern % {"gain": _decibels(abs(sound.gain_db))}


def _decibels(value: float) -> str:
    return number_format(round(value, 1), decimal_pos=1).replace("-", "−")


@register.filter
def quality(name: str) -> str:
    """A rung as people call it: ``360p``."""
    return quality_name(name)


@register.filter
def figure(fraction: float) -> str:
    """A number for an attribute: a point, whatever the language."""
    return f"{fraction:.3f}"


@register.filter
def cue_time(ms: int) -> str:
    """A time in a film to the tenth, as its readers write it: ``1:02.5``, ``1:02,5``."""
    return moments.written(ms)


@register.filter
def plain(number: float) -> str:
    """A coordinate: one decimal, a point, whatever the language."""
    return f"{number:.1f}"


@register.filter
def hours(count: float) -> str:
    """Hours of a processor: ``3.5 h``, ``12 min``."""
    if count < 1:
        return _("%(count)d min") % {"count": math.ceil(count * 60)}
    return _("%(count)s h") % {"count": number_format(round(count, 1), decimal_pos=1)}


@register.filter
def codec_name(codec: str) -> str:
    """How people write a codec: ``H.264``, ``AV1``."""
    return {"h264": "H.264", "av1": "AV1"}.get(codec, codec)


@register.filter
def one_line(name: str) -> str:
    """A file's name without what could reorder or break the text around it."""
    return clean_line(name)
