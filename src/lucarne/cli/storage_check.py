"""``lucarne check --storage``: what is stored against what should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lucarne.cli.check import ERROR, OK, WARNING, Finding
from lucarne.core import conf

_SHOWN: Final = 5


@dataclass(kw_only=True)
class Difference:
    """Keys that are on one side only, or have another length than they should."""

    missing: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    wrong_size: list[str] = field(default_factory=list)
    count: int = 0


def compare() -> Difference:
    """Compare every stored file with what the database knows."""
    from itertools import chain

    from lucarne.catalog import caption_queries
    from lucarne.core.storage import get_store
    from lucarne.media import queries

    stored = dict(get_store().keys())
    found = Difference(count=len(stored))
    for known in chain(queries.known_keys(), caption_queries.known_files()):
        size = stored.pop(known.key, None)
        if size is None:
            found.missing.append(known.key)
        elif known.size_bytes is not None and known.size_bytes != size:
            found.wrong_size.append(known.key)
    prefixes = tuple(queries.known_prefixes())
    found.orphans = [key for key in stored if not key.startswith(prefixes or ("\n",))]
    return found


def look() -> Iterator[Finding]:
    """Report missing, damaged and orphaned files."""
    settings = conf.get()
    if not settings.database.url.get_secret_value() and not (
        settings.paths.database.is_file()
    ):
        return
    yield from _bin()
    found = compare()
    if found.missing:
        yield Finding(
            id="storage-missing",
            level=ERROR,
            sentence=f"{len(found.missing)} files that the database knows are not in "
            f"the store: {_some(found.missing)}.",
            remedy="Restore them from a backup, or delete those films and publish again.",
        )
    if found.wrong_size:
        yield Finding(
            id="storage-size",
            level=ERROR,
            sentence=f"{len(found.wrong_size)} files have another length than when they "
            f"were stored: {_some(found.wrong_size)}.",
            remedy="Restore them from a backup, or delete those films and publish again.",
        )
    if found.orphans:
        yield _orphans(found.orphans)
    if not (found.missing or found.wrong_size or found.orphans):
        yield Finding(
            id="storage",
            level=OK,
            sentence=f"{found.count} files are stored, all of them known.",
        )


def _bin() -> Iterator[Finding]:
    """Say what takes room and goes by itself."""
    from lucarne.catalog import bin as rubbish, queries

    count, oldest = queries.bin_facts()
    if oldest is not None:
        films = "1 film is" if count == 1 else f"{count} films are"
        leaves = (oldest + rubbish.KEPT_FOR).date().isoformat()
        yield Finding(
            id="storage-bin",
            level=OK,
            sentence=f"{films} in the bin and stored as long; the first goes on {leaves}.",
        )


def _orphans(orphans: Sequence[str]) -> Finding:
    from lucarne.media import queries

    # While something is encoded, its files come before the rows that know them.
    is_busy = queries.unfinished_assets().exists()
    return Finding(
        id="storage-orphans",
        level=WARNING if is_busy else ERROR,
        sentence=f"{len(orphans)} stored files belong to no film: {_some(orphans)}.",
        remedy="Check again when nothing is being encoded."
        if is_busy
        else "Delete them from the store folder; no page refers to them.",
    )


def _some(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more
