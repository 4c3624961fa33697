"""A picture that somebody sends, as poster: read in a process that may do nothing else.

JPEG, PNG, WebP and AVIF. What is written is new: upright, in sRGB, over black where it
was transparent, without a byte of what the file said of itself (place, camera, name).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.pictures.poster import poster_files
from lucarne_engine.process import Limits, Sandbox
from lucarne_engine.python_worker import Crashed, PythonWorker

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_PIXELS: Final = 60_000_000
LONGEST_SIDE: Final = 16_000
# Of the picture that is kept, from which all else is cut.
KEPT_SIDE: Final = 2560
SMALLEST_WIDTH, SMALLEST_HEIGHT = 320, 180
KEPT_FILE: Final = "picture.jpg"

_WORKER: Final = "lucarne_engine.pictures.own_worker"
_LIMITS: Final = Limits(
    cpu_s=60, wall_s=120, stall_s=120, memory_bytes=1 << 30, folder_bytes=64 << 20,
    folder_files=16, nice=0,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Crop:
    """What is shown of a picture, in pixels of it."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class OwnPicture:
    """A picture that can be cut: ``file`` is it, as large as it is kept."""

    file: Path
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class CutPicture:
    """Poster and thumbnails of a picture."""

    color: str
    files: tuple[Path, ...]


def take_picture(
    path: Path, *, shape: tuple[int, int], out: Path
) -> tuple[OwnPicture, Crop, CutPicture]:
    """Read a stranger's file, write it anew into the existing folder ``out``, cut it.

    The middle is shown. Raises SourceError (``picture_…``: what is wrong with it),
    EncoderError when the machine cannot.
    """
    size = path.stat().st_size
    if not size:
        raise SourceError("picture_empty")
    if size > MOST_BYTES:
        raise SourceError("picture_heavy", f"{size} bytes")
    kept = out / KEPT_FILE
    with _worker(path, out) as worker:
        read = worker.ask({"read": str(path), "into": str(kept)})
        width, height = int(read["width"]), int(read["height"])
        crop = largest_crop(width, height, shape=shape)
        made = _cut(worker, kept, crop, out)
    return OwnPicture(file=kept, width=width, height=height), crop, made


def cut_picture(path: Path, crop: Crop, *, out: Path) -> CutPicture:
    """Write poster and thumbnails of a part of a picture that ``take_picture`` wrote.

    They are never larger than the part. Raises as it does.
    """
    with _worker(path, out) as worker:
        return _cut(worker, path, crop, out)


def _cut(worker: PythonWorker, path: Path, crop: Crop, out: Path) -> CutPicture:
    request = {"cut": str(path), "into": str(out), "crop": list(vars(crop).values())}
    answer = worker.ask(request)
    return CutPicture(color=str(answer["color"]), files=poster_files(out))


@contextlib.contextmanager
def _worker(path: Path, out: Path) -> Iterator[PythonWorker]:
    sandbox = Sandbox(readable=(path,), writable=(out,))
    try:
        with PythonWorker(_WORKER, sandbox=sandbox, limits=_LIMITS) as worker:
            yield worker
    except Crashed as error:  # a decoder broke down on it
        raise SourceError("picture_broken", error.detail) from error
    except EncoderError as error:
        if error.code in {"out_of_memory", "out_of_time"}:
            # However small it is: no picture that anybody means needs so much.
            raise SourceError("picture_large", error.detail) from error
        raise


def largest_crop(width: int, height: int, *, shape: tuple[int, int]) -> Crop:
    """Cut as little as possible, evenly at both sides. ``shape``: as 16 to 9."""
    wide, high = shape
    if width * high > height * wide:
        cut = (height * wide // high, height)
    else:
        cut = (width, width * high // wide)
    return Crop(
        left=(width - cut[0]) // 2, top=(height - cut[1]) // 2,
        width=max(1, cut[0]), height=max(1, cut[1]),
    )  # fmt: skip


def fit_crop(
    width: int, height: int, *, shape: tuple[int, int], left: int, top: int, wide: int
) -> Crop:
    """Return the part that somebody wished, moved and resized until it can be cut.

    Never smaller than the smallest poster, unless the picture is.
    """
    most = largest_crop(width, height, shape=shape)
    cut_width = max(min(wide, most.width), min(SMALLEST_WIDTH, most.width))
    cut_height = max(1, min(most.height, round(cut_width * shape[1] / shape[0])))
    return Crop(
        left=max(0, min(left, width - cut_width)),
        top=max(0, min(top, height - cut_height)),
        width=cut_width,
        height=cut_height,
    )
