"""What FFmpeg says at its end (``-loglevel verbose``): decoded and encoded counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_INPUT: Final = re.compile(
    r"Input stream #\d+:\d+ \(\w+\): \d+ packets read .*?"
    r"; (\d+) frames decoded(?:; (\d+) decode errors)?"
)
_OUTPUT: Final = re.compile(r"Output stream #(\d+):0 \(\w+\): (\d+) frames encoded")


@dataclass(frozen=True, kw_only=True)
class Statistics:
    decoded: int  # pictures or audio frames that left the decoder
    decode_errors: int
    output_frames: tuple[int, ...]  # encoded, by output file
    last_line: str  # for the log


def read_statistics(log: str) -> Statistics:
    """Read the counts out of the end of FFmpeg's log; zeros where it has none."""
    inputs = [match.groups() for match in _INPUT.finditer(log)]
    outputs = {int(file): int(count) for file, count in _OUTPUT.findall(log)}
    last = max(outputs, default=-1)
    lines = [line for line in log.splitlines() if line.strip()]
    return Statistics(
        decoded=sum(int(decoded) for decoded, _ in inputs),
        decode_errors=sum(int(errors or 0) for _, errors in inputs),
        output_frames=tuple(outputs.get(number, 0) for number in range(last + 1)),
        last_line=lines[-1] if lines else "",
    )
