"""CMAF headers: the init segment of one track, read and written.

ISO/IEC 14496-12 (moov), 14496-14 (esds), 14496-15 (avcC), AV1 in ISOBMFF 1.2.0
(av1C), 23000-19 clause 7 (CMAF brands). No dates and no random numbers: the same track gives the same bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from lucarne_engine.package.boxes import (
    Box,
    BoxError,
    Bytes,
    children,
    find,
    make_box,
    make_full_box,
    need,
    read_box,
    unpack,
)
from lucarne_engine.package.hdr import KINDS, color_suffix, is_hdr

VIDEO_TRACK_ID: Final = 1
AUDIO_TRACK_ID: Final = 2
BRANDS: Final = b"cmfciso6mp41"
_MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_VISUAL_ENTRY_BYTES: Final = 78  # VisualSampleEntry before its boxes
_AUDIO_ENTRY_BYTES: Final = 28  # AudioSampleEntry version 0 before its boxes


@dataclass(frozen=True, kw_only=True)
class TrackFormat:
    """What a decoder must know of a track before its first sample."""

    is_video: bool
    codec: str  # RFC 6381
    entry: bytes  # the sample entry box: avc1, av01 or mp4a
    width: int = 0  # as shown, pixels
    height: int = 0

    @property
    def track_id(self) -> int:
        return VIDEO_TRACK_ID if self.is_video else AUDIO_TRACK_ID


@dataclass(frozen=True, kw_only=True)
class Header:
    """What an init segment says."""

    format: TrackFormat
    timescale: int
    media_time: int  # ticks of priming that the edit list cuts away
    trex_duration: int  # defaults for samples, as ``trex`` gives them
    trex_size: int
    trex_flags: int


def avc_format(
    *, width: int, height: int, avcc: bytes, sample_aspect: Fraction = Fraction(1)
) -> TrackFormat:
    """H.264 in avc1 (ISO/IEC 14496-15 clause 5.4); ``avcc`` is the avcC body.

    Raises BoxError when ``avcc`` is no decoder configuration record.
    """
    if len(avcc) < 7 or avcc[0] != 1:
        raise BoxError("no AVC decoder configuration record")
    aspect = b""
    if sample_aspect != 1:
        ratio = sample_aspect.limit_denominator(0xFFFF)
        aspect = make_box(
            b"pasp", struct.pack(">2I", ratio.numerator, ratio.denominator)
        )
    config = make_box(b"avcC", avcc)
    return TrackFormat(
        is_video=True,
        codec=f"avc1.{avcc[1:4].hex()}",
        entry=make_box(b"avc1", _visual(width, height), config, aspect),
        width=round(width * sample_aspect),
        height=height,
    )


def av1_format(
    *, width: int, height: int, av1c: bytes, colors: bytes = b""
) -> TrackFormat:
    """AV1 in av01 (AV1 Codec ISO Media File Format Binding 1.2.0, clauses 2.2, 2.3).

    ``av1c`` is the av1C body, ``colors`` the boxes of an HDR track. Raises BoxError
    when ``av1c`` is no configuration record.
    """
    if len(av1c) < 4 or av1c[0] != 0x81:
        raise BoxError("no AV1 codec configuration record")
    profile, level = av1c[1] >> 5, av1c[1] & 0x1F
    tier = "H" if av1c[2] & 0x80 else "M"
    is_high, is_twelve = av1c[2] & 0x40, av1c[2] & 0x20
    depth = (12 if is_twelve else 10) if is_high else 8
    return TrackFormat(
        is_video=True,
        codec=f"av01.{profile}.{level:02}{tier}.{depth:02}{color_suffix(av1c, colors)}",
        entry=make_box(b"av01", _visual(width, height), make_box(b"av1C", av1c), colors),
        width=width,
        height=height,
    )


def _visual(width: int, height: int) -> bytes:
    """VisualSampleEntry (14496-12 clause 12.1.3) up to its boxes."""
    return struct.pack(
        ">6xH16x2HII4xH32xHh", 1, width, height, 0x480000, 0x480000, 1, 24, -1
    )


def aac_format(*, channels: int, sample_rate_hz: int, config: bytes) -> TrackFormat:
    """AAC in mp4a (ISO/IEC 14496-14 clause 5.6).

    ``config`` is the AudioSpecificConfig of ISO/IEC 14496-3 clause 1.6.2.1.
    Raises BoxError when it is too short.
    """
    if len(config) < 2:
        raise BoxError("no AudioSpecificConfig")
    specific = _descriptor(0x05, config)
    decoder = _descriptor(0x04, b"\x40\x15", bytes(11), specific)
    stream = _descriptor(0x03, bytes(3), decoder, _descriptor(0x06, b"\x02"))
    rate = sample_rate_hz if sample_rate_hz < 1 << 16 else 0  # 16.16 holds no more
    sound = struct.pack(">6xH8x2H4xI", 1, channels, 16, rate << 16)
    return TrackFormat(
        is_video=False,
        codec=f"mp4a.40.{_audio_object_type(config)}",
        entry=make_box(b"mp4a", sound, make_full_box(b"esds", 0, 0, stream)),
    )


def _audio_object_type(config: bytes) -> int:
    kind = config[0] >> 3
    if kind == 31:  # escape: six more bits
        kind = 32 + ((config[0] & 7) << 3 | config[1] >> 5)
    return kind


def _descriptor(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes((len(body) >> shift & 0x7F) | 0x80 for shift in (21, 14, 7))
    return bytes((tag,)) + size + bytes((len(body) & 0x7F,)) + body


def write_init(
    form: TrackFormat,
    *,
    timescale: int,
    duration: int,
    media_time: int = 0,
    language: str = "",
) -> bytes:
    """Make the bytes of an init segment (``ftyp`` and ``moov``).

    ``duration`` is the whole film's, in ticks (``mehd``); ``media_time`` ticks of
    priming are cut from the front by an edit list.
    """
    track = write_track(
        form, timescale=timescale, media_time=media_time, language=language
    )
    return write_movie((form,), (track,), timescale=timescale, duration=duration)


def write_movie(
    formats: tuple[TrackFormat, ...],
    tracks: tuple[bytes, ...],
    *,
    timescale: int,
    duration: int,
    brands: bytes = BRANDS,
) -> bytes:
    """``ftyp`` and ``moov`` around finished ``trak`` boxes."""
    next_id = max(form.track_id for form in formats) + 1
    head = struct.pack(">2I2IIH10x", 0, 0, timescale, 0, 0x10000, 0x100)
    mvhd = make_full_box(
        b"mvhd", 0, 0, head, _MATRIX, bytes(24), struct.pack(">I", next_id)
    )
    mehd = make_full_box(b"mehd", 1, 0, struct.pack(">Q", duration))
    trex = (
        make_full_box(b"trex", 0, 0, struct.pack(">5I", form.track_id, 1, 0, 0, 0))
        for form in formats
    )
    moov = make_box(b"moov", mvhd, *tracks, make_box(b"mvex", mehd, *trex))
    return make_box(b"ftyp", brands[:4], bytes(4), brands) + moov


def write_track(
    form: TrackFormat, *, timescale: int, media_time: int = 0, language: str = ""
) -> bytes:
    """One ``trak`` without samples: they are all in fragments."""
    size = struct.pack(">2I", form.width << 16, form.height << 16)
    layer = struct.pack(">4H", 0, 0, 0 if form.is_video else 0x100, 0)
    tkhd = make_full_box(
        b"tkhd",
        0,
        7,
        struct.pack(">5I8x", 0, 0, form.track_id, 0, 0),
        layer,
        _MATRIX,
        size,
    )
    edits = b""
    if media_time:  # duration 0: "all that the fragments hold" (clause 8.6.6)
        elst = struct.pack(">IIiHH", 1, 0, media_time, 1, 0)
        edits = make_box(b"edts", make_full_box(b"elst", 0, 0, elst))
    mdhd = make_full_box(
        b"mdhd", 0, 0, struct.pack(">4IHH", 0, 0, timescale, 0, _language(language), 0)
    )
    handler, name = (b"vide", b"Video") if form.is_video else (b"soun", b"Sound")
    hdlr = make_full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(12), name, b"\0")
    return make_box(
        b"trak", tkhd, edits, make_box(b"mdia", mdhd, hdlr, _media_information(form))
    )


def _media_information(form: TrackFormat) -> bytes:
    media = (
        make_full_box(b"vmhd", 0, 1, bytes(8))
        if form.is_video
        else make_full_box(b"smhd", 0, 0, bytes(4))
    )
    here = make_full_box(b"url ", 0, 1)
    one = struct.pack(">I", 1)
    dinf = make_box(b"dinf", make_full_box(b"dref", 0, 0, one, here))
    empty = (make_full_box(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc"))
    sizes = make_full_box(b"stsz", 0, 0, bytes(8))
    chunks = make_full_box(b"stco", 0, 0, bytes(4))
    stsd = make_full_box(b"stsd", 0, 0, one, form.entry)
    return make_box(
        b"minf", media, dinf, make_box(b"stbl", stsd, *empty, sizes, chunks)
    )


def _language(code: str) -> int:
    """Three letters in 15 bits (ISO/IEC 14496-12 clause 8.4.2); anything else is und."""
    is_code = len(code) == 3 and code.isascii() and code.isalpha()
    a, b, c = (ord(letter) - 0x60 for letter in (code.lower() if is_code else "und"))
    return a << 10 | b << 5 | c


def with_duration(init: Bytes, duration: int) -> bytes:
    """Return what ``write_init`` would have written of a film that lasts ``duration``."""
    data = bytes(init)
    moov = next(box for box in _top(data) if box.kind == b"moov")
    mehd = need(data, moov, b"mvex", b"mehd")
    at = mehd.body + 4  # past version and flags
    return data[:at] + struct.pack(">Q", duration) + data[at + 8 :]


def read_init(data: Bytes) -> Header:
    """Read what an init segment says of its first track. Raises BoxError."""
    moov = next(box for box in _top(data) if box.kind == b"moov")
    return read_movie(data, moov)


def _top(data: Bytes) -> list[Box]:
    boxes = list(children(data, 0, len(data)))
    if not any(box.kind == b"moov" for box in boxes):
        raise BoxError("no movie header")
    return boxes


def read_movie(data: Bytes, moov: Box) -> Header:
    """Read what ``moov`` says of its first track. Raises BoxError."""
    trak = need(data, moov, b"trak")
    trex = need(data, moov, b"mvex", b"trex")
    _, _, _, duration, size, flags = unpack(">6I", data, trex)
    mdhd = need(data, trak, b"mdia", b"mdhd")
    version = unpack(">B", data, mdhd)[0]
    timescale = unpack(">I", data, mdhd, 20 if version == 1 else 12)[0]
    if timescale == 0:
        raise BoxError("timescale 0")
    return Header(
        format=_read_format(data, trak),
        timescale=timescale,
        media_time=_read_media_time(data, trak),
        trex_duration=duration,
        trex_size=size,
        trex_flags=flags,
    )


def _read_media_time(data: Bytes, trak: Box) -> int:
    elst = find(data, trak, b"edts", b"elst")
    if elst is None:
        return 0
    version, count = unpack(">B3xI", data, elst)
    width, layout = (20, ">q") if version == 1 else (12, ">i")
    at = 8 + (8 if version == 1 else 4)  # past the segment duration
    times = (unpack(layout, data, elst, at + width * i)[0] for i in range(count))
    return max(0, next((time for time in times if time >= 0), 0))


def _read_format(data: Bytes, trak: Box) -> TrackFormat:
    stsd = need(data, trak, b"mdia", b"minf", b"stbl", b"stsd")
    entry = read_box(data, stsd.body + 8, stsd.end)
    if entry is None:
        raise BoxError("no sample entry")
    if entry.kind == b"avc1":
        return _read_avc(data, entry)
    if entry.kind == b"av01":
        return _read_av1(data, entry)
    if entry.kind == b"mp4a":
        return _read_aac(data, entry)
    raise BoxError(f"sample entry {entry.kind!r}")


def _read_avc(data: Bytes, entry: Box) -> TrackFormat:
    width, height = unpack(">2H", data, entry, 24)
    inside = Box(entry.kind, entry.start, entry.body + _VISUAL_ENTRY_BYTES, entry.end)
    avcc = need(data, inside, b"avcC")
    pasp = find(data, inside, b"pasp")
    across, down = unpack(">2I", data, pasp) if pasp else (1, 1)
    return avc_format(
        width=width,
        height=height,
        avcc=bytes(data[avcc.body : avcc.end]),
        sample_aspect=Fraction(across, down) if across and down else Fraction(1),
    )


def _read_av1(data: Bytes, entry: Box) -> TrackFormat:
    width, height = unpack(">2H", data, entry, 24)
    inside = Box(entry.kind, entry.start, entry.body + _VISUAL_ENTRY_BYTES, entry.end)
    av1c = need(data, inside, b"av1C")
    return av1_format(
        width=width,
        height=height,
        av1c=bytes(data[av1c.body : av1c.end]),
        colors=_read_colors(data, inside),
    )


def _read_colors(data: Bytes, entry: Box) -> bytes:
    """Copy the boxes of HDR, if it is HDR."""
    boxes = {box.kind: box for box in children(data, entry.body, entry.end)}
    found = b"".join(
        bytes(data[box.start : box.end])
        for kind in KINDS
        if (box := boxes.get(kind)) is not None
    )
    return found if is_hdr(found) else b""


def with_colors(form: TrackFormat, colors: bytes) -> TrackFormat:
    """Give an AV1 format other boxes of HDR. Raises BoxError for another codec."""
    entry = read_box(form.entry, 0, len(form.entry))
    if entry is None or entry.kind != b"av01":
        raise BoxError("only AV1 is HDR")
    inside = Box(entry.kind, entry.start, entry.body + _VISUAL_ENTRY_BYTES, entry.end)
    av1c = need(form.entry, inside, b"av1C")
    return av1_format(
        width=form.width,
        height=form.height,
        av1c=form.entry[av1c.body : av1c.end],
        colors=colors,
    )


def _read_aac(data: Bytes, entry: Box) -> TrackFormat:
    channels, _, rate = unpack(">2H4xI", data, entry, 16)
    inside = Box(entry.kind, entry.start, entry.body + _AUDIO_ENTRY_BYTES, entry.end)
    esds = need(data, inside, b"esds")
    config = _decoder_config(bytes(data[esds.body + 4 : esds.end]))
    return aac_format(channels=channels, sample_rate_hz=rate >> 16, config=config)


def _decoder_config(body: bytes) -> bytes:
    """DecoderSpecificInfo inside an ES_Descriptor (ISO/IEC 14496-1 clause 7.2.6)."""
    skip = {0x03: 3, 0x04: 13}  # fixed fields before the descriptors inside
    while len(body) >= 2:
        tag, size, at = body[0], 0, 1
        while at < min(5, len(body)):
            size = size << 7 | body[at] & 0x7F
            at += 1
            if not body[at - 1] & 0x80:
                break
        if tag == 0x05:
            return body[at : at + size]
        body = body[at + skip[tag] :] if tag in skip else body[at + size :]
    raise BoxError("no DecoderSpecificInfo")
