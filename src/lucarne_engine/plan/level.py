"""How much louder or quieter a whole sound track becomes: arithmetic, nothing else.

One gain for the whole track: what is quiet in a film stays quiet beside what is loud.
Only the highest peaks of a track that is raised are rounded off, by a limiter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# What a published peak should stay below (AES TD1008, EBU R 128 s2), in dBTP, and where
# the limiter holds it: AAC at our bit rates swings half a decibel beyond.
PEAK_DBTP: Final = -1.0
CEILING_DBTP: Final = -1.5
# ITU-R BS.1770-4's absolute gate: what never gets above has no loudness.
GATE_LUFS: Final = -70.0
# Nobody hears the difference, and the film's own packets may stay.
TOLERANCE_LU: Final = 1.0
# More would raise the noise of a bad recording to where speech should be.
MOST_GAIN_DB: Final = 20.0
# Of the highest peak. More is heard as pumping; a film with such peaks (a whisper, an
# explosion) stays quieter than the others.
MOST_LIMITED_DB: Final = 6.0


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """What was measured (ITU-R BS.1770-4), as heard from two loudspeakers or six."""

    lufs: float  # integrated; GATE_LUFS when all of it is silence
    peak_dbtp: float  # true peak; -inf when every sample is 0


@dataclass(frozen=True, kw_only=True)
class Level:
    """What is done about it."""

    gain_db: float
    is_limited: bool  # peaks would pass the ceiling

    @property
    def changes(self) -> bool:
        return self.is_limited or self.gain_db != 0


UNCHANGED: Final = Level(gain_db=0.0, is_limited=False)


def choose_level(measured: Loudness, target_lufs: float) -> Level:
    """Choose the gain that brings a track to the target, as far as it can bear it."""
    if measured.lufs <= GATE_LUFS:
        return UNCHANGED
    wanted = target_lufs - measured.lufs
    if abs(wanted) <= TOLERANCE_LU and measured.peak_dbtp <= PEAK_DBTP:
        return UNCHANGED
    bearable = CEILING_DBTP + MOST_LIMITED_DB - measured.peak_dbtp
    gain = round(min(wanted, MOST_GAIN_DB, bearable), 1)
    return Level(
        gain_db=gain, is_limited=measured.peak_dbtp + gain > CEILING_DBTP
    )
