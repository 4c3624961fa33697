"""Films long enough to be worked on while they arrive, small enough to be made soon."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from lucarne_engine.arriving import find_index
from lucarne_engine.probe.ebml import EbmlError, read_cues

SECONDS: Final = 14
_RECIPES: Final = {
    "hevc": "-c:v libx265 -preset ultrafast -x265-params log-level=1 -b:v 500k -c:a aac",
    "vp9": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 500k -g 48 -c:a libopus",
    "hevc_closed": "-c:v libx265 -preset ultrafast"
    " -x265-params log-level=1:open-gop=0:keyint=48 -b:v 500k -c:a aac",
    "hevc_open": "-c:v libx265 -preset ultrafast -bf 3"
    " -x265-params log-level=1:open-gop=1:keyint=48 -b:v 500k -c:a aac",
    "h264": "-c:v libx264 -preset ultrafast -bf 2 -g 48 -b:v 500k -c:a aac",
    # Every third picture only, from the twelfth second on.
    "slower": "-vf select=lt(n\\,288)+not(mod(n\\,3)) -fps_mode vfr -c:v libx264"
    " -preset ultrafast -g 48 -b:v 500k -an"
    " -movflags +frag_keyframe+empty_moov",
    "mpeg2_ps": "-c:v mpeg2video -bf 2 -g 12 -b:v 4M -minrate 4M -maxrate 4M"
    " -bufsize 2M -c:a mp2 -f vob -muxrate 6M",
    "h264_front": "-c:v libx264 -preset ultrafast -g 48 -b:v 500k -c:a aac"
    " -movflags +faststart",
}
# The same packets in Matroska: from which film, and what else.
_AGAIN: Final = {
    "vp9_webm": ("vp9", ".webm", ""),
    "vp9_cues_front": ("vp9", ".webm", "-cues_to_front 1"),
    "hevc_mkv": ("hevc_closed", ".mkv", ""),
    "hevc_open_mkv": ("hevc_open", ".mkv", ""),
    "h264_mkv": ("h264", ".mkv", ""),
    "vp9_live": ("vp9", ".webm", "-live 1"),
    # As a recorder that may be cut off writes it, and as a server of streams does.
    "fragmented": ("h264", ".mp4", "-movflags +frag_keyframe+empty_moov"),
    "cmaf": ("hevc_closed", ".mp4", "-movflags +cmaf+global_sidx+frag_keyframe"),
    # Mostly stuffing: five million bytes are read until it is known what is in it.
    "h264_ts": ("h264", ".ts", "-muxrate 8M"),
    "hevc_m2ts": (
        "hevc_closed", ".ts", "-muxrate 8M -mpegts_m2ts_mode 1 -mpegts_flags nit",
    ),
}


@cache
def film(name: str) -> Path:
    """Make a film of fourteen seconds; its index is at its end unless the name says else."""
    if name in _AGAIN:
        origin, suffix, how = _AGAIN[name]
        return _make(name, suffix, f"-i {film(origin)} -c copy -bitexact {how}")
    line = (
        f"-f lavfi -i testsrc2=size=320x180:rate=24:duration={SECONDS}"
        f" -f lavfi -i sine=frequency=440:sample_rate=48000:duration={SECONDS}"
        f" -ac 2 -pix_fmt yuv420p -bitexact {_RECIPES[name]}"
    )
    return _make(name, ".mpg" if name == "mpeg2_ps" else ".mp4", line)


def _make(name: str, suffix: str, line: str) -> Path:
    folder = Path(tempfile.gettempdir()) / "lucarne-test-arriving"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        out = Path(place) / f"{name}{suffix}"
        program = imageio_ffmpeg.get_ffmpeg_exe()
        quiet = ["-v", "error", "-nostdin"]
        subprocess.run([program, *quiet, *line.split(), str(out)], check=True)
        return out.replace(folder / f"{name}-{out.stat().st_size}{suffix}")


def sent_index(path: Path) -> tuple[int, int]:
    """Say which bytes of a film a browser sends first (``frontend/src/studio/ahead.js``).

    None of them: (0, 0).
    """
    if found := find_index(path):
        return found
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            places = sorted({cue.place for cue in read_cues(file, size)})
    except EbmlError:
        return 0, 0
    return places[-2], size
