"""Films long enough to be worked on while they arrive, small enough to be made soon."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import imageio_ffmpeg

SECONDS: Final = 14
_RECIPES: Final = {
    "hevc": "-c:v libx265 -preset ultrafast -x265-params log-level=1 -b:v 500k -c:a aac",
    "vp9": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 500k -g 48 -c:a libopus",
    "h264": "-c:v libx264 -preset ultrafast -bf 2 -g 48 -b:v 500k -c:a aac",
    "h264_front": "-c:v libx264 -preset ultrafast -g 48 -b:v 500k -c:a aac"
    " -movflags +faststart",
    "fragmented": "-c:v libx264 -preset ultrafast -g 48 -b:v 500k -c:a aac"
    " -movflags +frag_keyframe+empty_moov",
}


@cache
def film(name: str) -> Path:
    """Make an MP4 of fourteen seconds; its index is at its end unless the name says else."""
    folder = Path(tempfile.gettempdir()) / "lucarne-test-arriving"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        out = Path(place) / f"{name}.mp4"
        line = (
            f"-f lavfi -i testsrc2=size=320x180:rate=24:duration={SECONDS}"
            f" -f lavfi -i sine=frequency=440:sample_rate=48000:duration={SECONDS}"
            f" -ac 2 {_RECIPES[name]} -pix_fmt yuv420p -bitexact {out}"
        )
        subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *line.split()],
            check=True,
        )
        return out.replace(folder / f"{name}-{out.stat().st_size}.mp4")
