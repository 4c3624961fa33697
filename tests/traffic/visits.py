"""Visits of a film, as its player reports them."""

from __future__ import annotations

import datetime as dt

from lucarne.catalog import queries as catalog
from lucarne.traffic import counting, operations, queries
from lucarne.traffic.queries import Statistics
from lucarne.traffic.reports import Report
from lucarne.traffic.spans import Span

AT = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TODAY = AT.date()


def report(
    video_id: str,
    *spans: Span,
    visit: int | str = 1,
    source: str = "direct",
    device: str = "computer",
    at: dt.datetime = AT,
) -> None:
    video = catalog.find(video_id)
    assert video is not None
    key = f"{visit:032x}" if isinstance(visit, int) else visit
    operations.take_report(
        Report(visit=key, referring_host="", spans=spans),
        video=video,
        source=source,
        device=device,
        at=at,
    )


def counted(video_id: str, *, days: int | None = 28) -> Statistics:
    counting.count_pending()
    return queries.statistics(video_id, days=days, today=TODAY)
