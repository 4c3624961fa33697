"""A stereo mix of channels that FFmpeg's mixer has no rule for.

It knows loudspeakers that stand around a listener: something in front, each on the left
with one on the right. It refuses ambisonics, channels that say nothing about their place
and are more than eight, and pairs without a front, and then no sound comes at all.
"""

from __future__ import annotations

import re
from typing import Final

from lucarne_engine.probe.report import AudioStream

Side = dict[int, float]  # a channel's number, and how much of it

CENTER: Final = 0.707  # at -3 dB on both sides, as in ITU-R BS.775-4 table 2
# av_channel_layout_describe: what is no standard layout has a space in its name.
_NAMED: Final = re.compile(r"\d+ channels \((.+)\)")
_ORDERED_ENOUGH: Final = re.compile(r"[1-8] channels")
_AMBISONIC: Final = re.compile(r"ambisonic (\d+)(\+stereo)?")


def mixed(stream: AudioStream) -> list[str]:
    """Filters that make stereo of the track; none where FFmpeg's own mixer does."""
    layout = stream.layout
    is_known = " " not in layout or _ORDERED_ENOUGH.fullmatch(layout) is not None
    if layout == "binaural":
        return [_mix({0: 1.0}, {1: 1.0})]
    if is_known or stream.channels == 1:
        return []
    if sphere := _AMBISONIC.fullmatch(layout):
        return [_faced(int(sphere[1]), has_stereo=bool(sphere[2]))]
    named = _NAMED.fullmatch(layout)
    names = named[1].split("+") if named else []
    return [_mix(*_sides(names, stream.channels))]


def _faced(order: int, *, has_stereo: bool) -> str:
    """Two cardioids that look left and right (ACN order and SN3D, RFC 8486 section 3.1).

    Stereo beside the sphere does not turn with the head: it is heard as it is.
    """
    first = (order + 1) ** 2
    left, right = (f"+c{first}", f"+c{first + 1}") if has_stereo else ("", "")
    return f"pan=stereo|c0=0.5*c0+0.5*c1{left}|c1=0.5*c0-0.5*c1{right}"


def _sides(names: list[str], channels: int) -> tuple[Side, Side]:
    """What is heard left and right: by the names of the channels, or in turn."""
    left: Side = {}
    right: Side = {}
    for number, name in enumerate(names):
        place = name.partition("@")[0]  # FFmpeg's name, before one of the file's own
        if place.startswith("LFE") or not place.isalpha():
            continue  # low frequencies, as in any mix for two; UNK7: nobody knows where
        is_center = "L" not in place and "R" not in place and "C" in place
        weight = CENTER if is_center else 1.0
        if is_center or "L" in place:
            left[number] = weight
        if is_center or "R" in place:
            right[number] = weight
    if left or right:
        return left or right, right or left
    return (
        dict.fromkeys(range(0, channels, 2), 1.0),
        dict.fromkeys(range(1, channels, 2), 1.0),
    )


def _mix(left: Side, right: Side) -> str:
    """Write the filter: what is added up is no louder than one channel."""
    if len(left) == len(right) == 1:  # where "pan" would ask the mixer's rules, too
        return f"channelmap={min(left)}|{min(right)}:channel_layout=stereo"
    parts = (
        "+".join(f"{weight:g}*c{number}" for number, weight in side.items())
        for side in (left, right)
    )
    return "pan=stereo|c0<{}|c1<{}".format(*parts)
