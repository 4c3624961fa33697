"""The sandboxed half of ``own``."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from lucarne_engine.errors import SourceError
from lucarne_engine.pictures import own
from lucarne_engine.pictures.looks import LOOK_HEIGHT, LOOK_WIDTH, dominant_color
from lucarne_engine.pictures.poster import POSTER_FILE, thumbnail_file
from lucarne_engine.pictures.sizes import POSTER, TALLEST, THUMBNAILS
from lucarne_engine.worker import answer_with

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF")
_KEPT_QUALITY: Final = 92
_QUALITY: Final = 86


def answer(request: dict[str, Any]) -> dict[str, Any]:
    if "read" in request:
        return _read(Path(request["read"]), Path(request["into"]))
    return _cut(Path(request["cut"]), request["crop"], Path(request["into"]))


def _read(path: Path, into: Path) -> dict[str, Any]:
    # We look at the size ourselves, and nothing is decoded before.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")  # of odd metadata, which is dropped
    try:
        with Image.open(path, formats=_FORMATS) as opened:
            _check(opened)
            picture = _plain(opened)
    except UnidentifiedImageError as error:
        raise SourceError("picture_unknown", str(error)) from error
    except MemoryError as error:
        raise SourceError("picture_large", str(error)) from error
    except SourceError:
        raise
    except Exception as error:  # whatever a decoder says of it
        raise SourceError("picture_broken", repr(error)) from error
    picture.thumbnail((own.KEPT_SIDE, own.KEPT_SIDE), Image.Resampling.LANCZOS)
    _write(picture, into, quality=_KEPT_QUALITY)
    return {"width": picture.width, "height": picture.height}


def _check(picture: Image.Image) -> None:
    """Judge by what the header says."""
    width, height = picture.size
    if width * height > own.MOST_PIXELS or max(width, height) > own.LONGEST_SIDE:
        raise SourceError("picture_large", f"{width}x{height}")
    frames = getattr(picture, "n_frames", 1)
    # Photographs of telephones hold a second picture that is no motion (CIPA DC-007).
    if frames > 1 and picture.format != "MPO":
        raise SourceError("picture_animated", f"{frames} pictures")
    # Whichever way round it lies.
    if min(width, height) < own.SMALLEST_HEIGHT or max(width, height) < own.SMALLEST_WIDTH:
        raise SourceError("picture_small", f"{width}x{height}")


def _plain(opened: Image.Image) -> Image.Image:
    """Decode it, upright, as sRGB over black."""
    opened.draft("RGB", (own.KEPT_SIDE, own.KEPT_SIDE))  # a large JPEG at half size
    profile = opened.info.get("icc_profile")
    picture = ImageOps.exif_transpose(opened)
    if picture.mode in {"P", "LA", "PA", "RGBA", "La", "RGBa"} or (
        "transparency" in picture.info
    ):
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (0, 0, 0, 255))
        return _as_srgb(Image.alpha_composite(ground, clear).convert("RGB"), profile)
    if picture.mode.startswith(("I", "F")):  # 16 bits of gray
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.mode == "CMYK" and profile:
        return _as_srgb(picture, profile)
    return _as_srgb(picture.convert("RGB"), profile)


def _as_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Follow the color profile where there is one that fits."""
    if not profile:
        return picture.convert("RGB")
    try:
        made = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"), outputMode="RGB",
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture.convert("RGB")
    return made if made is not None else picture.convert("RGB")


def _cut(path: Path, crop: list[int], out: Path) -> dict[str, Any]:
    left, top, width, height = crop
    with Image.open(path, formats=("JPEG",)) as opened:
        part = opened.convert("RGB").crop((left, top, left + width, top + height))
    _write(_within(part, POSTER), out / POSTER_FILE, quality=_QUALITY)
    for size in THUMBNAILS:
        _write(_within(part, size), out / thumbnail_file(size), quality=_QUALITY)
    look = part.resize((LOOK_WIDTH, LOOK_HEIGHT), Image.Resampling.BOX)
    return {"color": dominant_color(look.tobytes())}


def _within(picture: Image.Image, box_width: int) -> Image.Image:
    """Make it as small as ``sizes.fit`` makes pictures of the film; never larger."""
    made = picture.copy()
    box = (box_width, round(box_width * TALLEST))
    made.thumbnail(box, Image.Resampling.LANCZOS)
    return made


def _write(picture: Image.Image, path: Path, *, quality: int) -> None:
    # A fresh picture: what came with the file lies in ``info`` and must not be written.
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    clean.save(path, "JPEG", quality=quality, optimize=True, progressive=True)


if __name__ == "__main__":
    answer_with(answer)
