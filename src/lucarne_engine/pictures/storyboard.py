"""The storyboard: sheets of small pictures, and the list that says which is where.

The list is WebVTT (W3C) whose cues are media fragments, ``sheet.jpg#xywh=…``
(W3C Media Fragments URI 1.0, clause 4.2.2).
"""

from __future__ import annotations

import threading
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.filters import deinterlaced, still
from lucarne_engine.encode.progress import OnProgress, PictureProgress
from lucarne_engine.encode.source import QUIET, input_arguments, video_shift
from lucarne_engine.pictures.looks import LOOK_BYTES
from lucarne_engine.pictures.poster import LOOK
from lucarne_engine.pictures.sizes import need_picture
from lucarne_engine.plan.model import PicturePlan, Plan
from lucarne_engine.probe.report import SourceReport, VideoStream

FOLDER: Final = "storyboard"
LIST_FILE: Final = "storyboard.vtt"
QUALITY: Final = "5"
# Films up to this long are decoded whole where their key frames lie far apart.
DECODED_WHOLE: Final = Fraction(180)


def count_tiles(plan: Plan, pictures: PicturePlan) -> int:
    return max(1, ceil(plan.duration / pictures.storyboard_every))


def make_storyboard(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    out: Path,
    on_progress: OnProgress,
    cancel: threading.Event | None,
    limits: process.Limits | None,
) -> tuple[tuple[Path, ...], list[bytes]]:
    """Write the sheets and the list; return them and a small look of every tile.

    Raises EncoderError when FFmpeg fails.
    """
    video, pictures = need_picture(report, plan)
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    looks = out / "looks.rgb"
    tiles = count_tiles(plan, pictures)
    progress = PictureProgress(tiles, 1 / pictures.storyboard_every, on_progress)
    finished = process.run(
        [
            process.ffmpeg_path(),
            *QUIET,
            "-noautorotate",
            *("-reinit_filter", "0"),
            *("-max_error_rate", "1"),
            *_only_keyframes(video, plan, pictures),
            *input_arguments(
                source, report, seek=None, shift=video_shift(report, plan)
            ),
            *("-filter_complex", _graph(report, plan, tiles)),
            # first, so that progress counts tiles
            *("-map", "[looks]", "-fps_mode", "passthrough"),
            *("-f", "rawvideo", f"file:{looks}"),
            *("-map", "[sheets]", "-c:v", "mjpeg", "-q:v", QUALITY),
            *("-fps_mode", "passthrough", "-f", "image2", "-start_number", "0"),
            f"file:{out / FOLDER}/%d.jpg",
        ],
        sandbox=process.Sandbox(readable=(source,), writable=(out,)),
        limits=limits or process.Limits(),
        on_line=progress.line,
        cancel=cancel,
        name="storyboard",
    )
    if finished.returncode or not looks.exists():
        raise failure(finished)
    seen = looks.read_bytes()
    looks.unlink()
    sheets = ceil(tiles / (pictures.storyboard_columns * pictures.storyboard_rows))
    files = [out / FOLDER / f"{number}.jpg" for number in range(sheets)]
    (out / LIST_FILE).write_text(write_list(plan), encoding="utf-8")
    cut = [seen[at : at + LOOK_BYTES] for at in range(0, len(seen), LOOK_BYTES)]
    return (out / LIST_FILE, *files), cut


def _only_keyframes(video: VideoStream, plan: Plan, pictures: PicturePlan) -> list[str]:
    """Choose whether key frames are enough, or too far apart in a short film."""
    edges = (*video.keyframes, video.start + video.duration)
    gap = max((after - before for before, after in pairwise(edges)), default=None)
    is_dense = gap is not None and gap <= 2 * pictures.storyboard_every
    if plan.duration <= DECODED_WHOLE and not is_dense:
        return []
    return ["-skip_frame", "nokey"]


def _graph(report: SourceReport, plan: Plan, tiles: int) -> str:
    video, pictures = need_picture(report, plan)
    every = pictures.storyboard_every
    grid = f"{pictures.storyboard_columns}x{pictures.storyboard_rows}"
    chain = [
        *deinterlaced(video, plan),
        f"settb=expr=1/{plan.timescale}",
        # rounding to the nearest shows the middle of each tile's time
        f"fps=fps={1 / every}:start_time=0:eof_action=pass",
        "tpad=stop=-1:stop_mode=clone",
        f"trim=end_frame={tiles}",
        still(report, plan, pictures.tile_width, pictures.tile_height),
        "split=2[tiles][small]",
    ]
    return (
        f"[0:{video.index}]{','.join(chain)};"
        f"[tiles]tile={grid}[sheets];"
        f"[small]{LOOK}[looks]"
    )


def write_list(plan: Plan) -> str:
    """Write the WebVTT list of the plan's tiles."""
    pictures = plan.pictures
    if pictures is None:
        return "WEBVTT\n"
    columns, rows = pictures.storyboard_columns, pictures.storyboard_rows
    wide, high = pictures.tile_width, pictures.tile_height
    cues = ["WEBVTT\n"]
    for tile in range(count_tiles(plan, pictures)):
        sheet, place = divmod(tile, columns * rows)
        row, column = divmod(place, columns)
        begin = tile * pictures.storyboard_every
        end = min(begin + pictures.storyboard_every, plan.duration)
        cues.append(
            f"{_clock(begin)} --> {_clock(end)}\n{FOLDER}/{sheet}.jpg"
            f"#xywh={column * wide},{row * high},{wide},{high}\n"
        )
    return "\n".join(cues)


def _clock(time: Fraction) -> str:
    milliseconds = round(time * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
