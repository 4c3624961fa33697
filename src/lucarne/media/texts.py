"""Captions and subtitles as files: read from uploads and films, kept as WebVTT.

Which of them a film has, and who sees them, is the catalog's matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from lucarne.core import events
from lucarne.core.errors import is_disk_full
from lucarne.core.storage import NotStored, get_store
from lucarne.media import keys
from lucarne.media.errors import NoSpace
from lucarne.media.events import TextsFound
from lucarne.media.models import Asset, Unit
from lucarne_engine.captions import webvtt
from lucarne_engine.captions.film import FilmText
from lucarne_engine.captions.model import MOST_BYTES, Cue, Reading
from lucarne_engine.captions.reader import read_strangers

MOST_FILE_BYTES: Final = MOST_BYTES
_FACTS: Final = "texts"  # of a unit: found, and not yet taken


@dataclass(frozen=True, kw_only=True)
class StoredText:
    """A file in the store; ``name`` follows from what it holds."""

    name: str
    cue_count: int
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class FoundText:
    """A text track of a film, written as a file."""

    file: StoredText
    language: str
    title: str
    is_for_deaf: bool
    is_forced: bool


def read_file(data: bytes, *, asset_id: str) -> Reading:
    """Read a caption file for a film. Blocks; call outside transactions.

    Raises EncoderError when the machine cannot.
    """
    lengths = Asset.objects.filter(public_id=asset_id).values_list("duration_ms", flat=True)
    return read_strangers(data, duration_ms=next(iter(lengths), 0))


def keep(*, asset_id: str, owner: str, cues: Sequence[Cue]) -> StoredText:
    """Write cues into the store. ``owner``: whose file it is, part of its name.

    Raises NoSpace.
    """
    data = webvtt.write(cues).encode()
    name = f"{owner}-{hashlib.sha256(data).hexdigest()[:12]}"
    try:
        get_store().put_bytes(data, keys.text(asset_id, name))
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(name) from error
        raise
    return StoredText(name=name, cue_count=len(cues), size_bytes=len(data))


def forget(*, asset_id: str, name: str) -> None:
    """Delete a file once the caller's transaction holds."""
    key = keys.text(asset_id, name)
    transaction.on_commit(lambda: get_store().delete(key))


def content(asset_id: str, name: str) -> str | None:
    """Return what a file holds; None when there is none."""
    try:
        with get_store().open(keys.text(asset_id, name)) as file:
            return file.read().decode()
    except NotStored:
        return None


def cues(asset_id: str, name: str) -> tuple[Cue, ...]:
    """Return the cues of a file, () when there is none."""
    return webvtt.read_own(content(asset_id, name) or "")


def note_change(*, asset_id: str) -> None:
    """Let manifests be written anew: other texts are to be seen."""
    Asset.objects.filter(public_id=asset_id).update(revision=F("revision") + 1)


def keep_found(unit: Unit, made: Sequence[FilmText], *, at: datetime) -> None:
    """Write down what a film holds, once for tracks that say the same.

    Catalog is told; should it not hear, it finds the same in ``found``.
    """
    asset = unit.asset
    facts: list[dict[str, Any]] = []
    said: set[tuple[str, bool, tuple[Cue, ...]]] = set()
    for text in made:
        same = (text.language, text.is_for_deaf, text.cues)
        if same in said:
            continue
        said.add(same)
        file = keep(
            asset_id=asset.public_id, owner=f"track{text.index}", cues=text.cues
        )
        facts.append(
            {
                "file": vars(file),
                "language": text.language,
                "title": text.title,
                "is_for_deaf": text.is_for_deaf,
                "is_forced": text.is_forced,
            }
        )
    with transaction.atomic():
        if not Unit.objects.filter(pk=unit.pk).update(facts={_FACTS: facts}):
            get_store().delete_prefix(keys.film(asset.public_id))
        elif facts:
            events.publish(TextsFound(asset_id=asset.public_id, at=at))


def carry(*, from_id: str, to_id: str, names: Sequence[str]) -> None:
    """Let another film have the files of one."""
    for name in names:
        found = content(from_id, name)
        if found is not None:
            get_store().put_bytes(found.encode(), keys.text(to_id, name))
    note_change(asset_id=to_id)


def waiting() -> list[str]:
    """Return films whose texts were found and not taken."""
    units = Unit.objects.filter(kind=Unit.Kind.TEXT).exclude(facts={})
    return list(units.values_list("asset__public_id", flat=True))


def take(*, asset_id: str) -> tuple[FoundText, ...]:
    """Return what was found in a film, once. Call inside a transaction."""
    unit = (
        Unit.objects.select_for_update(of=("self",))
        .filter(asset__public_id=asset_id, kind=Unit.Kind.TEXT)
        .exclude(facts={})
        .first()
    )
    if unit is None:
        return ()
    Unit.objects.filter(pk=unit.pk).update(facts={})
    return tuple(
        FoundText(**{**one, "file": StoredText(**one["file"])})
        for one in unit.facts.get(_FACTS, [])
    )
