"""Which codecs the FFmpeg that is used can encode.

The one that comes for Macs with an Intel processor has no SVT-AV1, nor have those of
some distributions.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lucarne_engine import process
from lucarne_engine.encode.codecs import ENCODERS


def can_encode(codec: str) -> bool:
    """Whether ``codec`` ("h264", "av1") can be made. FFmpeg is asked once.

    Raises EncoderError when it does not run.
    """
    return ENCODERS[codec] in _encoders(process.ffmpeg_path())


@lru_cache(maxsize=2)
def _encoders(path: Path) -> frozenset[str]:
    done = process.run(
        [path, "-hide_banner", "-encoders"],
        sandbox=process.Sandbox(readable=(path,)),
        limits=process.Limits(wall_s=30, nice=0),
        name="encoders",
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    words = [line.split() for line in lines]
    return frozenset(found[1] for found in words if len(found) > 1)
