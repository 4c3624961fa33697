"""The playlists and the description of a finished film, beside its segments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from lucarne_engine.manifest import dash, hls
from lucarne_engine.manifest.bandwidth import average_bandwidth
from lucarne_engine.package.index import FilmIndex, TrackIndex
from lucarne_engine.plan.model import Plan
from lucarne_engine.whole.folder import DASH, HLS
from lucarne_engine.whole.state import Made, Run

# The description of a film that is complete names no moment.
_NO_MOMENT: Final = datetime.fromtimestamp(0, UTC)


def film_index(plan: Plan, ladder: Plan, made: Iterable[Made]) -> FilmIndex:
    """Join the runs of each track; smallest picture first, sound as planned."""
    runs: dict[str, list[Run]] = {}
    for one in made:
        for run in one.runs:
            runs.setdefault(run.name, []).append(run)
    facts = {**_facts_of_pictures(ladder), **_facts_of_sound(plan)}
    longest = max((b - a for a, b in pairwise(plan.boundaries)), default=0)
    tracks = [
        TrackIndex(
            name=name,
            base=f"{plan.id}/{name}",
            codec=runs[name][0].codec,
            timescale=runs[name][0].timescale,
            init_bytes=runs[name][0].init_bytes,
            segments=tuple(sorted(s for run in runs[name] for s in run.segments)),
            longest_segment=Fraction(longest * plan.frame_ticks, plan.timescale),
            **known,
        )
        for name, known in facts.items()
        if name in runs
    ]
    video = [track for track in tracks if track.kind == "video"]
    video.sort(key=lambda one: (one.height, one.width, average_bandwidth(one)))
    return FilmIndex(
        duration=plan.duration,
        is_complete=True,
        video=tuple(video),
        audio=tuple(track for track in tracks if track.kind == "audio"),
    )


def _facts_of_pictures(ladder: Plan) -> dict[str, dict[str, Any]]:
    return {
        rung.name: {
            "kind": "video",
            "width": rung.width,
            "height": rung.height,
            "frame_rate": ladder.frame_rate,
        }
        for rung in ladder.rungs
    }


def _facts_of_sound(plan: Plan) -> dict[str, dict[str, Any]]:
    return {
        audio.name: {
            "kind": "audio",
            "channels": audio.channels,
            "sample_rate_hz": audio.sample_rate_hz,
            "language": audio.language,
            "title": audio.title,
            "is_default": audio.is_default,
        }
        for audio in plan.sounds
    }


def write_manifests(folder: Path, film: FilmIndex) -> None:
    """Write the playlists of the tracks, then those that name them."""
    for track in (*film.video, *film.audio):
        place = folder / track.base
        _write(place / "index.m3u8", hls.media(track, is_complete=True))
    for track in film.video:
        place = folder / track.base
        _write(place / "iframes.m3u8", hls.iframes(track, is_complete=True))
    _write(folder / DASH, dash.mpd(film, published_at=_NO_MOMENT))
    _write(folder / HLS, hls.multivariant(film))


def _write(path: Path, text: str) -> None:
    """Write in one piece: a web server may be reading it."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
