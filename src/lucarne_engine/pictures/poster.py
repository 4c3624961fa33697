"""One picture of a film as poster and thumbnails."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.filters import deinterlaced, steady, still
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
# Half of what is lost when a time is written in milliseconds.
_ROUNDED: Final = Fraction(1, 2000)
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
    wanted = number if is_exact else None
    for attempt in (entry, FROM_THE_BEGINNING):
        look = _take(source, report, plan, attempt, wanted, out, cancel, limits)
        if look:
            return look
        wanted = None
    raise EncoderError("encoder_failed", f"no picture at {float(at):.3f} s")


def take_frame(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    at: Fraction,
    out: Path,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> bytes:
    """Write poster and thumbnails of the very picture that is shown at ``at`` seconds.

    Beyond the end it is the last one. A time that was rounded to milliseconds may lie
    a moment before the picture that it names. Returns its look. Raises
    ``SourceError("no_video")``, EncoderError.
    """
    need_picture(report, plan)
    out.mkdir(parents=True, exist_ok=True)
    number = int((at + _ROUNDED) * plan.frame_rate)
    number = max(0, min(number, plan.frame_count - 1))
    for entry in dict.fromkeys(
        (entry_before(report, plan, number), FROM_THE_BEGINNING)
    ):
        look = _take(source, report, plan, entry, number, out, cancel, limits)
        if look:
            return look
    raise EncoderError("encoder_failed", f"no picture at {float(at):.3f} s")


def _take(  # noqa: PLR0917
    source: Path,
    report: SourceReport,
    plan: Plan,
    entry: Entry,
    wanted: int | None,
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
            *("-filter_complex", _graph(report, plan, entry, wanted)),
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


def _graph(
    report: SourceReport, plan: Plan, entry: Entry, wanted: int | None
) -> str:
    """``wanted``: the number of the output picture, None for the first that comes."""
    video, _ = need_picture(report, plan)
    width, height = fit(video, POSTER)
    exact = [] if wanted is None else steady(plan, entry.first_picture, wanted)
    chain = [
        *deinterlaced(video, plan),
        f"settb=expr=1/{plan.timescale}",
        *exact,
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
