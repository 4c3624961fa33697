"""Questions about films: what can be played now, how far the work is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django.db.models import QuerySet

from lucarne.core.prepared import Prepared
from lucarne.media import keys, outlines, posters, sentences
from lucarne.media.errors import UnknownAsset
from lucarne.media.models import Asset, Poster, Run, Track, Unit
from lucarne_engine.package.index import FilmIndex, Outline, Segment, TrackIndex
from lucarne_engine.package.track import ORIGINAL
from lucarne_engine.plan.sound import LATER
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.report import Chapter


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
    poster: str = ""  # its name; "" is where the first ones lay


PLAY_FIELDS: Final = (
    "public_id", "plan_id", "epoch", "revision", "playable_at", "ready_at", "state",
    "duration_ms", "width", "height", "has_poster", "has_storyboard", "color",
    "warnings", "has_original", "poster",
)  # fmt: skip


def play_state_of(values: Sequence[Any]) -> PlayState:
    """Translate the values of PLAY_FIELDS.

    A list has dozens of films: instances of models would cost more than its page.
    """
    (
        asset_id, plan_id, epoch, revision, playable_at, ready_at, state, duration_ms,
        width, height, has_poster, has_storyboard, color, warnings, has_original,
        poster,
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
        poster=poster,
    )


_PLAY_STATE: Final = Prepared(
    lambda asset_id: Asset.objects.filter(public_id=asset_id).values_list(*PLAY_FIELDS)
)


def play_state(asset_id: str) -> PlayState | None:
    """One query; None when there is no such asset."""
    values = _PLAY_STATE.first(asset_id)
    return play_state_of(values) if values else None


def find(asset_id: str) -> Asset:
    """Return the whole row, report and plan included.

    Raises UnknownAsset.
    """
    asset = Asset.objects.filter(public_id=asset_id).first()
    if asset is None:
        raise UnknownAsset(asset_id)
    return asset


_TRACK_FIELDS: Final = (
    "id", "plan_id", "name", "kind", "codec", "timescale", "init_bytes", "width",
    "height", "frame_rate", "channels", "sample_rate_hz", "language", "title",
    "is_default", "longest_segment", "is_complete", "retired_at",
)  # fmt: skip
_IS_COMPLETE: Final = _TRACK_FIELDS.index("is_complete")
_RETIRED_AT: Final = _TRACK_FIELDS.index("retired_at")
_RUN_FIELDS: Final = ("track_id", "first_number", "segments")


def _tracks(asset_id: str, plan_id: str) -> QuerySet[Track, Any]:
    tracks = Track.objects.filter(
        asset__public_id=asset_id, plan_id=plan_id, removed_at__isnull=True
    )
    return tracks.order_by("height", "width", "id").values_list(*_TRACK_FIELDS)


def _runs(asset_id: str, plan_id: str) -> QuerySet[Run, Any]:
    runs = Run.objects.filter(
        track__asset__public_id=asset_id,
        track__plan_id=plan_id,
        track__removed_at__isnull=True,
    )
    return runs.order_by("first_number").values_list(*_RUN_FIELDS)


_TRACKS: Final = Prepared(_tracks)
# Those that have begun.
_OUTLINES: Final = Prepared(
    lambda asset_id, plan_id: (
        _tracks(asset_id, plan_id)
        .filter(outline__isnull=False)
        .values_list(*_TRACK_FIELDS, "outline")
    )
)
_RUNS: Final = Prepared(_runs)
_TRACK: Final = Prepared(
    lambda asset_id, plan_id, name: _tracks(asset_id, plan_id).filter(name=name)
)
_RUNS_OF_TRACK: Final = Prepared(
    lambda asset_id, plan_id, name: _runs(asset_id, plan_id).filter(track__name=name)
)


def _track_index(
    values: Sequence[Any],
    *,
    segments: tuple[Segment, ...] = (),
    outline: Outline | None = None,
) -> TrackIndex:
    """Translate the values of _TRACK_FIELDS."""
    (
        _, plan_id, name, kind, codec, timescale, init_bytes, width, height,
        frame_rate, channels, sample_rate_hz, language, title, is_default,
        longest_segment, _, _,
    ) = values  # fmt: skip
    return TrackIndex(
        name=name,
        kind=kind,
        base=f"{plan_id}/{name}",
        codec=codec,
        timescale=timescale,
        init_bytes=init_bytes,
        segments=segments,
        width=width,
        height=height,
        frame_rate=Fraction(frame_rate),
        channels=channels,
        sample_rate_hz=sample_rate_hz,
        language=language,
        title=title,
        is_default=is_default,
        longest_segment=Fraction(longest_segment),
        outline=outline,
    )


def track_indexes(asset_id: str, plan_id: str) -> tuple[TrackIndex, ...]:
    """Every track of the plan with its contiguous segments. Two queries."""
    return _with_segments(_TRACKS.rows(asset_id, plan_id), asset_id, plan_id)


def track_outlines(asset_id: str, plan_id: str) -> tuple[TrackIndex, ...]:
    """Return those that have begun, with outlines for their segments. One query."""
    rows = _OUTLINES.rows(asset_id, plan_id)
    return tuple(
        _track_index(one, outline=outlines.read(written)) for *one, written in rows
    )


def past_outlines(asset_id: str, plan_id: str) -> tuple[TrackIndex, ...]:
    """Return those that have begun, also those whose files are gone since. One query."""
    tracks = Track.objects.filter(
        asset__public_id=asset_id, plan_id=plan_id, outline__isnull=False
    )
    rows = tracks.order_by("id").values_list(*_TRACK_FIELDS, "outline")
    return tuple(
        _track_index(one, outline=outlines.read(written)) for *one, written in rows
    )


def _with_segments(
    tracks: list[list[Any]], asset_id: str, plan_id: str
) -> tuple[TrackIndex, ...]:
    by_track: dict[int, list[tuple[int, list[list[int]]]]] = defaultdict(list)
    for track_id, first_number, rows in _RUNS.rows(asset_id, plan_id):
        by_track[track_id].append((first_number, rows))
    return tuple(
        _track_index(one, segments=outlines.segments(by_track[one[0]]))
        for one in tracks
    )


def track_index(asset_id: str, plan_id: str, name: str) -> TrackIndex | None:
    """One track of the plan; None when it has no segment yet. Two queries.

    A film's playlists are asked for one by one: each needs a sixth of its segments.
    """
    track = _TRACK.first(asset_id, plan_id, name)
    if track is None:
        return None
    runs = _RUNS_OF_TRACK.rows(asset_id, plan_id, name)
    segments = outlines.segments((first, rows) for _, first, rows in runs)
    return _track_index(track, segments=segments) if segments else None


def film_index(film: PlayState) -> FilmIndex | None:
    """Return what can be played of it now; None when nothing can. Two queries."""
    if not film.is_playable:
        return None
    rows = _shown(film, _TRACKS.rows(film.asset_id, film.plan_id))
    tracks = _with_segments(rows, film.asset_id, film.plan_id)
    return _film(film, (one for one in tracks if one.segments))


def film_outline(film: PlayState) -> FilmIndex | None:
    """Return the same without its segments: outlines stand for them. One query."""
    if not film.is_playable:
        return None
    rows = _shown(film, _OUTLINES.rows(film.asset_id, film.plan_id))
    return _film(
        film,
        (_track_index(one, outline=outlines.read(written)) for *one, written in rows),
    )


def _shown(film: PlayState, tracks: list[list[Any]]) -> list[list[Any]]:
    """Once a film is ready, leave out what is not whole or has a better one."""
    if not film.is_ready:
        return tracks
    return [one for one in tracks if one[_IS_COMPLETE] and one[_RETIRED_AT] is None]


def _film(film: PlayState, tracks: Iterable[TrackIndex]) -> FilmIndex:
    """Choose the pictures.

    Once every rung is there the original is left out, and sound of the right loudness
    stands in for the first; the first pass is left out once the fine one is there: who
    watches goes on, since retired segments stay in the store for a while, who comes
    gets the better ladder.
    """
    tracks = tuple(tracks)
    is_original = film.is_complete and not film.is_ready
    sounds = [one for one in tracks if one.kind == "audio"]
    if not film.is_ready:
        sounds = [one for one in sounds if not one.name.startswith(LATER)]
    return FilmIndex(
        duration=Fraction(film.duration_ms, 1000),
        is_complete=film.is_complete,
        video=tuple(
            one
            for one in tracks
            if one.kind == "video" and (one.name == ORIGINAL) == is_original
        ),
        audio=tuple(sorted(sounds, key=_place)),
    )


def _place(sound: TrackIndex) -> tuple[bool, int]:
    """In the film's own order, whichever was finished first; surround sound last."""
    _, number, *_ = sound.name.split("-")  # "aac-0", "sound-0", "sound-0-51"
    return sound.is_surround, int(number)


def waiting_units(asset: Asset) -> QuerySet[Unit]:
    """Units that still must run before the film is ready."""
    return asset.units.filter(state__in=[Unit.State.WAITING, Unit.State.RUNNING])


def files() -> QuerySet[Asset]:
    """Return the file of every film, for a list that is sorted by what files are."""
    return Asset.objects.all()


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
        if asset.has_storyboard:
            yield StoredFile(key=f"{folder}/storyboard.vtt", size_bytes=None)
    yield from _known_posters()
    yield from _known_track_keys()


def _known_posters() -> Iterator[StoredFile]:
    for row in Poster.objects.select_related("asset").defer(
        "asset__report", "asset__plan"
    ):
        for key in posters.keys_of(row):
            yield StoredFile(key=key, size_bytes=None)


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
        # Which captions there must be is known to the room that they belong to.
        yield f"{keys.texts(asset_id)}/"


def chapters(asset_id: str) -> tuple[Chapter, ...]:
    """Return the chapters that the file came with; () before it was looked into."""
    asset = Asset.objects.filter(public_id=asset_id).only("report").first()
    if asset is None or not asset.report:
        return ()
    return report_codec.from_json(asset.report).chapters


def sentence_of(asset: Asset) -> str:
    """Why this film failed, for a person; "" when it did not."""
    if not asset.error_code:
        return ""
    return sentences.refusal(asset.error_code, name=asset.source_name)
