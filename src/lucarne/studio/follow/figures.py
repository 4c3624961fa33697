"""What a page is told about work: figures to put in place, and when to ask for more.

An event holds what changes every second. Everything else of a page (who may do what,
which links there are) is Django's: ``version`` says that it would look different now,
and the page then asks for that part of itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import override

from lucarne.media import progress
from lucarne.media.errors import UnknownAsset
from lucarne.media.progress import AssetProgress
from lucarne.studio.follow.address import Kind, Subject
from lucarne.studio.summary import summary_of
from lucarne.studio.work_words import line_words, made_words, step_words


@dataclass(frozen=True, kw_only=True)
class Figures:
    """``text`` is JSON; ``id`` changes with it."""

    id: str
    text: str
    is_over: bool


def is_going_on(work: AssetProgress) -> bool:
    """Whether anything is still done on the film, the fine pass included."""
    return not work.is_finished or work.is_improving or work.is_measuring


def version_of(works: Iterable[AssetProgress]) -> str:
    """Name what a page shows beside its figures."""
    said = [
        (
            work.asset_id, work.state, work.is_playable, work.has_poster, work.urgency,
            is_going_on(work), work.warnings, summary_of(work).sentence,
            [(one.name, one.state) for one in work.stages],
            [(one.name, one.state) for one in work.renditions],
        )
        for work in works
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


class Row(Protocol):
    """A film as a list has it."""

    @property
    def asset_id(self) -> str: ...
    @property
    def is_failed(self) -> bool: ...
    @property
    def is_ready(self) -> bool: ...
    @property
    def is_playable(self) -> bool: ...


def rows_version_of(rows: Iterable[Row]) -> str:
    """Name what a list shows of films that are worked on."""
    said = [(r.asset_id, r.is_failed, r.is_ready, r.is_playable) for r in rows]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


def look(subject: Subject) -> Figures:
    """Say how far the work is now. Blocks: it asks the database."""
    with override(subject.language):
        works = [found for one in subject.asset_ids if (found := _progress(one))]
        is_list = subject.kind == Kind.FILMS
        data: dict[str, Any] = {
            "version": (rows_version_of if is_list else version_of)(works),
            "items": _of_films(works) if is_list else _of_film(works),
        }
        if works and not is_list:
            data["percent"] = summary_of(works[0]).percent
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Figures(
        id=hashlib.sha256(text.encode()).hexdigest()[:12],
        text=text,
        # Deleted films are over: the page then says so.
        is_over=all(w.is_finished if is_list else not is_going_on(w) for w in works),
    )


def _progress(asset_id: str) -> AssetProgress | None:
    try:
        return progress.progress(asset_id)
    except UnknownAsset:
        return None


def _of_film(works: Iterable[AssetProgress]) -> dict[str, dict[str, Any]]:
    items: dict[str, dict[str, Any]] = {}
    for work in works:
        for stage in work.stages:
            items[f"stage-{stage.name}"] = _item(stage.fraction, step_words(stage))
        for one in work.renditions:
            item = _item(one.fraction, step_words(one))
            items[f"rendition-{one.name}"] = item | {"made": made_words(one)}
        items["work-line"] = {"text": line_words(work)}
    return items


def _of_films(works: Iterable[AssetProgress]) -> dict[str, dict[str, Any]]:
    return {
        f"work-{work.asset_id}": {"text": line_words(work)}
        for work in works
        if not work.is_finished
    }


def _item(fraction: float, text: str) -> dict[str, Any]:
    return {"value": round(fraction, 3), "text": text}
