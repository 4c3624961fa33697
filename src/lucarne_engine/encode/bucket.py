"""How much of a rung's bucket each chunk may use, so that the joined stream keeps it.

A rung promises that it can be sent at ``maxrate_kbps`` through a bucket of
``bufsize_kbps`` (the hypothetical reference decoder of Rec. ITU-T H.264 annex C).
Chunks are encoded apart: the encoder of one does not know how empty the one before
it has left the bucket. Were each to begin with a full one, two bursts would meet at
every border, and a film of short chunks would never come down to its rate.

So each chunk has a smaller bucket of its own and begins with a part of it; together
they are not more than the whole. A chunk inside the film runs at so much less than
the rate that this head start is paid back by its end. Any stretch of the film then
has at most the end of one chunk (one small bucket above the rate), whole chunks
(nothing above it) and the beginning of another (one head start).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from lucarne_engine.plan.model import Chunk, Plan, Rung

# x264's own beginning, nine tenths full: a film that is one chunk has it, too.
FULL: Final = Fraction(9, 10)
# Of the rung's bucket, together not more than the whole. Half of its own bucket is
# where x264 keeps it when bits are short, so no border is better or worse than the
# rest; with less the first pictures of a chunk are worse, with more better.
OWN_SHARE: Final = Fraction(2, 3)
HEAD_START: Final = Fraction(1, 3)
# Of a chunk's bits: a chunk of a second must have some left after paying back.
MOST_HEAD_START: Final = Fraction(1, 4)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """What the encoder of one chunk of one rung is told."""

    maxrate_kbps: int
    bufsize_kbps: int
    begins_with: Fraction  # of ``bufsize_kbps``


def bucket_of(plan: Plan, chunk: Chunk, rung: Rung) -> Bucket:
    """Share the bucket of ``rung`` among the chunks of the film."""
    if len(plan.chunks) == 1:
        return Bucket(
            maxrate_kbps=rung.maxrate_kbps,
            bufsize_kbps=rung.bufsize_kbps,
            begins_with=FULL,
        )
    own = int(rung.bufsize_kbps * OWN_SHARE)
    if chunk == plan.chunks[0]:
        return Bucket(
            maxrate_kbps=rung.maxrate_kbps, bufsize_kbps=own, begins_with=FULL
        )
    seconds = chunk.frame_count / plan.frame_rate
    head_start = min(
        rung.bufsize_kbps * HEAD_START,
        rung.maxrate_kbps * seconds * MOST_HEAD_START,
    )
    # After the last chunk nothing follows that could meet its end.
    owed = Fraction(0) if chunk == plan.chunks[-1] else head_start / seconds
    return Bucket(
        maxrate_kbps=int(rung.maxrate_kbps - owed),
        bufsize_kbps=own,
        begins_with=head_start / own,
    )
