"""What is in a film and what is to be made of it, in the active language.

Lines of a label and of what it says: whoever prints them aligns them. What a file says
of itself is made printable first, since anybody may have written it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import get_language_info, gettext as _, ngettext

from lucarne.media import sentences
from lucarne_engine.manifest.language import tag_of
from lucarne_engine.plan.cost import estimated_cpu_s
from lucarne_engine.plan.ladder import shown_size
from lucarne_engine.plan.model import AudioPlan, Plan
from lucarne_engine.probe.report import (
    AudioStream,
    SourceReport,
    TextTrack,
    VideoStream,
)
from lucarne_engine.probe.words import printable

CONTAINERS: Final = {
    "mov": "MP4 / QuickTime", "matroska": "Matroska / WebM", "mpegts": "MPEG-TS",
    "avi": "AVI", "ogg": "Ogg", "flv": "Flash Video", "asf": "Windows Media",
    "mxf": "MXF", "wav": "WAV", "mpeg": "MPEG-PS",
}  # fmt: skip
CODECS: Final = {
    "h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp8": "VP8", "vp9": "VP9",
    "mpeg2video": "MPEG-2", "mpeg4": "MPEG-4", "prores": "ProRes", "mjpeg": "MJPEG",
    "theora": "Theora", "aac": "AAC", "opus": "Opus", "vorbis": "Vorbis", "mp3": "MP3",
    "mp2": "MP2", "ac3": "AC-3", "eac3": "E-AC-3", "dts": "DTS", "flac": "FLAC",
    "subrip": "SubRip", "webvtt": "WebVTT", "ass": "ASS", "mov_text": "3GPP Timed Text",
    "hdmv_pgs_subtitle": "PGS", "dvb_subtitle": "DVB", "dvd_subtitle": "DVD",
    "png": "PNG",
}  # fmt: skip
COLORS: Final = {"bt709": "BT.709", "bt2020": "BT.2020", "smpte170m": "BT.601",
                 "bt470bg": "BT.601"}  # fmt: skip
LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1"}
HDR: Final = {"smpte2084": "HDR (PQ)", "arib-std-b67": "HDR (HLG)"}
_MOST_CHAPTERS: Final = 20
# Steps of a candela in what is said of the screen that the film was graded on.
_LUMINANCE: Final = 10_000
# Between what the header claims and what is there: seconds that nobody minds.
CLAIM_S: Final = 1


class Line(NamedTuple):
    label: str
    text: str


class RungRow(NamedTuple):
    """One planned quality, ready to be aligned."""

    name: str
    size: str
    quality: str
    most: str


def film(report: SourceReport) -> Iterator[Line]:
    """Say what is in a film, and what is wrong with it."""
    container = CONTAINERS.get(report.format, printable(report.format))
    yield Line(_("Container"), f"{container}, {size(report.size_bytes)}")
    yield Line(_("Length"), _length(report))
    if report.video is None:
        yield Line(_("Picture"), _("no picture"))
    else:
        yield Line(_("Picture"), ", ".join(_picture(report.video)))
    if not report.audio:
        yield Line(_("Sound"), _("no sound"))
    for stream in report.audio:
        yield Line(_("Sound"), ", ".join(_sound(stream)))
    yield from _beside(report)
    for problem in report.problems:
        text = sentences.warning(problem.code) or problem.code
        yield Line(_("Problem"), text)


def _beside(report: SourceReport) -> Iterator[Line]:
    """Say what comes with picture and sound: words, chapters, covers."""
    for track in report.texts:
        yield Line(_("Subtitles"), ", ".join(_words(track)))
    for chapter in report.chapters[:_MOST_CHAPTERS]:
        title = f" “{name}”" if (name := printable(chapter.title)) else ""
        yield Line(_("Chapter"), f"{clock(chapter.start)} – {clock(chapter.end)}{title}")
    if (left := len(report.chapters) - _MOST_CHAPTERS) > 0:
        more = ngettext("and {count} more", "and {count} more", left)
        yield Line(_("Chapter"), more.format(count=left))
    for cover in report.covers:
        shown = f"{cover.width}x{cover.height}" if cover.width else ""
        yield Line(_("Cover"), f"{_codec(cover.codec, '')} {shown}".strip())


def plan(planned: Plan) -> Iterator[Line]:
    """Say what is to be made of a film, but for its rungs."""
    rate = _rate(planned.frame_rate)
    pictures = ngettext(
        "{count} picture", "{count} pictures", planned.frame_count
    ).format(count=planned.frame_count)
    length = f"{clock(planned.duration)}, {pictures}" if planned.rungs else ""
    yield Line(_("Length"), f"{length}, {rate}" if length else clock(planned.duration))
    yield Line(_("Segments"), _segments(planned))
    if planned.chunks:
        yield Line(_("Chunks"), str(len(planned.chunks)))
    for audio in planned.audio:
        yield Line(_("Sound"), ", ".join(_planned_sound(audio)))
    if not planned.audio:
        yield Line(_("Sound"), _("no sound"))
    for audio in planned.later_audio:
        yield Line(_("Sound later"), ", ".join(_planned_sound(audio)))
    if planned.rungs:
        shown = _("the film as it is") if planned.keeps_original else _("nothing")
        yield Line(_("Shown meanwhile"), shown)
        seconds = estimated_cpu_s(planned)
        cost = ngettext(
            "about {count} second of one core, or more where the picture is converted",
            "about {count} seconds of one core, or more where the picture is converted",
            seconds,
        ).format(count=seconds)
        yield Line(_("Processor time"), cost)
    if planned.pictures:
        text = _("a poster; previews of {width}x{height}, one every {seconds} s").format(
            width=planned.pictures.tile_width,
            height=planned.pictures.tile_height,
            seconds=_number(planned.pictures.storyboard_every),
        )
        yield Line(_("Pictures"), text)
    if treated := list(_treatment(planned)):
        yield Line(_("Treatment"), ", ".join(treated))


def rungs(planned: Plan) -> tuple[RungRow, ...]:
    """Say what qualities are planned, smallest first, under their titles."""
    title = RungRow(_("Quality"), _("Size"), "CRF", _("At most"))
    return (
        title,
        *(
            RungRow(
                rung.name,
                f"{rung.width}x{rung.height}",
                str(rung.crf),
                f"{rung.maxrate_kbps} kb/s",
            )
            for rung in planned.rungs
        ),
    )


def clock(seconds: Fraction) -> str:
    """Write a length as people do: ``1:02:03.4``, ``0:04.0``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{text}" if hours else f"{minutes}:{text}"


def size(count: int) -> str:
    """Write a number of bytes: ``532 B``, ``1.5 MB``."""
    if count < 1000:
        return f"{count} B"
    power = min(4, (len(str(count)) - 1) // 3)
    return f"{_number(Fraction(count, 1000**power), 1)} {' kMGT'[power]}B"


def language(code: str) -> str:
    """Name the language of a sound track; its code where the name is not known."""
    tag = tag_of(code) or printable(code)
    try:
        return str(get_language_info(tag)["name_translated"])
    except KeyError:
        return tag


def _number(value: Fraction, places: int = 2) -> str:
    digits = number_format(round(float(value), places), decimal_pos=places)
    head, point, tail = digits.partition("," if "," in digits else ".")
    tail = tail.rstrip("0")
    return f"{head}{point}{tail}" if tail else head


def _length(report: SourceReport) -> str:
    text = clock(report.duration)
    claimed = report.declared_duration
    if claimed and abs(claimed - report.duration) > CLAIM_S:
        claim = _("the file claims {length}").format(length=clock(claimed))
        text += f" ({claim})"
    return text


def _rate(rate: Fraction) -> str:
    return _("{rate} pictures a second").format(rate=_number(rate))


def _codec(name: str, profile: str) -> str:
    shown = CODECS.get(name, printable(name))
    return f"{shown} {printable(profile)}".strip()


def _picture(video: VideoStream) -> Iterator[str]:
    yield _codec(video.codec, video.profile)
    width, height = shown_size(video)
    shown = f"{round(width)}x{round(height)}"
    yield shown
    stored = f"{video.width}x{video.height}"
    if stored != shown:
        yield _("stored as {size}").format(size=stored)
    if video.rotation:
        yield _("turned by {degrees}°").format(degrees=video.rotation)
    if video.is_mirrored:
        yield _("mirrored")
    yield _rate(video.frame_rate)
    yield _("constant") if video.is_constant_rate else _("variable")
    if video.is_interlaced:
        yield _("interlaced")
    yield from _color(video)
    yield f"{video.bitrate_kbps} kb/s"


def _color(video: VideoStream) -> Iterator[str]:
    color = video.color
    if color.primaries:
        yield COLORS.get(color.primaries, color.primaries)
    if color.is_hdr:
        yield HDR[color.transfer]
    if video.light is not None and video.light.max_cll:
        yield _("pixels up to {count} cd/m²").format(count=video.light.max_cll)
    if video.light is not None and video.light.max_fall:
        yield _("pictures up to {count} cd/m²").format(count=video.light.max_fall)
    if video.mastering is not None:
        white = _number(Fraction(video.mastering.max_luminance, _LUMINANCE), 0)
        yield _("graded on a screen of {count} cd/m²").format(count=white)
    if video.bit_depth != 8:
        yield _("{bits} bits").format(bits=video.bit_depth)
    if video.has_alpha:
        yield _("with transparency")


def _sound(stream: AudioStream) -> Iterator[str]:
    yield _codec(stream.codec, stream.profile)
    yield printable(stream.layout)
    yield f"{_number(Fraction(stream.sample_rate_hz, 1000), 1)} kHz"
    if stream.bitrate_kbps:
        yield f"{stream.bitrate_kbps} kb/s"
    if stream.language:
        yield language(stream.language)
    if title := printable(stream.title):
        yield f"“{title}”"


def _words(track: TextTrack) -> Iterator[str]:
    if codec := _codec(track.codec, ""):
        yield codec
    yield _("text") if track.kind == "text" else _("pictures of words")
    if track.language:
        yield language(track.language)
    if title := printable(track.title):
        yield f"“{title}”"
    if track.is_forced:
        yield _("only what is not understood anyway")
    if track.is_hearing_impaired:
        yield _("for the hard of hearing")


def _planned_sound(audio: AudioPlan) -> Iterator[str]:
    yield audio.name
    yield _("copied as it is") if audio.is_copy else _("encoded anew")
    if audio.target_lufs:
        yield _("brought to {loudness} LUFS").format(loudness=audio.target_lufs)
    yield LAYOUTS[audio.channels]
    yield f"{audio.bitrate_kbps} kb/s"
    if audio.language:
        yield language(audio.language)
    if title := printable(audio.title):
        yield f"“{title}”"


def _segments(planned: Plan) -> str:
    lengths = Counter(b - a for a, b in pairwise(planned.boundaries))
    ((usual, _times),) = lengths.most_common(1)
    pattern = _("{count}, mostly of {seconds} s")
    if len(lengths) == 1:
        pattern = _("{count} of {seconds} s")
    return pattern.format(
        count=len(planned.boundaries) - 1,
        seconds=_number(Fraction(usual * planned.frame_ticks, planned.timescale)),
    )


def _treatment(planned: Plan) -> Iterator[str]:
    if planned.deinterlace:
        yield _("deinterlaced")
    if planned.rotation:
        yield _("turned by {degrees}°").format(degrees=planned.rotation)
    if planned.mirror:
        yield _("mirrored")
    if planned.tone_map:
        yield _("colors fitted from HDR to BT.709")
