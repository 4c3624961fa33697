"""The line that films stand in for the encoder: who is before whom, and changing it."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Min, Q

from lucarne.core import jobs
from lucarne.media import queries, worklist
from lucarne.media.models import Asset, Unit
from lucarne.media.worklist import Urgency

_LEFT: Final = (Unit.State.WAITING, Unit.State.RUNNING)


def films_before(asset_id: str) -> int | None:
    """Count the films whose pictures are encoded before this film's next ones.

    None when it does not stand in the line: it is being encoded, or has nothing left.
    A film's first seconds have a line of their own, in which nobody waits for long.
    """
    units = Unit.objects.filter(
        kind=Unit.Kind.VIDEO, state__in=_LEFT, asset__state=Asset.State.ENCODING
    ).exclude(priority=worklist.FIRST)
    films = units.values_list("asset__public_id", "asset__urgency").annotate(
        next=Min(F("priority") + F("chunk")),
        came=Min("id"),
        running=Min("id", filter=Q(state=Unit.State.RUNNING)),
    )
    running = {film for film, _, _, _, runs in films if runs is not None}
    places = {
        film: (worklist.place(first, urgency), came)
        for film, urgency, first, came, _ in films
    }
    mine = places.get(asset_id)
    if mine is None or asset_id in running:
        return None
    before = {film for film, other in places.items() if other < mine}
    return len((before | running) - {asset_id})


def set_urgency(*, asset_id: str, urgency: Urgency) -> None:
    """Move a film forward or back; what runs at this moment goes on.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    Asset.objects.filter(pk=asset.pk).update(urgency=urgency)
    waiting = asset.units.filter(state=Unit.State.WAITING)
    jobs.prioritize(
        {
            ":".join(worklist.job_of(unit, asset)): worklist.place(
                unit.priority + unit.chunk, urgency
            )
            for unit in waiting
        }
    )
