"""Turn what was read and decoded into the report's streams."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from av.audio.stream import AudioStream as AvAudio
from av.stream import Disposition
from av.video.format import VideoFormat
from av.video.stream import VideoStream as AvVideo

from lucarne_engine.probe import hdr, orientation, timing
from lucarne_engine.probe.report import AudioStream, Color, VideoStream
from lucarne_engine.probe.samples import Samples
from lucarne_engine.probe.timing import PacketLog
from lucarne_engine.probe.words import language_of, title_of

# ITU-T H.273 tables 2, 3 and 4, spelled as FFmpeg spells them.
_PRIMARIES: Final = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film",
    9: "bt2020", 10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213",
}  # fmt: skip
_TRANSFERS: Final = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m",
    8: "linear", 9: "log100", 10: "log316", 11: "iec61966-2-4", 12: "bt1361e",
    13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084",
    17: "smpte428", 18: "arib-std-b67",
}  # fmt: skip
_MATRICES: Final = {
    0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m",
    8: "ycgco", 9: "bt2020nc", 10: "bt2020c", 11: "smpte2085", 12: "chroma-derived-nc",
    13: "chroma-derived-c", 14: "ictcp",
}  # fmt: skip
_FULL_RANGE: Final = 2  # AVCOL_RANGE_JPEG

# What FFmpeg calls channels in no particular order.
_LAYOUTS: Final = {
    "1 channels": "mono",
    "2 channels": "stereo",
    "6 channels": "5.1",
    "8 channels": "7.1",
}


def codec_name(stream: AvVideo | AvAudio) -> str:
    """FFmpeg's name of the format, not of the decoder that PyAV chose."""
    return stream.codec_context.codec.canonical_name


def rate_of(log: PacketLog, seconds: Fraction) -> int:
    return int(log.size_bytes * 8 / seconds / 1000) if seconds else 0


def video(
    stream: AvVideo, log: PacketLog, samples: Samples, zero: Fraction
) -> VideoStream:
    context, frame = stream.codec_context, samples.first
    if samples.interval() * 5 > timing.typical_interval(log.pts) * 9 > 0:
        log.per_picture = 2  # one packet per field (H.264 PAFF, MPEG-2 field pictures)
    rate, is_constant = timing.frame_rate(log, declared_rate(stream))
    end = log.end()
    duration = (end - log.first) * log.time_base
    pixel_format = frame.format if frame else VideoFormat(context.pix_fmt or "yuv420p")
    rotation, is_mirrored = _orientation(samples)
    is_sound = timing.is_sound_video(log) and len(samples.sizes) <= 1
    return VideoStream(
        index=stream.index,
        codec=codec_name(stream),
        profile=str(context.profile or ""),
        level=max(0, int(getattr(context, "level", 0) or 0)),
        width=frame.width if frame else context.width,
        height=frame.height if frame else context.height,
        pixel_format=pixel_format.name,
        bit_depth=max((part.bits for part in pixel_format.components), default=8),
        sample_aspect=_sample_aspect(stream),
        rotation=rotation,
        is_mirrored=is_mirrored,
        frame_rate=rate,
        is_constant_rate=is_constant,
        start=log.first * log.time_base - zero,
        duration=duration,
        frame_count=-(-len(log.pts) // log.per_picture),
        is_interlaced=samples.is_interlaced(),
        color=_color(stream, samples),
        has_alpha=log.has_alpha or any(p.is_alpha for p in pixel_format.components),
        bitrate_kbps=rate_of(log, duration),
        keyframes=_keyframes(log, zero),
        can_copy=is_sound and not samples.errors,
        mastering=hdr.read_mastering(_beside(samples, "MASTERING_DISPLAY_METADATA")),
        light=hdr.read_light(_beside(samples, "CONTENT_LIGHT_LEVEL")),
        still_end=(end - log.last_end()) * log.time_base,
    )


def declared_rate(stream: AvVideo) -> Fraction | None:
    for rate in (stream.average_rate, stream.base_rate):
        if rate in timing.STANDARD_RATES:
            return rate
    return stream.average_rate


def _sample_aspect(stream: AvVideo) -> Fraction:
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    sane = aspect is not None and Fraction(1, 10) <= aspect <= 10
    return Fraction(aspect) if sane and aspect is not None else Fraction(1)


def _orientation(samples: Samples) -> tuple[int, bool]:
    return orientation.read(_beside(samples, "DISPLAYMATRIX"))


def _beside(samples: Samples, kind: str) -> bytes:
    """What came with the first picture, from its stream or the container; b"" nothing."""
    if samples.first is None:
        return b""
    data: Any = samples.first.side_data.get(kind)
    return b"" if data is None else bytes(data)


def _color(stream: AvVideo, samples: Samples) -> Color:
    context, frame = stream.codec_context, samples.first

    def pick(name: str) -> int:
        own = int(getattr(frame, name, 2) or 0) if frame else 2
        return own if own != 2 else int(getattr(context, name, 2) or 0)

    in_format = frame.format.name if frame else context.pix_fmt or ""
    is_rgb = in_format.startswith(("rgb", "gbr", "argb", "bgr", "pal8"))
    return Color(
        primaries=_PRIMARIES.get(pick("color_primaries"), ""),
        transfer=_TRANSFERS.get(pick("color_trc"), ""),
        # 0 is also what an unset field reads as: believe it only of RGB
        matrix=_MATRICES.get(pick("colorspace") or (0 if is_rgb else 2), ""),
        is_full_range=pick("color_range") == _FULL_RANGE
        or in_format.startswith("yuvj")
        or is_rgb,
    )


def _keyframes(log: PacketLog, zero: Fraction) -> tuple[Fraction, ...]:
    found = timing.closed_keyframes(log)
    if log.counted:  # counted in decode order: only the first is known to be shown so
        found = found[:1]
    return tuple(ticks * log.time_base - zero for ticks in found)


def audio(stream: AvAudio, log: PacketLog, start: int, zero: Fraction) -> AudioStream:
    context = stream.codec_context
    duration = (log.end() - start) * log.time_base
    return AudioStream(
        index=stream.index,
        codec=codec_name(stream),
        profile=str(context.profile or ""),
        channels=context.channels,
        layout=_LAYOUTS.get(context.layout.name, context.layout.name),
        sample_rate_hz=context.sample_rate,
        start=start * log.time_base - zero,
        duration=duration,
        bitrate_kbps=rate_of(log, duration),
        language=language_of(stream.metadata),
        title=title_of(stream.metadata),
        is_default=bool(stream.disposition & Disposition.default),
        can_copy=timing.is_sound_audio(log),
    )
