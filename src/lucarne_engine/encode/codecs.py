"""The encoders' own arguments, one comment for each that is not plain."""

from __future__ import annotations

from typing import Final

# Macroblock-tree rate control gives superfast most of what veryfast has, at two
# thirds of its cost; 20 pictures of look-ahead are enough for it.
FAST_X264: Final = "mbtree=1:rc-lookahead=20:open-gop=0:log=-1"
X264: Final = "open-gop=0:log=-1"
# Tuned for the eye (VQ), not for PSNR; no picture waits for a second pass.
SVT_AV1: Final = "tune=0:enable-overlays=0:scd=0"


def encoder_arguments(codec: str, *, preset: str, crf: int) -> list[str]:
    """Choose the encoder for ``codec`` ("h264", "av1") at constant quality ``crf``.

    ``preset`` is x264's name of a speed, or SVT-AV1's number.
    """
    if codec == "av1":
        return [
            *("-c:v", "libsvtav1"),
            *("-preset", preset),
            *("-crf", str(crf)),
            *("-svtav1-params", SVT_AV1),
        ]
    return [
        *("-c:v", "libx264"),
        *("-preset", preset),
        *("-profile:v", "high"),
        *("-crf", str(crf)),
        *("-x264-params", FAST_X264 if preset == "superfast" else X264),
    ]
