"""Every film's curves: measured once, behind everything else, and no pass for that.

They are what the studio's picture of a film's ladder is drawn from, and what a fine
pass is planned by when one follows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from lucarne.core import conf
from lucarne.media import fine, fine_units
from lucarne.media.models import Asset, Fine, Unit

KINDS: Final = (Unit.Kind.TRIAL, Unit.Kind.SCORE)


def is_wanted() -> bool:
    """Whether films are measured that no fine pass was begun for."""
    wanted = conf.get().fine
    if wanted.curves == "auto":
        return wanted.when != "never"
    return wanted.curves == "every"


def consider(*, at: datetime) -> str | None:
    """Begin with the newest film that has no curves, one at a time; return its id."""
    if not is_wanted() or _left().exists():
        return None
    ready = Asset.objects.filter(state=Asset.State.READY, fine__isnull=True)
    newest = ready.exclude(width=0).order_by("-ready_at").first()
    if newest is not None and _begin(newest, at=at):
        return newest.public_id
    return None


def is_going_on(asset: Asset) -> bool:
    """Whether this film is measured now, or about to be."""
    return _left().filter(asset=asset).exists()


def _left() -> QuerySet[Unit]:
    return Unit.objects.filter(
        state__in=[Unit.State.WAITING, Unit.State.RUNNING],
        kind__in=KINDS,
        asset__fine__state=Fine.State.CURVES,
    )


def _begin(asset: Asset, *, at: datetime) -> bool:
    codecs = fine.codecs()
    if not codecs:
        return False
    with transaction.atomic():
        row, is_new = Fine.objects.get_or_create(
            asset=asset,
            defaults={
                "state": Fine.State.CURVES, "started_at": at,
                "decision": {"codecs": list(codecs)},
            },
        )  # fmt: skip
        if not is_new:
            return False
        fine_units.go_on(row, at=at)
        transaction.on_commit(lambda: fine.enqueue(asset))
    return True
