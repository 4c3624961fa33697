"""Where the packets of a film lie in its file.

Two looks at a film that give the same layout saw the same packets at the same
places; so what one of them planned can be made of the bytes that the other reads.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, count
from operator import add
from typing import Any, Final

from lucarne_engine.probe import timing
from lucarne_engine.probe.timing import PacketLog

# Pictures that a program may read ahead of those it shows: a decoder takes one for each
# of its threads (16 at most), FFmpeg's queues hold some more.
READ_AHEAD: Final = 64


@dataclass(frozen=True, kw_only=True)
class Layout:
    # Of what was planned from: every packet's place, size and times; of Matroska, its
    # cues and its last packets.
    digest: str
    looked_to: int  # where the last packet ends that was decoded to look at it
    # Where each key frame of the report begins, or what follows it in the file.
    begins: tuple[int, ...] = ()
    # By seconds of the film: where all ends that is read to show what comes before;
    # 0: not before the end of the film.
    ends: tuple[int, ...] = ()

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Layout:
        lists = {name: tuple(data[name]) for name in ("begins", "ends")}
        return cls(**{**data, **lists})


def lay_out(
    logs: Mapping[int, PacketLog],
    video: int,
    *,
    zero: Fraction,
    looked_to: int,
    digest: str,
    is_prefix: bool = False,
) -> Layout:
    """Lay out the tracks of ``logs``, in which the film begins at ``zero`` seconds.

    ``is_prefix``: more is to come of each of them.
    """
    if video not in logs:
        return Layout(digest=digest, looked_to=looked_to)
    return Layout(
        digest=digest,
        looked_to=looked_to,
        begins=tuple(_begins(logs[video])),
        ends=tuple(_ends(logs, video, zero, is_prefix=is_prefix)),
    )


def digest_of(logs: Mapping[int, PacketLog], headers: Sequence[bytes]) -> str:
    """Hash all packets; ``headers`` are what their decoders are told."""
    found = hashlib.sha256()
    for header in headers:
        found.update(hashlib.sha256(header).digest())
    for index, log in sorted(logs.items()):
        facts = (
            index,
            len(log.pts),
            log.time_base.numerator,
            log.time_base.denominator,
        )
        for numbers in (facts, log.pts, log.durations, log.keys, log.places, log.sizes):
            found.update(array("q", numbers).tobytes())
    return found.hexdigest()


def _begins(log: PacketLog) -> list[int]:
    lowest = list(accumulate(reversed(log.places), min))[::-1]
    position = {log.pts[key]: key for key in log.keys}
    return [lowest[position[ticks]] for ticks in timing.closed_keyframes(log)]


def _ends(
    logs: Mapping[int, PacketLog], video: int, zero: Fraction, *, is_prefix: bool
) -> Iterator[int]:
    log = logs[video]
    reach = _reach(log)
    others = [
        (one, _reach(one), log.time_base / one.time_base)
        for index, one in logs.items() if index != video
    ]  # fmt: skip
    # Of a packet and all that follow it, in the order of decoding, the earliest time.
    earliest = list(accumulate(reversed(log.pts), min))[::-1]
    for ticks in _seconds(zero, log.time_base):
        ahead = bisect_left(earliest, ticks) + READ_AHEAD
        if ahead >= len(reach):
            return
        until = max(log.pts[ahead - READ_AHEAD : ahead + 1])
        heard = [(one, its, _ticks(until, scale)) for one, its, scale in others]
        if is_prefix and any(_is_short_of(time, one) for one, _, time in heard):
            return
        yield max([reach[ahead], *(_until(one, its, time) for one, its, time in heard)])


def _seconds(zero: Fraction, time_base: Fraction) -> Iterator[int]:
    """Yield the first whole tick of each second; in integers, for there are thousands."""
    first, step = zero / time_base, 1 / time_base
    whole = first.denominator * step.denominator
    at, each = int(first * whole), int(step * whole)
    return (-(-(at + each * number) // whole) for number in count())


def _ticks(time: int, scale: Fraction) -> int:
    return time * scale.numerator // scale.denominator


def _reach(log: PacketLog) -> list[int]:
    """Say for each packet where it, and all before it, end."""
    return list(accumulate(map(add, log.places, log.sizes), max))


def _is_short_of(time: int, log: PacketLog) -> bool:
    return not log.pts or log.pts[-1] <= time


def _until(log: PacketLog, reach: list[int], time: int) -> int:
    number = bisect_right(log.pts, time)
    return reach[min(number, len(reach) - 1)] if reach else 0
