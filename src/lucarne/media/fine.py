"""The fine pass: who gets one, and what may be done with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from lucarne.core import conf, jobs
from lucarne.media import economy, fine_units, queries, worklist
from lucarne.media.models import Asset, Delivery, Fine, Unit
from lucarne_engine import encode
from lucarne_engine.errors import EngineError
from lucarne_engine.plan import codec as plan_codec

KINDS: Final = (Unit.Kind.TRIAL, Unit.Kind.FINE, Unit.Kind.SCORE)
# Films that are weighed in one round, those that are watched most first.
WEIGHED: Final = 50
KEPT_DAYS: Final = 400


def prices() -> economy.Prices:
    """Translate the operator's settings."""
    wanted = conf.get().fine
    return economy.Prices(
        per_gb=wanted.price_per_gb,
        per_cpu_hour=wanted.price_per_cpu_hour,
        horizon_days=wanted.horizon_days,
    )


def codecs() -> tuple[str, ...]:
    """Choose those of the setting that this machine can encode."""
    wanted = conf.get().fine.codecs
    try:
        return tuple(filter(encode.can_encode, wanted))
    except EngineError:  # said where something is encoded, and by `lucarne check`
        return tuple(wanted)


def decide(asset: Asset, *, at: datetime, asked_by: str) -> economy.Decision:
    """Weigh a fine pass of this film, from its own figures."""
    since = at.date() - timedelta(days=economy.WATCHED_DAYS)
    watched = asset.deliveries.filter(day__gte=since).aggregate(n=Sum("size_bytes"))
    spent = asset.units.filter(kind=Unit.Kind.VIDEO).aggregate(n=Sum("cpu_s"))
    tried = asset.units.filter(kind=Unit.Kind.TRIAL).aggregate(n=Sum("cpu_s"))
    known = Fine.objects.filter(asset=asset, state=Fine.State.CURVES).first()
    return economy.decide(
        delivered_bytes=watched["n"] or 0,
        first_pass_cpu_s=spent["n"] or 0.0,
        codecs=codecs(),
        prices=prices(),
        asked_by=asked_by,
        saves=known.decision.get("saves") if known else None,
        tried_cpu_s=tried["n"] or 0.0,
    )


def start(*, asset_id: str, asked_by: str, at: datetime) -> bool:
    """Begin a fine pass; False when there is one, or nothing to make better.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    if asset.state != Asset.State.READY or not _has_picture(asset):
        return False
    decision = decide(asset, at=at, asked_by=asked_by).to_json()
    if not decision["codecs"]:
        return False
    with transaction.atomic():
        row, is_new = Fine.objects.get_or_create(
            asset=asset,
            defaults={
                "state": Fine.State.RUNNING, "started_at": at, "decision": decision,
            },
        )  # fmt: skip
        if not is_new and not _begin_again(row, decision, at=at):
            return False
        row = Fine.objects.select_for_update().get(pk=row.pk)
        # What a trial is about to measure counts for this pass; what was measured, and
        # what that took, stays with the film.
        stays = asset.units.filter(
            Q(kind=Unit.Kind.TRIAL, state=Unit.State.RUNNING)
            | Q(kind__in=[Unit.Kind.TRIAL, Unit.Kind.SCORE], state=Unit.State.DONE)
        )
        others = asset.units.filter(kind__in=KINDS).exclude(pk__in=stays.values("pk"))
        others.delete()
        fine_units.go_on(row, at=at)
        transaction.on_commit(lambda: enqueue(asset))
    return True


def _begin_again(row: Fine, decision: dict[str, object], *, at: datetime) -> bool:
    over = [Fine.State.FAILED, Fine.State.USELESS, Fine.State.CURVES]
    counted = Fine.objects.filter(pk=row.pk, state__in=over).update(
        state=Fine.State.RUNNING, started_at=at, finished_at=None, error_code="",
        decision=decision, plan="",
    )  # fmt: skip
    return bool(counted)


def _has_picture(asset: Asset) -> bool:
    return bool(asset.plan) and bool(plan_codec.from_json(asset.plan).rungs)


def enqueue(asset: Asset) -> None:
    """Hand what still must run to the jobs. Twice is harmless."""
    for unit in waiting(asset).order_by("priority", "chunk"):
        kind, key = worklist.job_of(unit, asset)
        jobs.enqueue(
            kind,
            key=key,
            priority=worklist.place(unit.priority + unit.chunk, asset.urgency),
            asset_id=asset.public_id,
            name=unit.name,
        )


def waiting(asset: Asset) -> QuerySet[Unit]:
    """Units of the fine pass that still must run."""
    return queries.waiting_units(asset).filter(kind__in=KINDS)


def unfinished() -> QuerySet[Asset]:
    """Films whose fine pass, or its score, is not over."""
    states = [Unit.State.WAITING, Unit.State.RUNNING]
    return Asset.objects.filter(
        state=Asset.State.READY, units__kind__in=KINDS, units__state__in=states
    ).distinct()


def cancel(*, asset_id: str, at: datetime) -> None:
    """Stop a fine pass; the film keeps what the first pass made."""
    asset = queries.find(asset_id)
    fine_units.give_up(asset, code="cancelled", at=at)
    jobs.cancel_prefix("media.fine", asset_id)


def consider(*, at: datetime) -> str | None:
    """Begin the fine pass that pays most, one at a time; return the film's id."""
    when = conf.get().fine.when
    if when == "never" or Fine.objects.filter(state=Fine.State.RUNNING).exists():
        return None
    without = Asset.objects.filter(
        Q(fine__isnull=True) | Q(fine__state=Fine.State.CURVES),
        state=Asset.State.READY,
    ).exclude(width=0)
    if when == "always":
        first = without.order_by("ready_at").first()
        if first and start(asset_id=first.public_id, asked_by="setting", at=at):
            return first.public_id
        return None
    since = at.date() - timedelta(days=economy.WATCHED_DAYS)
    watched = without.filter(deliveries__day__gte=since).annotate(
        watched=Sum("deliveries__size_bytes")
    )
    for asset in watched.order_by("-watched")[:WEIGHED]:
        decision = decide(asset, at=at, asked_by="economy")
        if decision.is_worth_it and start(
            asset_id=asset.public_id, asked_by="economy", at=at
        ):
            return asset.public_id
    return None


def count_delivered(sizes: dict[str, int], *, at: datetime) -> None:
    """Add bytes that were sent, by film; films that are gone are forgotten."""
    known = Asset.objects.filter(public_id__in=list(sizes))
    with transaction.atomic():
        for pk, public_id in known.values_list("pk", "public_id"):
            row, _ = Delivery.objects.get_or_create(asset_id=pk, day=at.date())
            Delivery.objects.filter(pk=row.pk).update(
                size_bytes=F("size_bytes") + sizes[public_id]
            )


def carry_delivered(*, from_id: str, to_id: str) -> None:
    """Count what was watched of one film as watched of another: the same, sent anew."""
    target = queries.find(to_id)
    with transaction.atomic():
        for old in Delivery.objects.filter(asset__public_id=from_id):
            row, _ = Delivery.objects.get_or_create(asset=target, day=old.day)
            Delivery.objects.filter(pk=row.pk).update(
                size_bytes=F("size_bytes") + old.size_bytes
            )
            old.delete()


def forget_old(*, at: datetime) -> None:
    """Forget how much was watched long ago."""
    Delivery.objects.filter(day__lt=at.date() - timedelta(days=KEPT_DAYS)).delete()
