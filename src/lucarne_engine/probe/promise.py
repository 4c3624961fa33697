"""The packets that a Matroska film promises: its beginning, its end and its cues are here.

Between them there is a hole. Of a picture at a steady rate the cues say enough: which
packets come, when, and in which bytes. Whether they do is known when the film is here.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path
from statistics import median_low
from typing import Final

from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.probe import timing
from lucarne_engine.probe.ebml import Cue, EbmlError, read_cues
from lucarne_engine.probe.timing import PacketLog

# Pictures that may stand behind a key frame and are shown before it; sound may stand
# as far from the picture that it belongs to.
_SLACK: Final = 32
_MOST_SOUNDS: Final = 1_000_000  # packets of one track: six hours


def cues_of(path: Path) -> tuple[Cue, ...]:
    """Return the cues of a film; () when it has none, or none that are of use."""
    try:
        with path.open("rb") as file:
            return read_cues(file, path.stat().st_size)
    except EbmlError:
        return ()


def digest(
    cues: Sequence[Cue], logs: Mapping[int, PacketLog], headers: Sequence[bytes]
) -> str:
    """Hash what a plan was made of ahead: the cues, and what comes from the last on."""
    found = hashlib.sha256()
    for header in headers:
        found.update(hashlib.sha256(header).digest())
    for cue in cues:
        found.update(array("q", (cue.time, cue.place)).tobytes())
    for index, log in sorted(logs.items()):
        first = _position(log, cues[-1].place)
        base = log.time_base
        found.update(array("q", (index, base.numerator, base.denominator)).tobytes())
        for numbers in (log.pts, log.durations, log.places, log.sizes):
            found.update(array("q", numbers[first:]).tobytes())
    return found.hexdigest()


def complete(
    logs: Mapping[int, PacketLog],
    video: int,
    cues: Sequence[Cue],
    *,
    size_bytes: int,
    most: int,
) -> None:
    """Put into ``logs`` what is missing between the beginning and the end of a film.

    All places are then those of clusters that a cue names: what is between two of
    them comes as a whole. Raises EncoderError when the cues do not say enough, or not
    what is seen; SourceError beyond ``most`` pictures.
    """
    if not cues or video not in logs:
        raise _unpromising("no cues")
    picture = logs[video]
    missing, behind = _missing(picture, cues)
    positions = {index: _position(log, behind) for index, log in logs.items()}
    if any(not 0 < positions[index] < len(log.pts) for index, log in logs.items()):
        raise _unpromising("a track does not go from the beginning to the end")
    grid = _grid(picture, positions[video], cues, most)
    map_ = _make_map(picture, cues, grid, size_bytes)
    bytes_ = _hole_bytes(logs, positions, behind)
    for index, log in logs.items():
        position = positions[index]
        if index == video:
            filling = _pictures(log, position, missing, grid)
        else:
            filling = _sounds(log, position, picture.time_base)
        _fill(log, position, filling, grid, map_)
        log.size_bytes += bytes_[index]


def _unpromising(why: str) -> EncoderError:
    return EncoderError("encoder_failed", f"its cues promise too little: {why}")


def _position(log: PacketLog, place: int) -> int:
    """Count the packets in front of a place; they come in the order of the file."""
    return bisect_left(log.places, place)


def _missing(log: PacketLog, cues: Sequence[Cue]) -> tuple[Sequence[Cue], int]:
    """Return the cues whose pictures are not here, and where the film goes on."""
    seen = {log.pts[key]: log.places[key] for key in log.keys}
    named = {cue.time: cue.place for cue in cues}
    if any(named.get(time, place + 1) > place for time, place in seen.items()):
        raise _unpromising("a key frame is not where it is said to be")
    missing = [number for number, cue in enumerate(cues) if cue.time not in seen]
    first, last = (missing[0], missing[-1]) if missing else (0, 0)
    if not 0 < first <= last < len(cues) - 1 or last - first + 1 != len(missing):
        raise _unpromising("there is no beginning, or no end, or no hole")
    return cues[first : last + 1], cues[last + 1].place


def _hole_bytes(
    logs: Mapping[int, PacketLog], positions: Mapping[int, int], behind: int
) -> dict[int, int]:
    """Guess how many bytes each track has in the hole: its share of the beginning."""
    shares = {index: sum(log.sizes[: positions[index]]) for index, log in logs.items()}
    ends = (
        log.places[positions[index] - 1] + log.sizes[positions[index] - 1]
        for index, log in logs.items()
    )
    hole = max(0, behind - max(ends))
    whole = sum(shares.values()) or 1
    return {index: hole * share // whole for index, share in shares.items()}


# -- when pictures are shown


@dataclass(frozen=True, kw_only=True)
class _Grid:
    """A steady rate: picture ``n`` is shown at ``zero + n * step`` ticks."""

    zero: int
    step: Fraction

    def number(self, time: int) -> int:
        ticks, parts = self.step.numerator, self.step.denominator
        return (2 * (time - self.zero) * parts + ticks) // (2 * ticks)

    def time(self, number: int) -> int:
        ticks, parts = self.step.numerator, self.step.denominator
        return self.zero + (2 * number * ticks + parts) // (2 * parts)


def _grid(log: PacketLog, position: int, cues: Sequence[Cue], most: int) -> _Grid:
    """Find the rate that the beginning, every cue and the end agree on."""
    start = sorted(log.pts[:position])
    if len(start) < 2:
        raise _unpromising("too few pictures")
    sure = start[: max(2, len(start) - _SLACK)]
    zero, step = start[0], Fraction(sure[-1] - sure[0], len(sure) - 1)
    if not step:
        raise _unpromising("two pictures at one time")
    times = sorted({*log.pts, *(cue.time for cue in cues)})
    for time in times:
        number = floor((time - zero) / step + Fraction(1, 2))
        if number > most:
            raise SourceError("too_long", f"more than {most} pictures")
        if number >= len(sure):  # the farther, the more exact
            step = Fraction(time - zero, number)
    grid = _Grid(zero=zero, step=step)
    room = max(Fraction(1), step / 8)
    is_steady = (
        all(abs(grid.number(time) * step + zero - time) <= room for time in times)
        and _has_all(grid, start)
        and _has_all(grid, [-time for time in log.pts[position:]], is_backward=True)
    )
    if not is_steady:
        raise _unpromising("the rate is not steady")
    return grid


def _has_all(grid: _Grid, times: Sequence[int], *, is_backward: bool = False) -> bool:
    """Whether no picture is missing, but for those near the hole."""
    sign = -1 if is_backward else 1
    numbers = [sign * grid.number(sign * time) for time in sorted(times)]
    return all(
        number == numbers[0] + n for n, number in enumerate(numbers[: -_SLACK or None])
    )


# -- where they lie


@dataclass(frozen=True, kw_only=True)
class _Map:
    """What comes as a whole: from a cluster that a cue names to the next such."""

    numbers: Sequence[int]  # of the cues' pictures
    cues: Sequence[Cue]
    places: Sequence[int]  # of clusters, each once
    size: int
    is_tight: bool  # a key frame is the first picture of its cluster

    def around(self, place: int) -> tuple[int, int]:
        """Return where that begins and ends in which this place is."""
        after = bisect_right(self.places, place)
        begin = self.places[after - 1] if after else 0
        return begin, self.places[after] if after < len(self.places) else self.size

    def of(self, number: int) -> tuple[int, int]:
        """Return between which places a picture is that was not seen."""
        own = max(0, bisect_right(self.numbers, number) - 1)
        last = max(0, bisect_right(self.numbers, number + _SLACK) - 1)
        last = min(last if self.is_tight else last + 1, len(self.cues) - 1)
        return self.cues[own].place, self.around(self.cues[last].place)[1]


def _make_map(log: PacketLog, cues: Sequence[Cue], grid: _Grid, size: int) -> _Map:
    named = {cue.time: cue.place for cue in cues}
    later = [key for key in log.keys if key > 0]
    return _Map(
        numbers=[grid.number(cue.time) for cue in cues],
        cues=cues,
        places=sorted({cue.place for cue in cues}),
        size=size,
        is_tight=all(log.places[key - 1] < named[log.pts[key]] for key in later),
    )


# -- what is in the hole


def _pictures(
    log: PacketLog, position: int, missing: Sequence[Cue], grid: _Grid
) -> PacketLog:
    known = {grid.number(time) for time in log.pts}
    if len(known) != len(log.pts):
        raise _unpromising("two pictures at one time")
    is_closed = _is_closed(log, position)
    keys = {grid.number(cue.time): cue.time for cue in missing}
    found = PacketLog(time_base=log.time_base)
    for number in range(max(known) + 1):
        if number in known:
            continue
        if number in keys and is_closed:
            found.keys.append(len(found.pts))
        found.pts.append(keys.get(number, grid.time(number)))
    return found


def _is_closed(log: PacketLog, position: int) -> bool:
    """Whether key frames are closed; the hole's are as those that were seen."""
    closed = set(timing.closed_keyframes(log))
    # Of one just before the hole it is not known what comes behind it.
    seen = [key for key in log.keys if 0 < key < position - _SLACK or key >= position]
    verdicts = {log.pts[key] in closed for key in seen}
    if len(verdicts) != 1:
        raise _unpromising("some key frames are closed, some are not")
    return verdicts.pop()


def _sounds(log: PacketLog, position: int, time_base: Fraction) -> PacketLog:
    before, behind = log.pts[position - 1], log.pts[position]
    step = timing.typical_interval(log.pts[:position])
    gap = behind - before
    parts = (2 * gap + step) // (2 * step) if step and gap > 0 else 0
    if not 0 < parts < _MOST_SOUNDS or log.time_base != time_base:
        raise _unpromising("the sound is not steady")
    times = [before + (2 * n * gap + parts) // (2 * parts) for n in range(1, parts)]
    return PacketLog(time_base=time_base, pts=times)


def _fill(
    log: PacketLog, position: int, filling: PacketLog, grid: _Grid, map_: _Map
) -> None:
    spans = [map_.around(place) for place in log.places]
    spans[position:position] = [map_.of(grid.number(time)) for time in filling.pts]
    more = len(filling.pts)
    log.keys[:] = [
        *(key for key in log.keys if key < position),
        *(key + position for key in filling.keys),
        *(key + more for key in log.keys if key >= position),
    ]
    usual = median_low(log.durations[:position])
    log.durations[position:position] = [usual] * more
    log.pts[position:position] = filling.pts
    log.places[:] = [begin for begin, _ in spans]
    log.sizes[:] = [end - begin for begin, end in spans]
