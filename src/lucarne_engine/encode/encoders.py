"""What the FFmpeg that is used can do.

The one that comes for Macs with an Intel processor has no SVT-AV1, nor have those of
some distributions, many of which cannot measure quality either.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.codecs import ENCODERS

_MEASURES: Final = {"libvmaf", "xpsnr"}


def can_encode(codec: str) -> bool:
    """Whether ``codec`` ("h264", "av1") can be made. FFmpeg is asked once.

    Raises EncoderError when it does not run.
    """
    return ENCODERS[codec] in _listed("encoders", process.ffmpeg_path())


def can_measure() -> bool:
    """Whether VMAF and XPSNR can be measured. As ``can_encode``."""
    return _listed("filters", process.ffmpeg_path()) >= _MEASURES


@lru_cache(maxsize=4)
def _listed(what: str, path: Path) -> frozenset[str]:
    done = process.run(
        [path, "-hide_banner", f"-{what}"],
        sandbox=process.Sandbox(readable=(path,)),
        limits=process.Limits(wall_s=30, nice=0),
        name=what,
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    words = [line.split() for line in lines]
    return frozenset(found[1] for found in words if len(found) > 1)
