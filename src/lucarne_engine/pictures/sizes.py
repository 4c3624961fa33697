"""Sizes of posters and thumbnails: square pixels, as shown, never enlarged."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from lucarne_engine.errors import SourceError
from lucarne_engine.plan.ladder import shown_size
from lucarne_engine.plan.model import PicturePlan, Plan
from lucarne_engine.probe.report import SourceReport, VideoStream

POSTER: Final = 1280
THUMBNAILS: Final = (320, 640)
TALLEST: Final = Fraction(16, 9)  # height at most, in widths of the box


def need_picture(report: SourceReport, plan: Plan) -> tuple[VideoStream, PicturePlan]:
    """Return what pictures are made from. Raises ``SourceError("no_video")``."""
    if report.video is None or plan.pictures is None:
        raise SourceError("no_video")
    return report.video, plan.pictures


def fit(video: VideoStream, box_width: int) -> tuple[int, int]:
    """Give the size within ``box_width``; a portrait film is as high as in 9:16."""
    width, height = shown_size(video)
    scale = min(box_width / width, box_width * TALLEST / height, Fraction(1))
    return _even(width * scale), _even(height * scale)


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))
