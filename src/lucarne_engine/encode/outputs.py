"""What FFmpeg writes of each rung: the encoder's arguments and the file's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine.encode.bucket import bucket_of
from lucarne_engine.encode.codecs import encoder_arguments, rate_arguments
from lucarne_engine.encode.source import seconds
from lucarne_engine.package.fragment import VIDEO_OUTPUT
from lucarne_engine.plan.model import Chunk, Plan, Rung

LONGEST_GOP_S: Final = 20


def rung_output(
    pad: str, file: Path, *, plan: Plan, chunk: Chunk, rung: Rung
) -> list[str]:
    """Arguments that encode the filter pad ``pad`` into ``file``."""
    return [
        *("-map", f"[{pad}]"),
        *encoder_arguments(rung.codec, preset=rung.preset, crf=rung.crf, hdr=rung.hdr),
        *rate_arguments(rung, bucket_of(plan, chunk, rung)),
        # longer than any segment: only forced key frames and scene cuts
        *("-g", str(int(LONGEST_GOP_S * plan.frame_rate) + 1)),
        *("-forced-idr", "1"),
        *("-force_key_frames", _key_frames(plan, chunk)),
        *("-fps_mode", "passthrough"),
        *("-video_track_timescale", str(plan.timescale)),
        *("-map_metadata", "-1"),
        *("-map_chapters", "-1"),
        *VIDEO_OUTPUT,
        f"file:{file}",
    ]


def _key_frames(plan: Plan, chunk: Chunk) -> str:
    """Give the times of the segment boundaries within the chunk.

    FFmpeg forces the first picture at or after a time in whole microseconds, so
    each is named half a picture early.
    """
    begin = chunk.first_segment
    numbers = plan.boundaries[begin : begin + chunk.segment_count]
    early = (Fraction(n - chunk.first_frame) - Fraction(1, 2) for n in numbers)
    return ",".join(seconds(max(n, Fraction(0)) / plan.frame_rate) for n in early)


def counter_output(
    pad: str, stamps: Path | None = None, timescale: int = 1
) -> list[str]:
    """Arguments that count the pictures of a pad and throw them away.

    A line of the file ``stamps`` has the time stamp of each, ticks of ``timescale``.
    """
    written: list[str] = []
    if stamps is not None:
        # an output file of FFmpeg's own: a path, no protocol before it
        written = ["-stats_enc_pre", str(stamps), "-stats_enc_pre_fmt", "{pts}"]
        written += ["-enc_time_base", f"1:{timescale}"]
    return [
        *("-map", f"[{pad}]"),
        *written,
        *("-c:v", "wrapped_avframe"),
        *("-fps_mode", "passthrough"),
        *("-f", "null", "-"),
    ]
