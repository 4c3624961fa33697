"""How FFmpeg opens a film: by the demuxer that the report names, on the film's clock."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.plan.clock import phase_of, picture_number
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import SourceReport

# Demuxers with an index of key frames: seeking goes to the key frame asked for.
INDEXED: Final = frozenset({"mov", "matroska"})
# Demuxers that seek somewhere near: we ask for a place well before the key frame.
SEEKABLE: Final = INDEXED | {"mpegts", "mpeg", "avi", "flv", "asf", "mxf", "ogg"}
# FFmpeg's own decoders leave out the second, transparent picture of WebM.
ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
SEEK_MARGIN: Final = Fraction(1)

# What the codec hides is no picture; the window that a container adds (clap, PixelCrop)
# is one that browsers do not look through, and not in the report. Older programs do not
# know either.
_CROPPING_OF_CODEC: Final = ("-apply_cropping", "codec")

QUIET: Final = (
    "-hide_banner",
    "-nostdin",
    # the counts of decoded pictures are said at this level only
    *("-loglevel", "verbose"),
    "-nostats",
    *("-progress", "pipe:1"),
    *("-stats_period", "0.25"),
    "-y",
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Where decoding begins."""

    seek: Fraction | None  # time stamp of the file, None is its beginning
    first_picture: int  # output number of the first picture that is surely whole


FROM_THE_BEGINNING: Final = Entry(seek=None, first_picture=0)


def entry_before(report: SourceReport, plan: Plan, picture: int) -> Entry:
    """Choose the last closed key frame at or before the output picture."""
    video = report.video
    if video is None or picture <= 0 or report.format not in SEEKABLE:
        return FROM_THE_BEGINNING
    # The deinterlacer looks at the field before.
    latest = picture - 1 if plan.deinterlace else picture
    rate = plan.frame_rate
    for time in reversed(video.keyframes):
        number = picture_number(time, video, rate)
        if number <= latest:
            break
    else:
        return FROM_THE_BEGINNING
    if number <= 0:
        return FROM_THE_BEGINNING
    # Half a picture later than the key frame, rounding cannot miss it.
    offset = 1 / (2 * rate) if report.format in INDEXED else -SEEK_MARGIN
    return Entry(seek=report.clock_zero + time + offset, first_picture=number)


def input_arguments(
    source: Path, report: SourceReport, *, seek: Fraction | None, shift: Fraction
) -> list[str]:
    """Arguments up to and with ``-i``.

    ``shift`` seconds are taken from every time stamp: the filters then see the
    film's own clock.
    """
    arguments = [
        # no playlist, script or address inside the file opens anything else
        *("-protocol_whitelist", "file,pipe"),
        "-copyts",
        *("-itsoffset", seconds(-shift)),
    ]
    if seek is not None:
        arguments += [
            # -ss is a time stamp of the file, not counted from its beginning
            *("-seek_timestamp", "1"),
            *("-ss", seconds(seek)),
            # pictures from the key frame on; the filters drop what is too early
            "-noaccurate_seek",
        ]
    return [
        *arguments,
        *_decoder(report),
        *(_CROPPING_OF_CODEC if process.is_own_ffmpeg() else ()),
        *("-f", report.format),
        *("-i", f"file:{source}"),
    ]


def _decoder(report: SourceReport) -> tuple[str, ...]:
    # What is missing in a broken picture is taken from another one: with more threads,
    # from whichever was there by then, and a unit that runs again gave other bytes.
    is_broken = any(one.code == "some_pictures_broken" for one in report.problems)
    threads = ("-threads", "1") if is_broken else ()
    video = report.video
    if video is None or not video.has_alpha or video.codec not in ALPHA_DECODERS:
        return threads
    return (*threads, f"-c:{video.index}", ALPHA_DECODERS[video.codec])


def video_shift(report: SourceReport, plan: Plan) -> Fraction:
    """Seconds from the file's time stamps to the grid of output pictures."""
    if report.video is None:
        return report.clock_zero
    return report.clock_zero + phase_of(report.video, plan.frame_rate)


def seconds(value: Fraction) -> str:
    """Write seconds with FFmpeg's precision, microseconds."""
    microseconds = round(value * 1_000_000)
    sign = "-" if microseconds < 0 else ""
    whole, rest = divmod(abs(microseconds), 1_000_000)
    return f"{sign}{whole}.{rest:06d}"
