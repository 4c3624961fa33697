"""One picture of a film as poster and thumbnails."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.filters import deinterlaced, still
from lucarne_engine.encode.source import (
    FROM_THE_BEGINNING,
    QUIET,
    Entry,
    entry_before,
    input_arguments,
    video_shift,
)
from lucarne_engine.errors import EncoderError
from lucarne_engine.pictures.looks import LOOK_BYTES, LOOK_HEIGHT, LOOK_WIDTH
from lucarne_engine.pictures.sizes import POSTER, THUMBNAILS, fit, need_picture
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import SourceReport

POSTER_FILE: Final = "poster.jpg"
QUALITY: Final = "3"  # mjpeg, 2 is the best
LOOK: Final = f"scale={LOOK_WIDTH}:{LOOK_HEIGHT}:flags=area,format=rgb24"


def thumbnail_file(width: int) -> str:
    return f"thumb-{width}.jpg"


def poster_files(out: Path) -> tuple[Path, ...]:
    return (out / POSTER_FILE, *(out / thumbnail_file(width) for width in THUMBNAILS))


def take_poster(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    at: Fraction,
    is_exact: bool,
    out: Path,
    cancel: threading.Event | None,
    limits: process.Limits | None,
) -> bytes:
    """Write poster and thumbnails of the picture at ``at`` seconds; return its look.

    Not exact means the key frame before, which costs one decoded picture. Raises
    EncoderError when there is no picture at that place.
    """
    number = int(at * plan.frame_rate)
    entry = entry_before(report, plan, number)
    first = number if is_exact else 0
    for attempt in (entry, FROM_THE_BEGINNING):
        look = _take(source, report, plan, attempt, first, out, cancel, limits)
        if look:
            return look
        first = 0
    raise EncoderError("encoder_failed", f"no picture at {float(at):.3f} s")


def _take(  # noqa: PLR0917
    source: Path,
    report: SourceReport,
    plan: Plan,
    entry: Entry,
    first: int,
    out: Path,
    cancel: threading.Event | None,
    limits: process.Limits | None,
) -> bytes:
    look = out / "look.rgb"
    look.unlink(missing_ok=True)
    process.run(
        [
            process.ffmpeg_path(),
            *QUIET,
            "-noautorotate",
            *input_arguments(
                source, report, seek=entry.seek, shift=video_shift(report, plan)
            ),
            *("-filter_complex", _graph(report, plan, first)),
            *_outputs(out, look),
        ],
        sandbox=process.Sandbox(readable=(source,), writable=(out,)),
        limits=limits or process.Limits(),
        cancel=cancel,
        name="poster",
    )
    seen = look.read_bytes() if look.exists() else b""
    look.unlink(missing_ok=True)
    return seen if len(seen) == LOOK_BYTES else b""


def _graph(report: SourceReport, plan: Plan, first: int) -> str:
    video, _ = need_picture(report, plan)
    width, height = fit(video, POSTER)
    start = first * plan.frame_ticks - plan.frame_ticks // 2
    chain = [
        *deinterlaced(plan),
        f"settb=expr=1/{plan.timescale}",
        *([f"trim=start_pts={start}"] if first else []),
        "trim=end_frame=1",
        still(report, plan, width, height),
    ]
    pads = [f"[t{size}]" for size in THUMBNAILS]
    split = f"split={len(THUMBNAILS) + 2}[poster]{''.join(pads)}[small]"
    parts = [f"[0:{video.index}]{','.join(chain)},{split}", f"[small]{LOOK}[look]"]
    for size, pad in zip(THUMBNAILS, pads, strict=True):
        wide, high = fit(video, size)
        parts.append(f"{pad}scale={wide}:{high}:flags=area[thumb{size}]")
    return ";".join(parts)


def _outputs(out: Path, look: Path) -> list[str]:
    arguments: list[str] = []
    named = [("poster", POSTER_FILE)]
    named += [(f"thumb{size}", thumbnail_file(size)) for size in THUMBNAILS]
    for pad, name in named:
        arguments += [
            *("-map", f"[{pad}]"),
            *("-c:v", "mjpeg"),
            *("-q:v", QUALITY),
            *("-frames:v", "1", "-fps_mode", "passthrough"),
            *("-f", "mjpeg"),  # one picture is a whole JPEG file
            f"file:{out / name}",
        ]
    raw = ("-fps_mode", "passthrough", "-f", "rawvideo")
    return [*arguments, "-map", "[look]", *raw, f"file:{look}"]
