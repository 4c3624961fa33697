"""Trying again: whether it can help, and one part of a film alone.

A part is a rendition, the sound, the pictures or the captions.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from lucarne.media import queries, worklist
from lucarne.media.models import Asset, Unit
from lucarne_engine.errors import SOURCE_CODES

# What ended without its result.
OVER: Final = (Unit.State.FAILED, Unit.State.CANCELED)
# Parts that are no rendition, by the names of their stages.
KINDS: Final = {
    "audio": (Unit.Kind.AUDIO,),
    "pictures": (Unit.Kind.POSTER, Unit.Kind.PICTURES),
    "texts": (Unit.Kind.TEXT,),
}
# The film's fault, and yet another try may end otherwise: what somebody can change
# here is a limit, or a disk that was not there.
_CHANGES_HERE: Final = frozenset({"too_long", "missing"})
_WARNINGS: Final = {"pictures": "pictures_failed", "texts": "texts_failed"}


def may_help(code: str) -> bool:
    """Whether another try may end otherwise than with this code.

    What the file is stays as it is: then only another file helps.
    """
    return code not in SOURCE_CODES or code in _CHANGES_HERE


def retry_part(*, asset_id: str, part: str) -> bool:
    """Run what failed, or was canceled, of one part; all else is left as it is.

    ``part`` is the name of a rung or of a stage (KINDS). False when there is nothing
    to try again, or it cannot help. The film fails once more, with the reason that is left, when other
    parts of it are still missing afterwards. Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    with transaction.atomic():
        Asset.objects.select_for_update().get(pk=asset.pk)
        units = [one for one in _over(asset, part) if may_help(one.error_code)]
        if not units:
            return False
        for unit in units:
            _wait_again(unit, part)
        _work_again(asset, part)
        transaction.on_commit(lambda: _enqueue(asset.pk))
    return True


def _over(asset: Asset, part: str) -> QuerySet[Unit]:
    units = asset.units.filter(state__in=OVER)
    if part in KINDS:
        return units.filter(kind__in=KINDS[part])
    # Not by the column: no lookup into JSON works alike on both databases.
    pictures = units.filter(kind=Unit.Kind.VIDEO)
    mine = [pk for pk, rungs in pictures.values_list("pk", "rungs") if part in rungs]
    return units.filter(pk__in=mine)


def _wait_again(unit: Unit, part: str) -> None:
    """Let a unit wait; of one that makes several rungs, only this rung.

    The rung leaves its unit for one of its own, which the jobs know by its own name.
    """
    if unit.kind == Unit.Kind.VIDEO and len(unit.rungs) > 1:
        Unit.objects.filter(pk=unit.pk).update(
            rungs=[name for name in unit.rungs if name != part]
        )
        Unit.objects.create(
            asset_id=unit.asset_id, kind=unit.kind, name=f"{unit.name}-{part}",
            chunk=unit.chunk, rungs=[part], frames=unit.frames,
            priority=unit.priority, failures=unit.failures,
        )  # fmt: skip
        return
    Unit.objects.filter(pk=unit.pk).update(
        state=Unit.State.WAITING, error_code="", error_detail="", fraction=0, speed=0
    )


def _work_again(asset: Asset, part: str) -> None:
    warnings = [code for code in asset.warnings if code != _WARNINGS.get(part)]
    Asset.objects.filter(pk=asset.pk).update(
        warnings=warnings, revision=F("revision") + 1
    )
    Asset.objects.filter(pk=asset.pk, state=Asset.State.FAILED).update(
        state=Asset.State.ENCODING, error_code="", error_detail="", failed_at=None
    )


def _enqueue(pk: int) -> None:
    worklist.enqueue(Asset.objects.get(pk=pk), again=True)
