"""Choose the demuxer by the first bytes; the file's name is never asked.

FFmpeg's own probing would also enter demuxers that open other files (HLS, DASH,
concat, SDP …): those are refused here, and the rest is forced by name.
"""

from __future__ import annotations

import re
from typing import Final

from lucarne_engine.errors import SourceError

HEAD_BYTES: Final = 65_536

# (offset, bytes, FFmpeg's demuxer)
_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"FLV\x01", "flv"),
    (0, b"OggS", "ogg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "mxf"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x00\x00\x01\xb3", "mpegvideo"),
    (0, b"fLaC", "flac"),
    (0, b"#!AMR", "amr"),
    (0, b"caff", "caf"),
    (0, b"DKIF", "ivf"),
    (0, b"YUV4MPEG2", "yuv4mpegpipe"),
    (0, b"GIF8", "gif"),
    (0, b".RMF", "rm"),
    (0, b"\x1f\x07\x00", "dv"),
    (0, b"nut/multimedia container\x00", "nut"),
    (0, b"\x0b\x77", "ac3"),
    (0, b"wvpk", "wv"),
    (0, b"\x12\x00\x0a", "obu"),
)
_RIFF: Final = {b"AVI ": "avi", b"AVIX": "avi", b"WAVE": "wav"}
_BOXES: Final = frozenset({
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"sidx",
    b"moof", b"uuid", b"pdin", b"prft", b"emsg",
})  # fmt: skip
# Texts that make a player open something else.
_NAMES_OTHERS: Final = re.compile(
    rb"#EXTM3U|#EXT-X-|#!|ffconcat\s|\[playlist\]|\[reference\]|RTSPtext|v=0\s*\n"
    rb"|<asx\b|<smil\b|<\?php|<MPD\b|<SmoothStreamingMedia\b|<playlist\b"
    rb"|(?:https?|file|rtsp|rtmp|concat):",
    re.IGNORECASE,
)
_XML_NAMES_OTHERS: Final = re.compile(
    rb"<(?:\w+:)?(?:MPD|SmoothStreamingMedia|smil|playlist|asx|CompositionPlaylist"
    rb"|AssetMap|nodegraph)\b",
    re.IGNORECASE,
)


def sniff(head: bytes) -> str:
    """The name of FFmpeg's demuxer for a file that begins with ``head``.

    Raises :class:`SourceError`: ``empty``, ``is_playlist``, ``not_media``.
    """
    if not head:
        raise SourceError("empty")
    if found := _by_magic(head):
        return found
    _refuse_playlist(head)
    if found := _by_structure(head):
        return found
    raise SourceError("not_media", f"it begins with {head[:16].hex(' ')}")


def _by_magic(head: bytes) -> str:
    if head[4:8] in _BOXES:
        return "mov"
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        return _RIFF.get(head[8:12], "")
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    for offset, magic, name in _MAGIC:
        if head.startswith(magic, offset):
            return name
    return ""


def _refuse_playlist(head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = head[2:].replace(b"\x00", b"").lstrip()
    is_xml = text[:1] == b"<" and _XML_NAMES_OTHERS.search(text[:4096])
    if is_xml or _NAMES_OTHERS.match(text):
        raise SourceError("is_playlist", f"it begins with {text[:24]!r}")


def _by_structure(head: bytes) -> str:
    """Formats without a magic number: a pattern has to repeat."""
    if head[:3] == b"ID3" and len(head) > 10:
        after = head[10 + _id3_size(head) :]
        return _by_magic(after) or _by_structure_of_audio(after) or "mp3"
    for size, first in ((188, 0), (192, 4), (204, 0)):
        if _is_transport_stream(head, size, first):
            return "mpegts"
    return _by_structure_of_audio(head) or _by_annex_b(head)


def _id3_size(head: bytes) -> int:
    a, b, c, d = (byte & 0x7F for byte in head[6:10])
    return a << 21 | b << 14 | c << 7 | d


def _is_transport_stream(head: bytes, size: int, first: int) -> bool:
    """Sync bytes at packet distance (ISO/IEC 13818-1 2.4.3.2), after some garbage."""
    for start in range(first, min(len(head), size * 3)):
        marks = head[start : start + size * 8 : size]
        if len(marks) >= 2 and not marks.strip(b"\x47"):
            return True
    return False


def _by_structure_of_audio(head: bytes) -> str:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    layer = head[1] & 0x06
    if head[1] & 0xF6 == 0xF0:  # ADTS, ISO/IEC 13818-7 6.2
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return (
            "aac" if length > 7 and head[length : length + 1] in {b"\xff", b""} else ""
        )
    is_frame = layer and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C
    return "mp3" if is_frame and head[1] != 0xFF else ""


def _by_annex_b(head: bytes) -> str:
    """Raw H.264 or HEVC: all of the first units must be possible in one of them."""
    if not head.startswith((b"\x00\x00\x01", b"\x00\x00\x00\x01")):
        return ""
    starts = [m.end() for m in re.finditer(rb"\x00\x00\x01", head)][:24]
    units = [head[at] for at in starts if at < len(head)]
    if not units:
        return ""
    avc = {unit & 0x1F for unit in units if not unit & 0x80}
    hevc = {unit >> 1 & 0x3F for unit in units if not unit & 0x80}
    if {32, 33, 34} <= hevc:
        return "hevc"
    if {7, 8} <= avc:
        return "h264"
    return "m4v" if units[0] in {0x00, 0x20, 0xB0} else ""
