"""From FFmpeg's ``-progress`` lines to fraction, speed and time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the work on one unit is."""

    fraction: float  # 0 to 1
    speed: float  # film seconds per second
    frames: int  # pictures written so far
    eta_s: float | None


OnProgress = Callable[[Progress], None]


class PictureProgress:
    """Counts what is encoded, of ``total`` at ``rate`` per second of film.

    Give ``line`` (pictures) or ``time_line`` (samples) to ``process.run``.
    """

    def __init__(self, total: int, rate: Fraction, report: OnProgress) -> None:
        self._total = total
        self._rate = rate
        self._report = report
        self._began = time.monotonic()
        self._last = ""

    def line(self, text: str) -> bool:
        """Take a line; say whether it is a sign of life."""
        key, _, value = text.strip().partition("=")
        if key != "frame" or not value.strip().isdigit():
            return False
        is_alive, self._last = value != self._last, value
        self.count(int(value))
        return is_alive

    def time_line(self, text: str) -> bool:
        """Take a line of a process that makes sound only; as ``line``."""
        key, _, value = text.strip().partition("=")
        if key != "out_time_us" or not value.isdigit():
            return False
        is_alive, self._last = value != self._last, value
        self.count(int(int(value) * self._rate / 1_000_000))
        return is_alive

    def count(self, done: int) -> None:
        """Report that ``done`` pictures (or samples, at their rate) are finished."""
        done = min(done, self._total)
        elapsed = time.monotonic() - self._began
        per_second = done / elapsed if elapsed > 0 else 0.0
        self._report(
            Progress(
                fraction=done / self._total,
                speed=per_second / float(self._rate),
                frames=done,
                eta_s=(self._total - done) / per_second if per_second else None,
            )
        )

    def finish(self) -> None:
        self.count(self._total)
