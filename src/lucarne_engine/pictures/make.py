"""``make_pictures`` and, quicker, ``make_first_poster``."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.progress import OnProgress
from lucarne_engine.errors import EncoderError
from lucarne_engine.pictures.looks import dominant_color, is_black, score
from lucarne_engine.pictures.poster import poster_files, take_poster
from lucarne_engine.pictures.sizes import need_picture
from lucarne_engine.pictures.storyboard import make_storyboard
from lucarne_engine.plan.model import PicturePlan, Plan
from lucarne_engine.probe.report import SourceReport

# Beyond this distance from a key frame the key frame itself is the poster.
MOST_DECODED: Final = Fraction(20)
FIRST_TRIES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Pictures:
    color: str  # the dominant color of the poster, "#rrggbb"
    files: tuple[Path, ...]  # all below the folder they were asked into


def make_first_poster(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    out: Path,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> Pictures:
    """Write poster and thumbnails of a key frame that is not black, at once.

    Raises ``SourceError("no_video")`` for a film without picture, EncoderError when
    none can be taken.
    """
    _, pictures = need_picture(report, plan)
    out.mkdir(parents=True, exist_ok=True)
    middle = len(pictures.poster_at) // 3
    places = (*pictures.poster_at[middle:], *pictures.poster_at[:middle])
    look = b""
    for place in places[:FIRST_TRIES]:
        look = take_poster(
            source, report, plan,
            at=place, is_exact=False, out=out, cancel=cancel, limits=limits,
        )  # fmt: skip
        if not is_black(look):
            break
    return Pictures(color=dominant_color(look), files=poster_files(out))


def make_pictures(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    out: Path,
    on_progress: OnProgress,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> Pictures:
    """Write poster, thumbnails, storyboard sheets and their list into ``out``.

    The poster is the best-looking of all storyboard pictures, taken again in full
    size. Raises as ``make_first_poster``.
    """
    video, pictures = need_picture(report, plan)
    out.mkdir(parents=True, exist_ok=True)
    files, looks = make_storyboard(
        source, report, plan,
        out=out, on_progress=on_progress, cancel=cancel, limits=limits,
    )  # fmt: skip
    if not looks:
        raise EncoderError("encoder_failed", "the storyboard has no picture")
    at = _best_place(pictures, looks, plan)
    before = max((t for t in video.keyframes if t <= at), default=Fraction(0))
    look = take_poster(
        source, report, plan,
        at=at, is_exact=at - before <= MOST_DECODED,
        out=out, cancel=cancel, limits=limits,
    )  # fmt: skip
    return Pictures(color=dominant_color(look), files=(*poster_files(out), *files))


def _best_place(pictures: PicturePlan, looks: list[bytes], plan: Plan) -> Fraction:
    """Choose a time in seconds; titles and credits at both ends count less."""
    last = len(looks) - 1

    def worth(tile: int) -> float:
        is_edge = last > 10 and (tile <= last // 20 or tile >= last - last // 8)
        return score(looks[tile]) * (0.6 if is_edge else 1.0)

    best = max(range(len(looks)), key=lambda tile: (worth(tile), -tile))
    latest = plan.duration - 1 / plan.frame_rate
    return min(best * pictures.storyboard_every, max(Fraction(0), latest))
