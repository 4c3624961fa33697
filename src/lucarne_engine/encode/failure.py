"""What FFmpeg said when it failed, for the log."""

from __future__ import annotations

from typing import Final

from lucarne_engine.errors import EncoderError
from lucarne_engine.process import Finished

_CHATTER: Final = ("Terminating thread", "Statistics:", "Exiting with", "Total:")
_LINES: Final = 8


def failure(finished: Finished) -> EncoderError:
    """Make the error for a process that ended with a status other than 0.

    A full disk and too little memory have already been raised by ``process.run``.
    """
    lines = [line.strip() for line in finished.stderr_tail.splitlines()]
    telling = [
        line for line in lines if line and not any(part in line for part in _CHATTER)
    ]
    said = " | ".join(telling[-_LINES:])
    return EncoderError("encoder_failed", f"status {finished.returncode}: {said}")
