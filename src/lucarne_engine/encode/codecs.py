"""The encoders' own arguments, one comment for each that is not plain."""

from __future__ import annotations

from typing import Final

from lucarne_engine.encode.bucket import Bucket
from lucarne_engine.plan.model import Hdr, Rung

# Macroblock-tree rate control gives superfast most of what veryfast has, at two
# thirds of its cost; 20 pictures of look-ahead are enough for it. Three B-frames
# wherever they fit need fewer bits than up to three chosen one by one; five need
# fewer still, but the end of a chunk is then seen where the rate is capped.
FAST_X264: Final = "mbtree=1:rc-lookahead=20:b-adapt=0:open-gop=0:log=-1"
# Quarter samples looked for once, not in every candidate: two thirds of the cost of
# faster for fewer bits at equal VMAF (docs/decisions/0006).
X264: Final = "subme=2:open-gop=0:log=-1"
# Tuned for the eye (VQ), not for PSNR; no picture waits for a second pass. One picture
# after the other: the cap looks at the bits of those that are finished, and with more at
# once chance decides which those are (docs/decisions/0024).
SVT_AV1: Final = "tune=0:enable-overlays=0:scd=0:lp=1"

# What makes each codec of a rung. Not every build of FFmpeg has both.
ENCODERS: Final = {"h264": "libx264", "av1": "libsvtav1"}


def encoder_arguments(
    codec: str, *, preset: str, crf: int, hdr: Hdr | None = None
) -> list[str]:
    """Choose the encoder for ``codec`` ("h264", "av1") at constant quality ``crf``.

    ``preset`` is x264's name of a speed, or SVT-AV1's number; ``hdr`` is for AV1.
    """
    if codec == "av1":
        return [
            *("-c:v", ENCODERS["av1"]),
            *("-preset", preset),
            *("-crf", str(crf)),
            *("-svtav1-params", ":".join([SVT_AV1, *_light(hdr)])),
            # a second layer, which no box of ours would announce
            *(("-dolbyvision", "0") if hdr else ()),
        ]
    return [
        *("-c:v", ENCODERS["h264"]),
        *("-preset", preset),
        *("-profile:v", "high"),
        *("-crf", str(crf)),
        # One thread for each rung. With more, where its bucket is felt, x264 gives other
        # bytes on every run; the rungs of a chunk are encoded side by side anyway.
        *("-threads", "1"),
        *("-x264-params", FAST_X264 if preset == "superfast" else X264),
    ]


def _light(hdr: Hdr | None) -> list[str]:
    """How bright the film is, for the metadata of AV1 (clauses 6.7.3 and 6.7.4)."""
    told = []
    if hdr is not None and hdr.mastering is not None:
        screen = hdr.mastering
        places = "".join(
            f"{name}({x / 50_000:.5f},{y / 50_000:.5f})"
            for name, (x, y) in (
                ("G", screen.green), ("B", screen.blue),
                ("R", screen.red), ("WP", screen.white),
            )
        )  # fmt: skip
        white, black = screen.max_luminance / 10_000, screen.min_luminance / 10_000
        told.append(f"mastering-display={places}L({white:.4f},{black:.4f})")
    if hdr is not None and hdr.light is not None:
        told.append(f"content-light={hdr.light.max_cll},{hdr.light.max_fall}")
    return told


def rate_arguments(rung: Rung, bucket: Bucket) -> list[str]:
    """Cap the rate. x264 keeps to the bucket; SVT-AV1 knows a highest rate only."""
    if rung.codec == "av1":
        return [
            *("-maxrate", f"{rung.maxrate_kbps}k"),
            *("-bufsize", f"{rung.bufsize_kbps}k"),
        ]
    begins_with = int(1000 * bucket.bufsize_kbps * bucket.begins_with)
    return [
        *("-maxrate", f"{bucket.maxrate_kbps}k"),
        *("-bufsize", f"{bucket.bufsize_kbps}k"),
        *("-rc_init_occupancy", str(begins_with)),
    ]
