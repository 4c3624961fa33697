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
from lucarne_engine.pictures.looks import dominant_color, is_black
from lucarne_engine.pictures.poster import poster_files, take_frame, take_poster
from lucarne_engine.pictures.propose import choose_tiles
from lucarne_engine.pictures.sizes import need_picture
from lucarne_engine.pictures.storyboard import make_storyboard
from lucarne_engine.plan.model import PicturePlan, Plan
from lucarne_engine.probe.report import SourceReport

# Beyond this distance from a key frame the key frame itself is the poster.
MOST_DECODED: Final = Fraction(20)
# Of a proposal, of which there are several.
MOST_DECODED_OF_MANY: Final = Fraction(5)
FIRST_TRIES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Still:
    """One picture of the film as poster and thumbnails."""

    at: Fraction  # seconds
    color: str  # the dominant one, "#rrggbb"
    files: tuple[Path, ...]  # all in one folder


@dataclass(frozen=True, kw_only=True)
class Pictures:
    poster: Still
    files: tuple[Path, ...]  # all others below the folder they were asked into
    proposals: tuple[Still, ...] = ()  # other good posters, the best first

    @property
    def all_files(self) -> tuple[Path, ...]:
        """Every file, proposals left out."""
        return (*self.poster.files, *self.files)


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
    look, at = b"", places[0]
    for at in places[:FIRST_TRIES]:
        look = take_poster(
            source, report, plan,
            at=at, is_exact=False, out=out, cancel=cancel, limits=limits,
        )  # fmt: skip
        if not is_black(look):
            break
    return Pictures(poster=_still(at, look, out), files=())


def make_frame(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    at: Fraction,
    out: Path,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> Still:
    """Write poster and thumbnails of the very picture that is shown at ``at`` seconds.

    Raises as ``make_first_poster``.
    """
    look = take_frame(
        source, report, plan, at=at, out=out, cancel=cancel, limits=limits
    )
    return _still(at, look, out)


def _still(at: Fraction, look: bytes, out: Path) -> Still:
    return Still(at=at, color=dominant_color(look), files=poster_files(out))


def make_pictures(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    out: Path,
    on_progress: OnProgress,
    proposals: int = 0,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> Pictures:
    """Write poster, thumbnails, storyboard sheets and their list into ``out``.

    The poster is the best-looking of all storyboard pictures, taken again in full
    size. ``proposals``: how many others, that differ, are written at most, each into
    ``out``/proposals/<n>. Raises as ``make_first_poster``.
    """
    _, pictures = need_picture(report, plan)
    out.mkdir(parents=True, exist_ok=True)
    files, looks = make_storyboard(
        source, report, plan,
        out=out, on_progress=on_progress, cancel=cancel, limits=limits,
    )  # fmt: skip
    if not looks:
        raise EncoderError("encoder_failed", "the storyboard has no picture")
    stills: list[Still] = []
    for tile in choose_tiles(looks, 1 + proposals):
        at = _time_of(tile, pictures, plan)
        folder = out / "proposals" / str(len(stills)) if stills else out
        folder.mkdir(parents=True, exist_ok=True)
        most = MOST_DECODED_OF_MANY if stills else MOST_DECODED
        look = take_poster(
            source, report, plan,
            at=at, is_exact=_is_near(at, report, plan, most),
            out=folder, cancel=cancel, limits=limits,
        )  # fmt: skip
        stills.append(_still(at, look, folder))
    return Pictures(poster=stills[0], files=files, proposals=tuple(stills[1:]))


def _time_of(tile: int, pictures: PicturePlan, plan: Plan) -> Fraction:
    latest = plan.duration - 1 / plan.frame_rate
    return min(tile * pictures.storyboard_every, max(Fraction(0), latest))


def _is_near(at: Fraction, report: SourceReport, plan: Plan, most: Fraction) -> bool:
    """Whether few enough seconds have to be decoded to get to this place."""
    video, _ = need_picture(report, plan)
    before = max((t for t in video.keyframes if t <= at), default=Fraction(0))
    return at - before <= most
