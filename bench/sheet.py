"""One picture per film and rung, beside the film's own: to be looked at.

    make sheet [ARGS="--out build/sheet FILM…"]

For each film the segment that holds its middle is encoded on every rung, and one
picture of it is decoded; beside it stands the picture that FFmpeg itself shows at that
time, turned and stretched as the container asks. A turn, a mirror, a wrong aspect or
matrix, combs and crops are seen at once. ``index.html`` names what was planned and the
sentence of each refusal, ``sheet-N.jpg`` are the same pictures without words, a row
for each film. The number at a rung is its mean distance from the film's own picture,
of 255: HDR is shown here as it lies in the file, so there it is large.

Without a folder of real films the tests' own are taken.
"""

from __future__ import annotations

import argparse
import html
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Final

import av
from django.conf import settings
from tests.engine.films import GOOD, corpus_folder, film as made_film

from lucarne_engine import process
from lucarne_engine.encode import encode_chunk
from lucarne_engine.encode.source import video_shift
from lucarne_engine.errors import EngineError
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import probe

CELL: Final = (384, 216)
COLUMNS: Final = 5  # the film's own picture and four rungs
ROWS: Final = 8  # of one contact sheet
SHORT: Final = Policy(segment_ms=1000, chunk_ms=1000)
JPEG: Final = ("-q:v", "3", "-update", "1")
LONG_S: Final = 60
LOOK: Final = (96, 54)  # at which two pictures are compared


@dataclass(kw_only=True)
class Cell:
    words: str
    file: Path | None


@dataclass(kw_only=True)
class Row:
    """What the sheet shows of one film."""

    name: str
    words: str = ""
    cells: list[Cell] = field(default_factory=list)


def main() -> int:
    """Make the page and the contact sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/sheet"))
    options = parser.parse_args()
    settings.configure(USE_I18N=False)
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    rows = []
    for path in options.films or _films():
        row = make_row(path, options.out)
        numbers = " | ".join(cell.words for cell in row.cells)
        print(f"{row.name}: {row.words} | {numbers}", flush=True)
        rows.append(row)
    (options.out / "index.html").write_text(_page(rows))
    for sheet in _contact_sheets([row for row in rows if row.cells], options.out):
        print(sheet)
    return 0


def _films() -> list[Path]:
    folder = corpus_folder()
    if folder is None:
        return [made_film(name) for name in GOOD]
    return sorted(folder.glob("[hqr]_*.*"))


def make_row(path: Path, out: Path) -> Row:
    """Encode the middle of one film on all its rungs, and take the pictures."""
    try:
        report = probe(path)
        plan = make_plan(report, SHORT, may_copy_picture=False)
        row = Row(name=path.name, words=_words(report, plan))
        if report.video is not None:
            row.cells = _cells(path, report, plan, out)
    except EngineError as error:
        return Row(name=path.name, words=f"{error.code}: {_sentence(error, path)}")
    return row


def _sentence(error: EngineError, path: Path) -> str:
    from lucarne.media.sentences import refusal  # reads the settings when imported

    return refusal(error.code, name=path.name)


def _words(report: SourceReport, plan: Plan) -> str:
    video = report.video
    words = [f"{float(plan.duration):.2f} s", f"{plan.frame_rate} a second"]
    if video is not None:
        words += [f"{video.width}x{video.height} {video.pixel_format}"]
        words += [f"SAR {video.sample_aspect}"] * (video.sample_aspect != 1)
        words += [f"turned {plan.rotation}"] * bool(plan.rotation)
        words += ["mirrored"] * plan.mirror + ["deinterlaced"] * plan.deinterlace
        color = video.color
        words += [
            f"{color.primaries or '?'}/{color.transfer or '?'}/{color.matrix or '?'}"
        ]
        words += ["full range"] * color.is_full_range + ["alpha"] * video.has_alpha
        words += ["tone-mapped"] * plan.tone_map
    words += [f"{s.layout} {s.language}".strip() for s in report.audio]
    words += [problem.code for problem in report.problems]
    return ", ".join(words)


def _cells(path: Path, report: SourceReport, plan: Plan, out: Path) -> list[Cell]:
    number = plan.frame_count // 2
    chunk = next(c for c in reversed(plan.chunks) if c.first_frame <= number)
    own = out / f"{path.name}-source.jpg"
    _take_own(path, report, plan, number=number, out=own)
    cells = [Cell(words="FFmpeg's own", file=own if own.exists() else None)]
    with tempfile.TemporaryDirectory() as folder:
        done = encode_chunk(
            path, report, plan,
            chunk=chunk.number, rungs=tuple(rung.name for rung in plan.rungs),
            out=Path(folder), on_progress=lambda _: None,
        )  # fmt: skip
        for track in done.tracks:
            parts = [track.init, *track.files]
            data = b"".join(part.read_bytes() for part in parts)
            frame = _picture(data, number - chunk.first_frame)
            file = out / f"{path.name}-{track.name}.jpg"
            _write(frame, file)
            words = f"{track.name} {frame.width}x{frame.height}"
            if own.exists():
                words += f" {_distance(own, file):.0f}"
            cells.append(Cell(words=words, file=file))
    return cells


def _take_own(
    path: Path, report: SourceReport, plan: Plan, *, number: int, out: Path
) -> None:
    """Write the picture that FFmpeg shows there, upright and with square pixels."""
    index = 0 if report.video is None else report.video.index
    at = number / plan.frame_rate + video_shift(report, plan)
    shown_at = _last_before(path, index, at + Fraction(1, 2) / plan.frame_rate)
    # a millisecond early, which is what some containers round to
    early = f"{float(shown_at - Fraction(1, 1000)):.6f}"
    # a seek may end beside the picture: only where reading on would take long
    is_sought = report.format == "mov" and plan.duration > LONG_S
    seek = ["-seek_timestamp", "1", "-ss", early] if is_sought else []
    shown = "scale=iw*sar:ih,setsar=1"
    _ffmpeg(
        *([] if is_sought else ["-copyts"]), *seek,
        # a container's window on the picture is one that browsers do not look through
        *("-apply_cropping", "codec"),
        *("-f", report.format), *("-i", f"file:{path}"),
        *("-map", f"0:{index}", "-frames:v", "1"),
        *("-vf", _fitted(shown if is_sought else f"trim=start={early},{shown}")),
        *JPEG, str(out),
    )  # fmt: skip


def _last_before(path: Path, index: int, at: Fraction) -> Fraction:
    """Find the time stamp of the picture that is on screen; ``at`` where none is told."""
    with av.open(str(path)) as container:
        stream = container.streams[index]
        times = [
            packet.pts * packet.time_base
            for packet in container.demux(stream)
            if packet.pts is not None and packet.size
        ]
    return max((time for time in times if time <= at), default=min(times, default=at))


def _fitted(before: str) -> str:
    width, height = CELL
    return (
        f"{before},scale={width}:{height}:force_original_aspect_ratio=decrease"
        f":out_color_matrix=bt601:out_range=pc"
        f":flags=area+accurate_rnd+full_chroma_int,format=yuvj444p"
        f",pad={width}:{height}:-1:-1:color=gray"
    )


def _picture(data: bytes, number: int) -> av.VideoFrame:
    with av.open(BytesIO(data)) as container:
        frames = list(container.decode(video=0))
    return frames[min(number, len(frames) - 1)]


def _write(frame: av.VideoFrame, out: Path) -> None:
    """Write a decoded picture of ours as a player shows it: BT.709, video range."""
    pixels = b"".join(
        bytes(memoryview(plane)[row * plane.line_size :][: plane.width])
        for plane in frame.planes
        for row in range(plane.height)
    )
    size = f"{frame.width}x{frame.height}"
    _ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", size, "-i", "pipe:0"),
        *("-vf", _fitted("setparams=colorspace=bt709:range=tv")),
        *JPEG, str(out), sent=pixels,
    )  # fmt: skip


def _distance(one: Path, other: Path) -> float:
    first, second = _look(one), _look(other)
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def _look(file: Path) -> bytes:
    size = f"scale={LOOK[0]}:{LOOK[1]}:flags=area,format=rgb24"
    return _ffmpeg("-i", str(file), "-vf", size, "-f", "rawvideo", "-")


def _contact_sheets(rows: list[Row], out: Path) -> list[Path]:
    sheets = []
    for begin in range(0, len(rows), ROWS):
        sheet = out / f"sheet-{begin // ROWS + 1}.jpg"
        with tempfile.TemporaryDirectory() as folder:
            _lay_out(rows[begin : begin + ROWS], Path(folder))
            tiles = f"tile={COLUMNS}x{ROWS}:padding=4:color=white"
            _ffmpeg("-i", f"{folder}/%03d.jpg", "-vf", tiles, *JPEG, str(sheet))
        sheets.append(sheet)
    return sheets


def _lay_out(rows: list[Row], folder: Path) -> None:
    """Number the pictures as ``tile`` takes them; a gray one where there is none."""
    gray = folder / "gray.jpg"
    size = f"{CELL[0]}x{CELL[1]}"
    source = f"color=gray:size={size},format=yuvj444p"
    _ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "1", *JPEG, str(gray))
    for number, row in enumerate(rows):
        files = [cell.file or gray for cell in row.cells][:COLUMNS]
        for column, file in enumerate(files + [gray] * (COLUMNS - len(files))):
            shutil.copy(file, folder / f"{number * COLUMNS + column:03}.jpg")


def _page(rows: list[Row]) -> str:
    parts = ["<!doctype html><meta charset=utf-8><title>Every film</title>"]
    for row in rows:
        parts.append(f"<h2>{html.escape(row.name)}</h2><p>{html.escape(row.words)}</p>")
        for cell in row.cells:
            source = html.escape(cell.file.name) if cell.file else ""
            words = html.escape(cell.words)
            parts.append(
                f"<figure style='display:inline-block;margin:4px'>"
                f"<img src='{source}' alt='{words}'><figcaption>{words}</figcaption></figure>"
            )
    return "\n".join(parts)


def _ffmpeg(*arguments: str, sent: bytes = b"") -> bytes:
    argv = [process.ffmpeg_path(), "-v", "error", "-y", *arguments]
    return subprocess.run(argv, input=sent, capture_output=True, check=False).stdout


if __name__ == "__main__":
    sys.exit(main())
