"""From visits to sums: what is new in a visit is added once, whoever counts first.

A view is a visit in which at least five seconds of the film were played, or half of a
film that is shorter than ten. What belongs to it counts for the day it began.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from lucarne.traffic.models import DayCurve, Sitting, Tally
from lucarne.traffic.spans import PARTS, length_ms, seen_parts

VIEW_MS: Final = 5000
VISITS_KEPT_FOR: Final = dt.timedelta(hours=24)
# 25 months, the longest that the CNIL recommends (docs/decisions/0016).
SUMS_KEPT_FOR: Final = dt.timedelta(days=760)
_BATCH: Final = 500

Key = tuple[dt.date, str, str]  # day, source, device


@dataclass(kw_only=True)
class _Sums:
    """What a batch of visits adds."""

    views: Counter[Key] = field(default_factory=Counter)
    watch_ms: Counter[Key] = field(default_factory=Counter)
    seen: dict[dt.date, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0] * PARTS)
    )


def count_pending() -> None:
    """Count what is new in all visits."""
    waiting = Sitting.objects.filter(is_pending=True).order_by("video_id")
    for video_id in list(waiting.values_list("video_id", flat=True).distinct()):
        while count_film(str(video_id)):
            pass


def count_film(video_id: str) -> bool:
    """Count what is new in some visits of a film; returns whether there may be more.

    Visits that two processes want at once are counted by the first: the second waits,
    and then finds them counted.
    """
    with transaction.atomic():
        waiting = Sitting.objects.select_for_update().filter(
            video_id=video_id, is_pending=True
        )
        sittings = list(waiting.order_by("pk")[:_BATCH])
        if not sittings:
            return False
        sums = _Sums()
        for sitting in sittings:
            _count(sitting, sums)
        _write(video_id, sums)
        Sitting.objects.bulk_update(
            sittings, ["is_counted", "counted_ms", "counted_spans", "is_pending"]
        )
    return len(sittings) == _BATCH


def needed_ms(duration_ms: int) -> int:
    """Return how much of a film must be played to be a view."""
    return min(VIEW_MS, duration_ms // 2)


def _count(sitting: Sitting, sums: _Sums) -> None:
    """Add what is new in one visit, and note in its row that it was."""
    sitting.is_pending = False
    if length_ms(sitting.spans) < needed_ms(sitting.duration_ms):
        return
    day = timezone.localtime(sitting.began_at).date()
    key = (day, sitting.source, sitting.device)
    sums.views[key] += not sitting.is_counted
    sums.watch_ms[key] += sitting.watch_ms - sitting.counted_ms
    sums.seen[day] = _plus(sums.seen[day], _newly_seen(sitting))
    sitting.is_counted = True
    sitting.counted_ms = sitting.watch_ms
    sitting.counted_spans = sitting.spans


def _newly_seen(sitting: Sitting) -> list[int]:
    now = seen_parts(sitting.spans, sitting.duration_ms)
    before = seen_parts(sitting.counted_spans, sitting.duration_ms)
    return [new - old for new, old in zip(now, before, strict=True)]


def _write(video_id: str, sums: _Sums) -> None:
    # In one order, so that no two processes wait for each other.
    for day in sorted(sums.seen):
        curve, _ = DayCurve.objects.select_for_update().get_or_create(
            video_id=video_id, day=day
        )
        curve.seen = _plus(curve.seen or [0] * PARTS, sums.seen[day])
        curve.save(update_fields=["seen"])
    for key in sorted(sums.views):
        day, source, device = key
        tally, _ = Tally.objects.get_or_create(
            video_id=video_id, day=day, source=source, device=device
        )
        Tally.objects.filter(pk=tally.pk).update(
            views=F("views") + sums.views[key],
            watch_ms=F("watch_ms") + sums.watch_ms[key],
        )


def _plus(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def sweep(*, at: dt.datetime) -> None:
    """Forget visits after a day, and sums after 25 months."""
    old = Sitting.objects.filter(began_at__lte=at - VISITS_KEPT_FOR, is_pending=False)
    old.delete()
    last = timezone.localtime(at).date() - SUMS_KEPT_FOR
    Tally.objects.filter(day__lt=last).delete()
    DayCurve.objects.filter(day__lt=last).delete()
