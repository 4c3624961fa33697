"""Cues, and what is to be said about the file that they came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

MOST_BYTES: Final = 4 << 20
MOST_CUES: Final = 20_000
LONGEST_TEXT: Final = 2_000  # characters of one cue
LATEST_MS: Final = 100 * 3600 * 1000
_MOST_ERRORS: Final = 10
_LONGEST_QUOTE: Final = 60

ERRORS: Final = frozenset({
    "empty",  # no byte, or only white space
    "too_large",  # more than MOST_BYTES
    "archive",  # zip, gzip …: nothing is unpacked here
    "not_text",
    "unknown_format",  # text, but none of the formats
    "no_cues",
    "too_many_cues",
    "bad_time",  # not a time, or 100 hours and more
    "backwards",  # ends before it begins, or at that moment
    "long_cue",
    "bad_xml",
    "has_doctype",
    "all_beyond",  # not one cue lies in the film
})  # fmt: skip
NOTES: Final = frozenset({
    "encoding_guessed",  # neither UTF-8 nor marked as UTF-16
    "out_of_order",  # was sorted
    "overlap",  # both are shown
    "beyond_end",  # left out
    "tag_dropped",  # HTML that means nothing in captions
    "style_dropped",  # the file's own looks
    "empty_cue",  # left out
    "stray_text",  # belongs to no cue: left out
    "bad_setting",  # of a cue's place: left out
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cue:
    """Words and when they are shown; ``text`` and ``settings`` are canonical WebVTT.

    The text is never empty, has no empty line and is escaped.
    """

    start_ms: int  # on the film's clock, 0 or later
    end_ms: int  # later than ``start_ms``
    text: str
    settings: str = ""  # where it stands: "line:0 align:start"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong with a file, and where; ``code`` is of ERRORS or NOTES."""

    code: str
    line: int = 0  # counted from 1; 0: the whole file
    text: str = ""  # the words in question, cut
    more: int = 0  # as many like it follow


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file that was read: with an error there are no cues."""

    form: str = ""  # "webvtt", "subrip", "ttml", "" when it is none
    cues: tuple[Cue, ...] = ()
    errors: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


@dataclass
class Findings:
    """Collects: the first errors one by one, of each kind of note the first."""

    errors: list[Finding] = field(default_factory=list)
    _notes: dict[str, Finding] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return tuple(self._notes.values())

    @property
    def is_full(self) -> bool:
        """Whether nobody wants to read any more errors."""
        return len(self.errors) >= _MOST_ERRORS

    def refuse(self, code: str, line: int = 0, text: str = "") -> None:
        """Add a reason not to take the file."""
        if not self.is_full:
            self.errors.append(Finding(code=code, line=line, text=_quote(text)))

    def note(self, code: str, line: int = 0, text: str = "") -> None:
        """Add what was mended, or ought to be looked at."""
        known = self._notes.get(code)
        if known is None:
            self._notes[code] = Finding(code=code, line=line, text=_quote(text))
        else:
            self._notes[code] = replace(known, more=known.more + 1)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A cue and the line of its times."""

    cue: Cue
    line: int


def _quote(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"
