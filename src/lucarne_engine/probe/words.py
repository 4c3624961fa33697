"""What a file says of its tracks and chapters, cut to a line that can be shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LONGEST_TITLE: Final = 200  # characters
_LONGEST_LANGUAGE: Final = 8
_MOST_READ: Final = 4 * LONGEST_TITLE  # of a title that may have millions


def title_of(metadata: Mapping[str, str]) -> str:
    """Give the title: no control characters, no line ends, at most 200 characters."""
    text = _value(metadata, "title")[:_MOST_READ]
    return printable(text)[:LONGEST_TITLE].strip()


def language_of(metadata: Mapping[str, str]) -> str:
    """Give the code as the file has it; "" for none, for "und" and for nonsense."""
    code = _value(metadata, "language")[:_MOST_READ].strip().lower()
    is_code = code.isascii() and code.replace("-", "").isalnum()
    return code if is_code and code != "und" and len(code) <= _LONGEST_LANGUAGE else ""


def _value(metadata: Mapping[str, str], name: str) -> str:
    """Look a name up; old Matroska files write it in capitals."""
    return str(metadata.get(name) or metadata.get(name.upper()) or "")


def printable(text: str) -> str:
    """Keep one line of printable characters: titles come from anybody's film."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
