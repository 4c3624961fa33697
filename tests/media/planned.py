"""A film as rows: planned, its units waiting, no file of it anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lucarne.core import ids
from lucarne.media import worklist
from lucarne.media.models import Asset, Unit
from lucarne_engine.plan import Policy, make_plan, to_json
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe import codec as report_codec
from tests.engine.plan.reports import audio, report


def plan() -> Plan:
    return make_plan(report(audio=(audio(),)), Policy(chunk_ms=12_000))


def planned(*, at: datetime, name: str = "a.mp4", **facts: Any) -> Asset:
    """Give a film of 30 s with five qualities, whose pictures are in three chunks."""
    found = report(audio=(audio(),))
    made = plan()
    asset = Asset.objects.create(
        public_id=ids.new("ast"), source_name=name, size_bytes=1000, received_at=at,
        state="encoding", report=report_codec.to_json(found), plan=to_json(made),
        plan_id=made.id, duration_ms=30_000, width=1920, height=1080, **facts,
    )  # fmt: skip
    rows = [Unit(asset=asset, **fields) for fields in worklist.rows(made)]
    Unit.objects.bulk_create(rows)
    return asset
