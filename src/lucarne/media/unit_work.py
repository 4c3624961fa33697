"""What every kind of unit needs, tells and keeps."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Final

from lucarne.media import ahead, growing, record
from lucarne.media.models import Asset, Unit
from lucarne_engine.encode.progress import Progress
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.process import Limits

# A viewer waits for the first segment of picture and of sound. On a small machine they
# would else have a quarter of it, beside poster, other rungs and the next chunks.
FIRST: Final = Limits(nice=0)
FIRST_SOUND: Final = Limits(nice=2)  # goes on to the film's end
REST: Final = Limits(nice=10)
# Nobody waits for a film that is not here; but its last byte may come in the midst of
# its first chunk, and no program is given back the priority that it gave up.
EARLY: Final = REST
TELL_EVERY_S: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Work:
    """What every kind of unit needs."""

    unit: Unit
    asset: Asset
    report: SourceReport
    plan: Plan
    source: Path
    out: Path
    clock: Callable[[], datetime]
    cancel: Event
    is_early: bool = False  # not all of the film is here


class Teller:
    """Writes progress down, twice a second at most."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._told_at = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told_at < TELL_EVERY_S:
            return
        self._told_at = now
        Unit.objects.filter(pk=self._unit.pk, state=Unit.State.RUNNING).update(
            fraction=progress.fraction, speed=progress.speed, eta_s=progress.eta_s
        )


def keep(work: Work, tracks: Sequence[EncodedTrack]) -> bool:
    """Keep what was made; False when nobody wants it any more."""
    is_growing = work.is_early and ahead.is_growing(work.asset)
    with growing.still_arriving(work.asset) if is_growing else contextlib.nullcontext():
        return record.keep_tracks(
            work.asset, tracks, report=work.report, plan=work.plan, at=work.clock()
        )
