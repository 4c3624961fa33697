"""Questions about films: what can be played now, how far the work is."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django.db.models import QuerySet

from lucarne.media import keys, sentences
from lucarne.media.errors import UnknownAsset
from lucarne.media.models import Asset, Run, Track, Unit
from lucarne_engine.package.index import FilmIndex, Segment, TrackIndex
from lucarne_engine.package.track import ORIGINAL


@dataclass(frozen=True, kw_only=True)
class PlayState:
    """All that a media request must know, in one query."""

    asset_id: str
    plan_id: str
    epoch: int
    revision: int
    is_playable: bool
    is_complete: bool  # the manifests will not grow any more
    is_ready: bool
    is_failed: bool
    duration_ms: int
    width: int
    height: int
    has_poster: bool
    has_storyboard: bool
    color: str
    warnings: tuple[str, ...]
    playable_at: datetime | None = None


PLAY_FIELDS: Final = (
    "public_id", "plan_id", "epoch", "revision", "playable_at", "ready_at", "state",
    "duration_ms", "width", "height", "has_poster", "has_storyboard", "color",
    "warnings", "has_original",
)  # fmt: skip


def play_state_of(values: Sequence[Any]) -> PlayState:
    """Translate the values of PLAY_FIELDS.

    A list has dozens of films: instances of models would cost more than its page.
    """
    (
        asset_id, plan_id, epoch, revision, playable_at, ready_at, state, duration_ms,
        width, height, has_poster, has_storyboard, color, warnings, has_original,
    ) = values  # fmt: skip
    return PlayState(
        asset_id=asset_id,
        plan_id=plan_id,
        epoch=epoch,
        revision=revision,
        is_playable=playable_at is not None,
        is_complete=ready_at is not None or has_original,
        is_ready=ready_at is not None,
        is_failed=state == Asset.State.FAILED,
        duration_ms=duration_ms,
        width=width,
        height=height,
        has_poster=has_poster,
        has_storyboard=has_storyboard,
        color=color,
        warnings=tuple(warnings),
        playable_at=playable_at,
    )


@functools.cache
def _play_states() -> QuerySet[Asset, Any]:
    """Begin a question; which columns the names mean is found out only once."""
    return Asset.objects.values_list(*PLAY_FIELDS)


def play_state(asset_id: str) -> PlayState | None:
    """One query; None when there is no such asset."""
    values = _play_states().filter(public_id=asset_id).first()
    return play_state_of(values) if values else None


def find(asset_id: str) -> Asset:
    """Return the whole row, report and plan included.

    Raises UnknownAsset.
    """
    asset = Asset.objects.filter(public_id=asset_id).first()
    if asset is None:
        raise UnknownAsset(asset_id)
    return asset


def _track_index(track: Track, runs: list[tuple[int, list[list[int]]]]) -> TrackIndex:
    segments: list[Segment] = []
    for first_number, rows in runs:
        if first_number != len(segments):
            break  # a chunk before it is still to come
        segments += [
            Segment(number, start, duration, size, iframe)
            for number, (start, duration, size, iframe) in enumerate(rows, first_number)
        ]
    return TrackIndex(
        name=track.name,
        kind=track.kind,
        base=f"{track.plan_id}/{track.name}",
        codec=track.codec,
        timescale=track.timescale,
        init_bytes=track.init_bytes,
        segments=tuple(segments),
        width=track.width,
        height=track.height,
        frame_rate=Fraction(track.frame_rate),
        channels=track.channels,
        sample_rate_hz=track.sample_rate_hz,
        language=track.language,
        title=track.title,
        is_default=track.is_default,
        longest_segment=Fraction(track.longest_segment),
    )


def track_indexes(asset_id: str, plan_id: str) -> tuple[TrackIndex, ...]:
    """Every track of the plan with its contiguous segments. Two queries."""
    tracks = list(
        Track.objects.filter(
            asset__public_id=asset_id, plan_id=plan_id, removed_at__isnull=True
        ).order_by("height", "width", "id")
    )
    by_track: dict[int, list[tuple[int, list[list[int]]]]] = defaultdict(list)
    runs = Run.objects.filter(track__in=[track.pk for track in tracks])
    for track_id, *run in runs.values_list("track_id", "first_number", "segments"):
        by_track[track_id].append((run[0], run[1]))
    return tuple(_track_index(track, by_track[track.pk]) for track in tracks)


def film_index(film: PlayState) -> FilmIndex | None:
    """Return what can be played of it now; None when nothing can. Two queries.

    Once every rung is there the original is left out: who watches it goes on,
    since its segments stay in the store for a while, who comes gets the ladder.
    """
    if not film.is_playable:
        return None
    tracks = [one for one in track_indexes(film.asset_id, film.plan_id) if one.segments]
    is_original = film.is_complete and not film.is_ready
    return FilmIndex(
        duration=Fraction(film.duration_ms, 1000),
        is_complete=film.is_complete,
        video=tuple(
            one
            for one in tracks
            if one.kind == "video" and (one.name == ORIGINAL) == is_original
        ),
        audio=tuple(one for one in tracks if one.kind == "audio"),
    )


def waiting_units(asset: Asset) -> QuerySet[Unit]:
    """Units that still must run before the film is ready."""
    return asset.units.filter(state__in=[Unit.State.WAITING, Unit.State.RUNNING])


def unfinished_assets() -> QuerySet[Asset]:
    """Films whose work has to go on after a restart."""
    return Asset.objects.filter(
        state__in=[Asset.State.RECEIVED, Asset.State.PREPARING, Asset.State.ENCODING]
    )


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that the database says must be in the store."""

    key: str
    size_bytes: int | None  # None: any size


def known_keys() -> Iterator[StoredFile]:
    """Every file that must be in the store, for ``lucarne check --storage``."""
    for asset in Asset.objects.defer("report", "plan").iterator():
        # A sample film that is still to be made has neither.
        if not asset.incoming_path and asset.size_bytes:
            yield StoredFile(
                key=keys.master(asset.public_id), size_bytes=asset.size_bytes
            )
        folder = keys.plan(asset.public_id, asset.plan_id)
        if asset.has_poster:
            for name in ("poster.jpg", "thumb-320.jpg", "thumb-640.jpg"):
                yield StoredFile(key=f"{folder}/{name}", size_bytes=None)
        if asset.has_storyboard:
            yield StoredFile(key=f"{folder}/storyboard.vtt", size_bytes=None)
    yield from _known_track_keys()


def _known_track_keys() -> Iterator[StoredFile]:
    tracks = Track.objects.filter(removed_at__isnull=True).select_related("asset")
    for track in tracks.prefetch_related("runs").iterator(chunk_size=200):
        asset_id = track.asset.public_id
        yield StoredFile(
            key=keys.init(asset_id, track.plan_id, track.name),
            size_bytes=track.init_bytes,
        )
        for run in track.runs.all():
            for offset, row in enumerate(run.segments):
                yield StoredFile(
                    key=keys.segment(
                        asset_id, track.plan_id, track.name, run.first_number + offset
                    ),
                    size_bytes=row[2],
                )


def known_prefixes() -> Iterator[str]:
    """Folders whose further files belong to a film that exists (storyboard sheets)."""
    for asset_id, plan_id, has_storyboard in Asset.objects.values_list(
        "public_id", "plan_id", "has_storyboard"
    ):
        if has_storyboard:
            yield f"{keys.plan(asset_id, plan_id)}/storyboard/"


def sentence_of(asset: Asset) -> str:
    """Why this film failed, for a person; "" when it did not."""
    if not asset.error_code:
        return ""
    return sentences.refusal(asset.error_code, name=asset.source_name)
