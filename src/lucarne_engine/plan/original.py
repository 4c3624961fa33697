"""When a film may be shown as it is, in new boxes, while the ladder is made."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final

from lucarne_engine.plan.model import AudioPlan, Policy
from lucarne_engine.probe.report import SourceReport, VideoStream

PROFILES: Final = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})
PIXEL_FORMATS: Final = frozenset({"yuv420p", "yuvj420p"})
MAX_LINES: Final = 2160
MAX_KEYFRAME_GAP: Final = Fraction(12)
MAX_SOUND_OFFSET: Final = Fraction(1, 10)


def keeps_original(
    report: SourceReport, policy: Policy, audio: tuple[AudioPlan, ...]
) -> bool:
    """Say whether every browser plays the film's own packets from CMAF segments."""
    video = report.video
    if video is None or not all(track.is_copy for track in audio):
        return False
    return (
        _is_plain_h264(video)
        and video.can_copy
        and video.bitrate_kbps <= policy.max_copy_kbps
        and video.frame_rate <= policy.max_frame_rate
        and _has_steady_keyframes(video)
        and _sound_begins_with(video, report)
    )


def _is_plain_h264(video: VideoStream) -> bool:
    return (
        video.codec == "h264"
        and video.profile in PROFILES
        and video.pixel_format in PIXEL_FORMATS
        and video.bit_depth == 8
        and not video.is_interlaced
        and not video.has_alpha
        and not video.color.is_hdr
        and not video.is_mirrored
        and video.rotation == 0
        and video.sample_aspect == 1
        and _has_common_size(video)
    )


def _has_common_size(video: VideoStream) -> bool:
    short = min(video.width, video.height)
    return video.width % 2 == 0 and video.height % 2 == 0 and 16 <= short <= MAX_LINES


def _has_steady_keyframes(video: VideoStream) -> bool:
    if not video.keyframes or video.keyframes[0] > video.start:
        return False
    edges = (*video.keyframes, video.start + video.duration)
    return all(after - before <= MAX_KEYFRAME_GAP for before, after in pairwise(edges))


def _sound_begins_with(video: VideoStream, report: SourceReport) -> bool:
    return all(
        abs(stream.start - video.start) <= MAX_SOUND_OFFSET for stream in report.audio
    )
