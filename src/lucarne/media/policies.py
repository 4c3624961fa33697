"""What the operator's settings mean to the engine."""

from __future__ import annotations

from lucarne.core import conf
from lucarne_engine.plan.model import Policy
from lucarne_engine.probe import ProbeLimits


def policy() -> Policy:
    """Translate the operator's settings."""
    media = conf.get().media
    return Policy(
        max_height=media.max_height,
        max_frame_rate=media.max_frame_rate,
        segment_ms=media.segment_ms,
        chunk_ms=media.chunk_ms,
        audio_kbps=media.audio_kbps,
        loudness=media.loudness,
        max_copy_kbps=media.max_copy_kbps,
    )


def probe_limits() -> ProbeLimits:
    """Translate the operator's settings."""
    media = conf.get().media
    return ProbeLimits(
        max_pixels=media.max_pixels, max_decoded_frames=media.max_decoded_frames
    )
