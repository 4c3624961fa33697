"""The posters of a film: those it may have, and the one that is shown.

Each lies in a folder whose name follows from what it shows, so that its address can be
kept for good and changes with the poster. What a person chose stays through every
encode; what Lucarne chose gives way to what it chooses next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import F, QuerySet

from lucarne.core.errors import is_disk_full
from lucarne.core.storage import NotStored, get_store
from lucarne.media import keys
from lucarne.media.errors import NoSpace, UnknownAsset, UnknownPoster
from lucarne.media.models import Asset, Poster
from lucarne_engine.pictures.own import KEPT_FILE, MOST_BYTES

FILES: Final = ("poster.jpg", "thumb-320.jpg", "thumb-640.jpg")
MOST_FILE_BYTES: Final = MOST_BYTES
# Of those that people chose: what was shown before can be taken again.
KEPT: Final = 6
# Pages and caches may name a poster for so long after another took its place.
RETIRED_FOR: Final = timedelta(hours=48)
CHOSEN: Final = (Poster.Origin.FRAME, Poster.Origin.OWN)
_MADE: Final = (Poster.Origin.AUTOMATIC, Poster.Origin.PROPOSED)


@dataclass(frozen=True, kw_only=True)
class PosterView:
    """A poster that can be chosen."""

    name: str
    origin: str
    at_ms: int | None
    source_name: str
    size: tuple[int, ...]
    crop: tuple[int, ...]
    is_shown: bool

    @property
    def is_own(self) -> bool:
        return self.origin == Poster.Origin.OWN

    @property
    def is_automatic(self) -> bool:
        return self.origin == Poster.Origin.AUTOMATIC

    @property
    def is_proposed(self) -> bool:
        return self.origin == Poster.Origin.PROPOSED


def posters_of(asset_id: str) -> tuple[PosterView, ...]:
    """List those that a film may have: automatic ones first, then the latest chosen."""
    rows = Poster.objects.filter(asset__public_id=asset_id, retired_at=None)
    found = rows.select_related("asset").defer("asset__report", "asset__plan")
    # "automatic" before "proposed"; what was made in one go in the order of its worth.
    made = sorted((row for row in found if row.origin in _MADE), key=_made_order)
    chosen = sorted((row for row in found if row.origin in CHOSEN), key=_newest)
    return tuple(map(_view, [*made, *chosen]))


def _made_order(row: Poster) -> tuple[str, int]:
    return row.origin, row.pk


def _newest(row: Poster) -> tuple[float, int]:
    return -row.made_at.timestamp(), -row.pk


def _view(row: Poster) -> PosterView:
    return PosterView(
        name=row.name, origin=row.origin, at_ms=row.at_ms, source_name=row.source_name,
        size=tuple(row.size), crop=tuple(row.crop),
        is_shown=row.asset.has_poster and row.asset.poster == row.name,
    )  # fmt: skip


def find(asset_id: str, name: str) -> Poster:
    """Return one that can be chosen. Raises UnknownPoster."""
    rows = Poster.objects.filter(asset__public_id=asset_id, retired_at=None)
    row = rows.select_related("asset").filter(name=name).first()
    if row is None:
        raise UnknownPoster(name)
    return row


def keys_of(row: Poster) -> tuple[str, ...]:
    """Return what must be in the store."""
    folder = keys.poster(row.asset.public_id, row.asset.plan_id, row.name)
    names = (*FILES, KEPT_FILE) if row.origin == Poster.Origin.OWN else FILES
    return tuple(f"{folder}/{name}" for name in names)


def store(asset_id: str, files: Iterable[Path], *, origin: str) -> str:
    """Move the files of a poster into the store; return its name. Raises NoSpace."""
    by_name = {path.name: path for path in files}
    shown = hashlib.sha256(by_name[FILES[0]].read_bytes()).hexdigest()[:20]
    name = f"{origin[0]}{shown}"
    try:
        for file, path in by_name.items():
            get_store().put_file(path, f"{keys.poster(asset_id, '', name)}/{file}")
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(name) from error
        raise
    return name


def write(
    asset: Asset, name: str, *, origin: str, at: datetime, **facts: Any
) -> Poster:
    """Note a poster whose files are stored; for this room, inside a transaction."""
    row, _ = Poster.objects.update_or_create(
        asset=asset, name=name,
        defaults={"origin": origin, "made_at": at, "retired_at": None, **facts},
    )  # fmt: skip
    return row


@transaction.atomic
def show(*, asset_id: str, name: str, at: datetime) -> None:
    """Let a film have this poster. Raises UnknownPoster."""
    row = find(asset_id, name)
    forget_asked(row.asset)
    if row.origin in CHOSEN:
        # The latest to be chosen are those that are kept.
        Poster.objects.filter(pk=row.pk).update(made_at=at)
    put_up(row, at=at)


@transaction.atomic
def show_automatic(*, asset_id: str, at: datetime) -> None:
    """Let a film have the poster that Lucarne chose, or none while there is none.

    Raises UnknownAsset.
    """
    asset = Asset.objects.filter(public_id=asset_id).first()
    if asset is None:
        raise UnknownAsset(asset_id)
    forget_asked(asset)
    row = automatic(asset)
    if row is not None:
        put_up(row, at=at)
        return
    Asset.objects.filter(pk=asset.pk).update(
        poster="", has_poster=False, color="", revision=F("revision") + 1
    )


def forget_asked(asset: Asset) -> None:
    """Whoever chose last has her will: a frame that is still being taken is not shown."""
    asset.units.filter(kind="frame").delete()


def automatic(asset: Asset) -> Poster | None:
    rows = asset.posters.filter(origin=Poster.Origin.AUTOMATIC, retired_at=None)
    return rows.order_by("-pk").first()


def shown(asset: Asset) -> Poster | None:
    """Return the poster that a film has now."""
    if not asset.has_poster:
        return None
    return asset.posters.filter(name=asset.poster).first()


def put_up(row: Poster, *, at: datetime) -> None:
    """Show it, and let go of those that were chosen long before; for this room."""
    Asset.objects.filter(pk=row.asset_id).update(
        poster=row.name, has_poster=True, color=row.color, revision=F("revision") + 1
    )
    rows = Poster.objects.filter(
        asset_id=row.asset_id, origin__in=CHOSEN, retired_at=None
    )
    old = rows.exclude(pk=row.pk).order_by("-made_at", "-pk")[KEPT - 1 :]
    retire(Poster.objects.filter(pk__in=[one.pk for one in old]), at=at)


def retire(rows: QuerySet[Poster], *, at: datetime) -> None:
    rows.update(retired_at=at)


@transaction.atomic
def carry(*, from_id: str, to_id: str, at: datetime) -> None:
    """Let a film have the poster that another has, as far as a person chose it.

    What Lucarne chose for the other stands in until it has chosen one for this.
    Raises UnknownAsset.
    """
    assets = {
        one.public_id: one for one in Asset.objects.filter(public_id__in=[from_id, to_id])
    }
    if len(assets) < 2:
        raise UnknownAsset(to_id if from_id in assets else from_id)
    source, target = shown(assets[from_id]), assets[to_id]
    if source is None:
        return
    if source.origin != Poster.Origin.AUTOMATIC:
        # Its moment is one of the other file.
        is_own = source.origin == Poster.Origin.OWN
        origin = Poster.Origin.OWN if is_own else Poster.Origin.FRAME
        put_up(_copy(source, target, origin=origin, at=at), at=at)
    elif automatic(target) is not None:
        show_automatic(asset_id=to_id, at=at)
    else:
        row = _copy(source, target, origin=Poster.Origin.AUTOMATIC, at=at)
        put_up(row, at=at)


def _copy(source: Poster, target: Asset, *, origin: str, at: datetime) -> Poster:
    name = source.name or f"a{source.asset.public_id[4:]}"
    folder = keys.poster(target.public_id, target.plan_id, name)
    for key in keys_of(source):
        with get_store().open(key) as file:
            data = file.read()
        get_store().put_bytes(data, f"{folder}/{key.rpartition('/')[2]}")
    return write(
        target, name, origin=origin, at=at, color=source.color, at_ms=None,
        source_name=source.source_name, size=source.size, crop=source.crop,
    )  # fmt: skip


def content(asset_id: str, name: str) -> bytes | None:
    """Return the picture that a person sent, as it is kept; None when it is gone."""
    try:
        with get_store().open(f"{keys.poster(asset_id, '', name)}/{KEPT_FILE}") as file:
            return file.read()
    except NotStored:
        return None


def sweep(*, at: datetime) -> None:
    """Delete what nobody's page names any more."""
    old = Poster.objects.filter(retired_at__lt=at - RETIRED_FOR)
    for row in old.select_related("asset"):
        with transaction.atomic():
            # Chosen again meanwhile: it is not retired any more, or it is shown.
            is_shown = row.asset.has_poster and row.asset.poster == row.name
            if is_shown or not old.filter(pk=row.pk).delete()[0]:
                continue
            for key in keys_of(row):
                transaction.on_commit(_deleting(key))


def _deleting(key: str) -> Any:
    return lambda: get_store().delete(key)
