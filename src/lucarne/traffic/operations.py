"""Taking down what a player says was played: one row per visit, written once per report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from lucarne.catalog.errors import UnknownVideo
from lucarne.catalog.queries import VideoView
from lucarne.traffic.errors import BadReport, TooManyReports
from lucarne.traffic.models import Sitting
from lucarne.traffic.reports import SLACK_MS, Report
from lucarne.traffic.spans import length_ms, merged, within

# Players play up to three times as fast; what was played before the first report, or
# while the connection was lost, is allowed for.
FASTEST: Final = 4
HEAD_START: Final = timedelta(minutes=2)
# A player reports after five seconds, then each half minute, and when it is left.
REPORTS_AT_ONCE: Final = 10
BETWEEN_REPORTS: Final = timedelta(seconds=5)
MOST_SPANS_OF_VISIT: Final = 400


def take_report(
    report: Report, *, video: VideoView, source: str, device: str, at: datetime
) -> None:
    """Add what was played to its visit; the sums follow later (``counting``).

    Raises:
        BadReport: the film has no such times, or they cannot have been played.
        TooManyReports: this visit reports more often than players do.
        UnknownVideo: the film was deleted at this moment.
    """
    duration_ms = video.film.duration_ms
    if any(end > duration_ms + SLACK_MS for _, end in report.spans):
        raise BadReport("end")
    spans = within(report.spans, duration_ms)
    if not spans:
        return
    try:
        with transaction.atomic():
            sitting, is_new = Sitting.objects.select_for_update().get_or_create(
                video_id=video.video_id,
                key=report.visit,
                defaults={
                    "began_at": at,
                    "reports": 1,
                    "source": source,
                    "device": device,
                    "duration_ms": duration_ms,
                    "watch_ms": _played_ms(spans, already=0, began_at=at, at=at),
                    "spans": merged(spans),
                },
            )
            if not is_new:
                _add(sitting, spans, at=at)
    except IntegrityError:
        raise UnknownVideo(video.video_id) from None


def _add(sitting: Sitting, spans: tuple[tuple[int, int], ...], *, at: datetime) -> None:
    if sitting.reports >= REPORTS_AT_ONCE + (at - sitting.began_at) / BETWEEN_REPORTS:
        raise TooManyReports
    sitting.watch_ms = _played_ms(
        spans, already=sitting.watch_ms, began_at=sitting.began_at, at=at
    )
    sitting.spans = merged([*map(tuple, sitting.spans), *spans])
    if len(sitting.spans) > MOST_SPANS_OF_VISIT:
        raise BadReport("torn")
    sitting.reports += 1
    sitting.is_pending = True
    sitting.save(update_fields=["watch_ms", "spans", "reports", "is_pending"])


def _played_ms(
    spans: tuple[tuple[int, int], ...],
    *,
    already: int,
    began_at: datetime,
    at: datetime,
) -> int:
    """Add up what was played; nobody plays more film than there was time for."""
    most = (HEAD_START + FASTEST * (at - began_at)) / timedelta(milliseconds=1)
    played = already + length_ms(spans)
    if played > most:
        raise BadReport("much")
    return played
