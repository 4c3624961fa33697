"""How posters come: from the film's pictures, from a moment of it, from a person."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Final

from django.db import transaction

from lucarne.core import conf, ids, jobs
from lucarne.core.storage import get_store
from lucarne.media import keys, posters, queries, sentences
from lucarne.media.errors import BadPicture, BeyondEnd, NoMoment, UnknownPoster
from lucarne.media.models import Asset, Poster, Unit
from lucarne_engine.errors import EngineError
from lucarne_engine.pictures import Pictures, Still
from lucarne_engine.pictures.own import (
    KEPT_FILE,
    Crop,
    CutPicture,
    OwnPicture,
    cut_picture,
    fit_crop,
    take_picture,
)
from lucarne_engine.plan import codec as plan_codec

JOB: Final = "media.frame"
PROPOSALS: Final = 5
# What lists show, and most films are.
WIDE: Final = (16, 9)
_Origin = Poster.Origin
_Made = tuple[OwnPicture, Crop, CutPicture]
_SCRATCH: Final = "poster-"
_LONGEST: Final = timedelta(hours=1)


def keep_made(asset: Asset, made: Pictures, *, at: datetime) -> bool:
    """Keep what Lucarne chose; shown unless a person chose another.

    False when the film was deleted meanwhile.
    """
    stills = [(_Origin.AUTOMATIC, made.poster)]
    stills += [(_Origin.PROPOSED, one) for one in made.proposals]
    named = [
        (posters.store(asset.public_id, still.files, origin=origin), origin, still)
        for origin, still in stills
    ]
    with transaction.atomic():
        row = Asset.objects.select_for_update().filter(pk=asset.pk).first()
        if row is None:
            return False
        before = posters.shown(row)
        rows = [
            posters.write(row, name, origin=origin, at=at, **_facts(still))
            for name, origin, still in named
        ]
        others = row.posters.filter(origin__in=[_Origin.AUTOMATIC, _Origin.PROPOSED])
        others = others.exclude(pk__in=[one.pk for one in rows])
        if before is None or before.origin == _Origin.AUTOMATIC:
            posters.put_up(rows[0], at=at)
        else:
            others = others.exclude(pk=before.pk)
        posters.retire(others.filter(retired_at=None), at=at)
    return True


def _facts(still: Still) -> dict[str, object]:
    return {"color": still.color, "at_ms": round(still.at * 1000)}


# -- a moment of the film


@dataclass(frozen=True, kw_only=True)
class AskedFrame:
    """A picture that is being taken, or that could not be."""

    at_ms: int
    is_failed: bool
    sentence: str  # why, "" when it is not


def asked_frame(asset_id: str) -> AskedFrame | None:
    """Return the moment that somebody chose, until its picture is shown."""
    units = Unit.objects.filter(asset__public_id=asset_id, kind=Unit.Kind.FRAME)
    unit = units.exclude(state=Unit.State.DONE).select_related("asset").last()
    if unit is None:
        return None
    code, name = unit.error_code, unit.asset.source_name
    return AskedFrame(
        at_ms=unit.facts["at_ms"],
        is_failed=unit.state in {Unit.State.FAILED, Unit.State.CANCELED},
        sentence=sentences.refusal(code, name=name) if code else "",
    )


@transaction.atomic
def ask_frame(*, asset_id: str, at_ms: int) -> None:
    """Have the picture taken that is on the screen at a time; a job does it.

    It is shown as soon as it is there, unless another is chosen before. Call again for
    another moment. Raises UnknownAsset, BeyondEnd, or NoMoment while nothing is known of
    the film, or when it has no picture.
    """
    asset = queries.find(asset_id)
    plan = plan_codec.from_json(asset.plan) if asset.plan else None
    if plan is None or plan.pictures is None:
        raise NoMoment(asset.source_name)
    if not 0 <= at_ms <= asset.duration_ms:
        raise BeyondEnd(asset.duration_ms)
    posters.forget_asked(asset)
    unit = Unit.objects.create(
        asset=asset, kind=Unit.Kind.FRAME, name=ids.new("frm"),
        facts={"at_ms": at_ms}, priority=12,
    )  # fmt: skip
    jobs.enqueue_on_commit(
        JOB, key=f"{asset_id}:{unit.name}", priority=unit.priority,
        asset_id=asset_id, name=unit.name,
    )  # fmt: skip


def take_up() -> None:
    """Ask again for moments whose process died. Twice is harmless."""
    states = [Unit.State.WAITING, Unit.State.RUNNING]
    units = Unit.objects.filter(kind=Unit.Kind.FRAME, state__in=states)
    for asset_id, name in units.values_list("asset__public_id", "name"):
        jobs.enqueue(
            JOB, key=f"{asset_id}:{name}", priority=12, asset_id=asset_id, name=name
        )


def keep_frame(unit: Unit, still: Still, *, at: datetime) -> None:
    """Show the picture of the moment that somebody chose, if she still wants it."""
    asset_id = unit.asset.public_id
    name = posters.store(asset_id, still.files, origin=_Origin.FRAME)
    facts = _facts(still) | {"at_ms": unit.facts["at_ms"]}
    with transaction.atomic():
        asset = Asset.objects.select_for_update().filter(pk=unit.asset_id).first()
        if asset is None:
            get_store().delete_prefix(keys.film(asset_id))
            return
        row = posters.write(asset, name, origin=_Origin.FRAME, at=at, **facts)
        if Unit.objects.filter(pk=unit.pk).exists():
            posters.put_up(row, at=at)
        elif asset.poster != name:
            # Nobody waits for it; it goes when it is not chosen within a day or two.
            posters.retire(Poster.objects.filter(pk=row.pk), at=at)


# -- a person's own picture


def take_own(*, asset_id: str, data: bytes, source_name: str, at: datetime) -> str:
    """Read a picture and show it, cut to the shape of lists; return its name.

    Blocks; call outside transactions. Raises UnknownAsset, BadPicture or NoSpace.
    """
    queries.find(asset_id)

    def make(out: Path) -> _Made:
        sent = out.with_name("sent")
        sent.write_bytes(data)
        return take_picture(sent, shape=WIDE, out=out)

    return _keep_own(asset_id, make, source_name=source_name, at=at)


def cut_own(
    *,
    asset_id: str,
    name: str,
    shape: tuple[int, int],
    left: int,
    top: int,
    width: int,
    at: datetime,
) -> str:
    """Show another part of a person's own picture; return the name of that poster.

    What does not fit in it is moved and resized. Raises UnknownPoster, BadPicture
    or NoSpace.
    """
    row = posters.find(asset_id, name)
    data = posters.content(asset_id, name) if row.origin == _Origin.OWN else None
    if data is None:
        raise UnknownPoster(name)
    wide, high = row.size

    def make(out: Path) -> _Made:
        kept = out / KEPT_FILE
        kept.write_bytes(data)
        crop = fit_crop(wide, high, shape=shape, left=left, top=top, wide=width)
        picture = OwnPicture(file=kept, width=wide, height=high)
        return picture, crop, cut_picture(kept, crop, out=out)

    return _keep_own(asset_id, make, source_name=row.source_name, at=at, before=row)


def _keep_own(
    asset_id: str,
    make: Callable[[Path], _Made],
    *,
    source_name: str,
    at: datetime,
    before: Poster | None = None,
) -> str:
    """``before``: what this is another part of, and takes the place of."""
    root = conf.get().paths.scratch
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=_SCRATCH) as folder:
        out = Path(folder) / "out"
        out.mkdir()
        try:
            picture, crop, made = make(out)
        except EngineError as error:
            raise BadPicture(error.code, name=source_name) from error
        name = posters.store(
            asset_id, (*made.files, picture.file), origin=_Origin.OWN
        )
    with transaction.atomic():
        asset = queries.find(asset_id)
        posters.forget_asked(asset)
        row = posters.write(
            asset, name, origin=_Origin.OWN, at=at, color=made.color,
            source_name=source_name[:300], size=[picture.width, picture.height],
            crop=list(vars(crop).values()),
        )  # fmt: skip
        posters.put_up(row, at=at)
        if before is not None and before.pk != row.pk:
            posters.retire(Poster.objects.filter(pk=before.pk), at=at)
    return name


def sweep(*, at: datetime) -> None:
    """Remove what a killed process left of a picture."""
    for path in conf.get().paths.scratch.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < (at - _LONGEST).timestamp():
                shutil.rmtree(path)


def shapes(asset_id: str) -> dict[str, tuple[int, int]]:
    """Return the shapes that a poster can have: that of lists, and the film's own."""
    asset = queries.find(asset_id)
    found = {"wide": WIDE}
    if asset.width and asset.height:
        own = Fraction(asset.width, asset.height)
        if abs(own / Fraction(*WIDE) - 1) > Fraction(1, 50):
            found["film"] = (asset.width, asset.height)
    return found
