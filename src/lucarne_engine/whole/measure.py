"""How good the pictures in a finished folder look, seen against the film itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lucarne_engine import quality
from lucarne_engine.package.hdr import video_range
from lucarne_engine.package.index import TrackIndex
from lucarne_engine.plan.fine import hdr_of
from lucarne_engine.plan.model import Chunk
from lucarne_engine.quality import Score
from lucarne_engine.whole import folder as folders
from lucarne_engine.whole.order import Order
from lucarne_engine.whole.result import Result

# Their reference is kept without loss: of a film in 1080p some gigabytes.
MOST_SEGMENTS: Final = 12


def measure_film(
    order: Order,
    result: Result,
    *,
    on_share: Callable[[float], None] = lambda _: None,
    cancel: threading.Event | None = None,
) -> dict[str, Score]:
    """Score every rendition, as it lies there: VMAF and XPSNR, by the track's name.

    Whole segments are looked at, evenly spread, twelve at most; VMAF is that of every
    fifth picture, XPSNR that of all. ``on_share`` hears how much is done, 0 to 1.
    Raises FolderError, EncoderError and OSError.
    """
    tracks = result.film.video
    if not tracks:
        return {}
    runs = quality.choose_segments(result.ladder, MOST_SEGMENTS)
    scores: dict[str, Score] = {}
    with folders.held(result.folder):
        out = folders.work_folder(result.folder, "measure")
        try:
            reference = quality.make_reference(
                order.source, order.report, order.plan,
                runs=runs, out=out / "reference", cancel=cancel,
            )  # fmt: skip
            for number, track in enumerate(tracks, start=1):
                on_share(number / (len(tracks) + 1))
                is_hdr = video_range(track.codec) != "SDR"
                scores |= quality.measure(
                    reference, {track.name: _copies(result, track, runs, out)},
                    out=out / "scores", has_xpsnr=True, cancel=cancel,
                    hdr={track.name: hdr_of(order.report, "av1") if is_hdr else None},
                )  # fmt: skip
        finally:
            folders.clear_work(result.folder)
    on_share(1.0)
    return scores


def _copies(
    result: Result, track: TrackIndex, runs: tuple[Chunk, ...], out: Path
) -> list[Path]:
    """Put the head of a track and its segments together: files that can be read alone."""
    place = result.folder / result.plan.id / track.name
    head = (place / "init.mp4").read_bytes()
    made = []
    for run in runs:
        path = out / f"{run.number}.mp4"
        path.write_bytes(head + (place / f"{run.first_segment}.m4s").read_bytes())
        made.append(path)
    return made
