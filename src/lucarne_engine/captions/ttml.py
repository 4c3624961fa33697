"""TTML and its profiles (W3C TTML1/2, IMSC 1.1 text, EBU-TT-D) as cues.

Kept: times, line breaks, italics, bold, underline, the eight colors that captions for
the deaf use, and whether words stand at the top. No DTD is read, so no entity grows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final
from xml.parsers import expat

from lucarne_engine.captions import markup
from lucarne_engine.captions.model import LATEST_MS, Cue, Findings, Found
from lucarne_engine.captions.webvtt import append

_DEEPEST: Final = 64
_CLOCK: Final = re.compile(
    r"([0-9]{2,3}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9})|:([0-9]{1,3})(?:\.[0-9]+)?)?"
)
_OFFSET: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(h|ms|m|s|f|t)")
_IN_S: Final = {
    "h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)
}  # fmt: skip
_LOOKS: Final = ("fontStyle", "fontWeight", "textDecoration", "color")
_TOP_SHARE: Final = 40  # percent: a region that begins above it stands at the top


def is_ttml(text: str) -> bool:
    """Say whether a text begins like XML."""
    return text.lstrip().startswith("<")


def parse(text: str, findings: Findings) -> list[Found]:
    """Read cues in the order of the file; what cannot be taken is found."""
    reader = _Reader(findings)
    parser = expat.ParserCreate("utf-8", "}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.words
    reader.parser = parser
    try:
        # Whatever it says of its encoding: it is text already.
        parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003 - C, no names
    except expat.ExpatError as error:
        findings.refuse("bad_xml", error.lineno, expat.ErrorString(error.code))
    except _Stop:
        pass
    return reader.found


class _Stop(Exception):
    """The rest need not be read."""


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Where an element lies in time: ``end`` None as long as nothing ends it."""

    start: Fraction = Fraction(0)
    end: Fraction | None = None


@dataclass
class _Element:
    name: str
    span: _Span
    looks: dict[str, str]
    is_top: bool
    is_timed: bool
    line: int
    written: int = 0  # tags that its end closes


@dataclass
class _Reader:
    """Handlers of expat, and what they know."""

    findings: Findings
    found: list[Found] = field(default_factory=list)
    stack: list[_Element] = field(default_factory=list)
    styles: dict[str, dict[str, str]] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    frame_rate: Fraction = Fraction(30)
    tick_rate: Fraction = Fraction(1)
    text: list[str] = field(default_factory=list)
    text_span: _Span | None = None  # of the span inside a paragraph that is timed
    parser: expat.XMLParserType | None = None
    closers: list[str] = field(default_factory=list)
    region_id: str = ""

    def line_of(self) -> int:
        """Give the line that is read."""
        return self.parser.CurrentLineNumber if self.parser else 0

    # -- expat's handlers

    def doctype(self, *_: object) -> None:
        """Refuse a DTD before anything in it is looked at."""
        self.findings.refuse("has_doctype", self.line_of())
        raise _Stop

    def start(self, full: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        name = full.rpartition("}")[2]
        told = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if not self.stack:
            self._root(name, told)
        if len(self.stack) >= _DEEPEST:
            self.findings.refuse("bad_xml", self.line_of(), f"<{name}>")
            raise _Stop
        if name in {"style", "region"}:
            self._remember(name, told)
        outer = self.stack[-1] if self.stack else None
        element = self._element(name, told, outer)
        self.stack.append(element)
        if name == "br":
            self.text.append("\n")
        elif name == "p":
            self.text, self.text_span = [], None
        elif name == "span" and element.is_timed:
            self._flush(self._paragraph())
            self.text_span = element.span
        if name in {"p", "span"}:
            element.written = self._open_looks(element, outer)

    def end(self, full: str) -> None:
        """End an element."""
        element = self.stack.pop()
        name = full.rpartition("}")[2]
        if name not in {"p", "span"}:
            return
        for _ in range(element.written):
            self.text.append(self.closers.pop())
        if name == "p":
            self._flush(element)
        elif element.is_timed:
            self._flush(self._paragraph() or element)
            self.text_span = None

    def words(self, data: str) -> None:
        """Take text: line ends in it are white space."""
        if any(one.name == "p" for one in self.stack):
            self.text.append(markup.escape(re.sub(r"\s+", " ", data)))

    # -- what they need

    def _root(self, name: str, told: Mapping[str, str]) -> None:
        if name != "tt":
            self.findings.refuse("unknown_format", self.line_of(), f"<{name}>")
            raise _Stop
        rate = _number(told.get("frameRate"), Fraction(30))
        factors = told.get("frameRateMultiplier", "1 1").split()
        if len(factors) == 2:
            rate *= _number(factors[0], Fraction(1)) / _number(factors[1], Fraction(1))
        self.frame_rate = rate
        has_frames = "frameRate" in told
        self.tick_rate = _number(
            told.get("tickRate"), rate if has_frames else Fraction(1)
        )

    def _remember(self, name: str, told: Mapping[str, str]) -> None:
        """Keep a style, or that a region is at the top, under its id."""
        known = told.get("id", "")
        if name == "style" and known:
            self.styles[known] = self._looks(told)
        if name == "region" and known and _is_top(told):
            self.tops.add(known)
        # A region's place may be told by a style inside it.
        inside = self.stack[-1] if self.stack else None
        is_inside = inside is not None and inside.name == "region"
        if name == "style" and is_inside and _is_top(told):
            self.tops.add(self.region_id)

    def _looks(self, told: Mapping[str, str]) -> dict[str, str]:
        looks: dict[str, str] = {}
        for known in told.get("style", "").split():
            looks |= self.styles.get(known, {})
        return looks | {name: told[name] for name in _LOOKS if name in told}

    def _element(
        self, name: str, told: Mapping[str, str], outer: _Element | None
    ) -> _Element:
        if name == "region":
            self.region_id = told.get("id", "")
        is_timed = name in {"body", "div", "p", "span"} and any(
            key in told for key in ("begin", "end", "dur")
        )
        base = outer.span if outer else _Span()
        region = told.get("region")
        is_top = region in self.tops if region else bool(outer and outer.is_top)
        return _Element(
            name=name,
            span=self._span(told, base) if is_timed else base,
            looks=(outer.looks if outer else {}) | self._looks(told),
            is_top=is_top,
            is_timed=is_timed,
            line=self.line_of(),
        )

    def _span(self, told: Mapping[str, str], base: _Span) -> _Span:
        """Times count from where the parent begins (TTML2 clause 12.3)."""
        begin = self._time(told.get("begin", "0s"))
        start = base.start + begin
        ends = [base.end] if base.end is not None else []
        if "end" in told:
            ends.append(base.start + self._time(told["end"]))
        if "dur" in told:
            ends.append(start + self._time(told["dur"]))
        return _Span(start=start, end=min(ends, default=None))

    def _time(self, text: str) -> Fraction:
        text = text.strip()
        if clock := _CLOCK.fullmatch(text):
            hours, minutes, seconds, fraction, frames = clock.groups()
            value = Fraction(int(hours) * 3600 + int(minutes) * 60 + int(seconds))
            value += Fraction(f"0.{fraction}") if fraction else 0
            value += Fraction(int(frames)) / self.frame_rate if frames else 0
            return value
        if offset := _OFFSET.fullmatch(text):
            number, unit = Fraction(offset[1]), offset[2]
            if unit == "f":
                return number / self.frame_rate
            return number / self.tick_rate if unit == "t" else number * _IN_S[unit]
        self.findings.refuse("bad_time", self.line_of(), text)
        if self.findings.is_full:
            raise _Stop
        return Fraction(0)

    def _paragraph(self) -> _Element | None:
        return next((one for one in reversed(self.stack) if one.name == "p"), None)

    def _open_looks(self, element: _Element, outer: _Element | None) -> int:
        """Write tags for the looks that the element adds; return how many."""
        before = outer.looks if outer and element.name == "span" else {}
        tags = []
        for tag, (name, value) in _TAGS.items():
            if element.looks.get(name) == value and before.get(name) != value:
                tags.append((f"<{tag}>", f"</{tag}>"))
        color = markup.color_of(element.looks.get("color", ""))
        if color not in {"", "white", markup.color_of(before.get("color", ""))}:
            tags.append((f"<c.{color}>", "</c>"))
        for opener, closer in tags:
            self.text.append(opener)
            self.closers.append(closer)
        return len(tags)

    def _flush(self, element: _Element | None) -> None:
        """Make a cue of the text so far."""
        text, self.text = "".join(self.text), []
        if element is None:
            return
        span = self.text_span or element.span
        text = markup.normalize(text, Findings(), element.line)
        if not markup.plain(text).strip():
            return
        if not element.is_timed and span == _Span() and span.end is None:
            self.findings.note("stray_text", element.line, markup.plain(text))
            return
        self._add(text, span, element)

    def _add(self, text: str, span: _Span, element: _Element) -> None:
        start_ms = round(span.start * 1000)
        if span.end is None or start_ms >= LATEST_MS or span.end * 1000 > LATEST_MS:
            self.findings.refuse("bad_time", element.line)
            return
        end_ms = round(span.end * 1000)
        if end_ms <= start_ms:
            self.findings.refuse("backwards", element.line, markup.plain(text))
            return
        settings = "line:0" if element.is_top else ""
        cue = Cue(start_ms=start_ms, end_ms=end_ms, text=text, settings=settings)
        append(cue, element.line, self.found, self.findings)


_TAGS: Final = {
    "i": ("fontStyle", "italic"),
    "b": ("fontWeight", "bold"),
    "u": ("textDecoration", "underline"),
}


def _is_top(told: Mapping[str, str]) -> bool:
    if told.get("displayAlign") == "before":
        return True
    match = re.match(r"[0-9.]+% ([0-9]{1,3})(?:\.[0-9]*)?%", told.get("origin", ""))
    return match is not None and int(match[1]) < _TOP_SHARE and (
        told.get("displayAlign") != "after"
    )


def _number(text: str | None, otherwise: Fraction) -> Fraction:
    is_number = text is not None and re.fullmatch(r"[0-9]{1,9}", text) and int(text)
    return Fraction(text) if is_number and text else otherwise
