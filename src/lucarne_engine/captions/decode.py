"""Bytes of a caption file to text: UTF-8, UTF-16, and what older programs write."""

from __future__ import annotations

import codecs
from typing import Final

from lucarne_engine.captions.model import MOST_BYTES, Findings

_ARCHIVES: Final = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf",
    b"Rar!", b"\x28\xb5\x2f\xfd",
)  # fmt: skip
# The longer marks first: UTF-32's begins like UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_USUAL_CONTROLS: Final = frozenset("\t\n\f\x1a")
_DROPPED: Final = dict.fromkeys(
    [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85),
     *range(0x86, 0xA0), 0xFEFF], None,
)  # fmt: skip


def decode(data: bytes, findings: Findings) -> str | None:
    """Return the text, its lines ended as Unix does; None when there is none."""
    if not data.strip(b" \t\r\n\x00"):
        findings.refuse("empty")
        return None
    if len(data) > MOST_BYTES:
        findings.refuse("too_large")
        return None
    if data.startswith(_ARCHIVES):
        findings.refuse("archive")
        return None
    text = _marked(data) or _utf8(data) or _utf16(data, findings)
    if text is None and b"\0" not in data:
        text = _western(data, findings)
    if text is None or not _is_text(text):
        findings.refuse("not_text")
        return None
    text = text.translate(_DROPPED)
    if not text.strip():
        findings.refuse("empty")
        return None
    return text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _marked(data: bytes) -> str | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _lines(data[len(mark) :].decode(name, "replace"))
    return None


def _utf8(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else _lines(text)


def _utf16(data: bytes, findings: Findings) -> str | None:
    """Recognize UTF-16 without its mark: every other byte of Latin text is zero."""
    zeros = (data[::2].count(0), data[1::2].count(0))
    half = len(data) // 2
    if max(zeros) < half // 3 or min(zeros) > half // 20:
        return None
    name = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    findings.note("encoding_guessed", 1)
    return _lines(data[: half * 2].decode(name, "replace"))


def _western(data: bytes, findings: Findings) -> str:
    """Read as Windows-1252, which holds what Latin-1 prints."""
    text = _lines(data.decode("cp1252", "replace"))
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isascii():
            findings.note("encoding_guessed", number, line)
            break
    return text


def _is_text(text: str) -> bool:
    """Whether hardly any character is one that no text has."""
    odd = sum(1 for c in text if (c < " " and c not in _USUAL_CONTROLS) or c == "\ufffd")
    return odd * 100 <= len(text)
