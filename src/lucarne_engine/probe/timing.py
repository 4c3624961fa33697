"""What the time stamps of a track say. Pure: lists of ticks in, facts out."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import Final

STANDARD_RATES: Final = tuple(
    sorted(
        [Fraction(n) for n in (1, 2, 5, 10, 12, 15, 18, 20, 24, 25, 30, 40, 48, 50)]
        + [Fraction(n) for n in (60, 72, 75, 90, 100, 120, 144, 200, 240)]
        + [Fraction(n * 1000, 1001) for n in (12, 15, 24, 30, 48, 60, 120, 240)]
        + [Fraction(15, 2), Fraction(25, 2)]
    )
)
_FASTEST: Final = Fraction(240)  # above it the clock is wrong, not the camera fast
_FALLBACK_RATE: Final = Fraction(25)


@dataclass(slots=True)
class PacketLog:
    """One track's packets in decode order; ticks of ``time_base``."""

    time_base: Fraction
    pts: list[int] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)  # positions in the lists above
    size_bytes: int = 0
    is_complete: bool = True  # False: broken, empty, untimed or hidden packets
    is_encrypted: bool = False
    changes: bool = False  # new codec parameters on the way
    has_alpha: bool = False  # a second, transparent picture beside the first packet
    counted: int = 0  # packets without any time, put one after another
    per_picture: int = 1  # packets: two when each field is one
    repeats: list[int] = field(default_factory=list)  # empty: the picture before stays
    # Where each packet lies in the file, bytes; -1 where nobody says.
    places: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def first(self) -> int:
        return min(self.pts)

    def end(self) -> int:
        """The end of the last shown packet, or of its last repeat; ticks."""
        step = typical_interval(self.pts) or self._usual_step()
        return max([self.last_end(), *(time + step for time in self.repeats)])

    def last_end(self) -> int:
        """The end of the last shown packet, ticks."""
        last = max(range(len(self.pts)), key=self.pts.__getitem__)
        step = typical_interval(self.pts)
        own = self.durations[last]
        if not step:
            step = self._usual_step()
            own = own if own * self.time_base * _FASTEST >= 1 else 0
        longest = max(10 * step, int(60 / self.time_base))
        return self.pts[last] + (own if 0 < own <= longest else step)

    def _usual_step(self) -> int:
        return int(1 / (_FALLBACK_RATE * self.time_base)) or 1


def typical_interval(pts: list[int]) -> int:
    """The median distance of two pictures, ticks; 0 when there are not two."""
    steps = [b - a for a, b in pairwise(sorted(pts)) if b > a]
    return median_low(steps) if steps else 0


def frame_rate(log: PacketLog, declared: Fraction | None) -> tuple[Fraction, bool]:
    """The nominal rate of pictures, and whether every one comes at its place.

    A codec that sends nothing where nothing moves (Theora) has the rate of its empty
    packets, or a short movement would be lost; it is not constant.
    ``declared`` (the header's) only decides between neighbors such as 24 and 23.976
    when the film is too short to tell.
    """
    times = sorted({*log.pts, *log.repeats})[:: log.per_picture]
    step = typical_interval(times)
    if not step:
        return _lone_picture_rate(log, declared), True
    span = times[-1] - times[0]
    average = Fraction(len(times) - 1) / (span * log.time_base)
    jitter = max(abs(b - a - step) for a, b in pairwise(times))
    # The ends are where the average may be wrong: by rounding, or by jitter.
    doubt = Fraction(max(2, min(jitter, step // 8)), span) + Fraction(1, 5000)
    # A whole tick too much in every interval (3001 of 90 kHz for 30 a second) is a
    # writer's rounding, as long as it does not add up to a misplaced picture.
    for rate in (
        _snap(average, max(doubt, Fraction(1, max(1, step - 1))), declared),
        _snap(average, doubt, declared),
    ):
        if rate <= _FASTEST and _is_constant(times, log.time_base, rate):
            return rate, len(set(log.pts)) == len(log.pts) and not log.repeats
    nominal = min(1 / (step * log.time_base), _FASTEST)
    doubt = max(Fraction(1, 50), Fraction(1, step) if step > 1 else Fraction(1, 2))
    return _snap(nominal, doubt, declared), False


def _lone_picture_rate(log: PacketLog, declared: Fraction | None) -> Fraction:
    length = log.durations[0] * log.time_base if log.durations else Fraction(0)
    guess = 1 / length if length > 0 else declared
    if guess is None or not 1 <= guess <= _FASTEST:
        return _FALLBACK_RATE
    return _snap(guess, Fraction(1, 50), declared)


def _snap(rate: Fraction, doubt: Fraction, declared: Fraction | None) -> Fraction:
    near = [r for r in STANDARD_RATES if abs(r / rate - 1) <= doubt]
    if declared in near:
        return Fraction(declared)
    if near:
        return min(near, key=lambda r: abs(r - rate))
    return rate.limit_denominator(1001) or Fraction(1, 1001)


def _is_constant(times: list[int], time_base: Fraction, rate: Fraction) -> bool:
    """Every picture within one tick or an eighth of a picture of its place."""
    ticks = 1 / (rate * time_base)
    room = max(Fraction(1), ticks / 8)
    # In integers, scaled by the denominators: exact, and fast for long films.
    scale = ticks.denominator * room.denominator
    step, most = int(ticks * scale), int(room * scale)
    base = times[0] * scale
    return all(abs(t * scale - base - n * step) <= most for n, t in enumerate(times))


def closed_keyframes(log: PacketLog) -> list[int]:
    """Ticks of the random access points that no later packet reaches back over."""
    found = []
    earliest: int | None = None
    position = len(log.pts)
    for key in reversed(log.keys):
        rest = log.pts[key + 1 : position]
        if rest:
            low = min(rest)
            earliest = low if earliest is None else min(earliest, low)
        position = key
        own = log.pts[key]
        if earliest is None or own < earliest:
            found.append(own)
        earliest = own if earliest is None else min(earliest, own)
    return sorted(set(found))


def is_sound_video(log: PacketLog) -> bool:
    """Whether the packets can be copied as they are into fragments.

    Every one is there, is shown, has a time of its own, and the first is a key frame
    that nothing reaches back over. Decode times are not asked for: Matroska has
    none, and the order of the packets says enough.
    """
    return (
        log.is_complete
        and not log.changes
        and log.per_picture == 1
        and log.keys[:1] == [0]
        and log.pts[0] == min(log.pts)
        and len(set(log.pts)) == len(log.pts)
    )


def is_sound_audio(log: PacketLog) -> bool:
    """Whether packets follow each other without a gap or an overlap to hear.

    Containers with a coarse clock (1 ms) round: two ticks or 2 ms are allowed.
    """
    room = max(2, int(Fraction(2, 1000) / log.time_base))
    steps = zip(pairwise(log.pts), log.durations, strict=False)
    return (
        log.is_complete
        and not log.changes
        and all(a < b for a, b in pairwise(log.pts))
        and all(abs(b - a - length) <= room for (a, b), length in steps)
    )
