"""The text of a cue, brought into the form that WebVTT allows.

WebVTT (W3C), clause 6.4: seven tags and times; everything else is text and escaped.
What looks like a tag but is not one of HTML (``List<String>``) was meant as text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Final

from lucarne_engine.captions.model import Findings
from lucarne_engine.captions.times import parse_time, write_time

COLORS: Final = frozenset(
    {"white", "lime", "cyan", "red", "yellow", "magenta", "blue", "black"}
)
_HEX: Final = {
    "ffffff": "white", "00ff00": "lime", "00ffff": "cyan", "ff0000": "red",
    "ffff00": "yellow", "ff00ff": "magenta", "0000ff": "blue", "000000": "black",
}  # fmt: skip
_NAMES: Final = {"green": "lime", "fuchsia": "magenta", "aqua": "cyan"}

_TOKEN: Final = re.compile(r"<([^<>]*)>|&(?:#?\w{1,32});|[^<&]+|[<&]")
_ANY_TAG: Final = re.compile(r"<[^>]*>")
_TAG: Final = re.compile(
    r"(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<classes>(?:\.[^\s.]*)*)"
    r"(?:\s+(?P<rest>[^/]*))?\s*/?",
    re.DOTALL,
)
_PLAIN: Final = frozenset({"i", "b", "u", "c", "ruby", "rt"})
_TOLD: Final = frozenset({"v", "lang"})  # with an annotation
_CLASS: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_FONT: Final = re.compile(r"color\s*=\s*[\"']?\s*(#?\w+)", re.IGNORECASE | re.ASCII)
# Elements that people and programs really write into captions.
_HTML_NAMES: Final = """
    a abbr acronym applet area article aside audio base big blink body button canvas
    center code dd del details dfn dialog div dl dt em embed fieldset figure font footer
    form frame h1 h2 h3 h4 h5 h6 head header hr html iframe img input ins kbd label
    legend li link main map mark marquee math meta nav noscript object ol option p param
    picture pre q s samp script section select small source span strike strong style sub
    summary sup svg table tbody td template textarea tfoot th thead title tr track tt ul
    var video wbr
"""
_HTML: Final = frozenset(_HTML_NAMES.split())
_SAME: Final = {"em": "i", "strong": "b", "ins": "u"}
_MOST_NESTED: Final = 16


def escape(text: str) -> str:
    """Escape plain text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def color_of(value: str) -> str:
    """Return the WebVTT class of a color (``#ffff00``, ``Yellow``), "" if none."""
    name = value.strip().lower()
    if name.startswith("#"):
        return _HEX.get(name[1:7], "") if len(name) in {7, 9} else ""
    return name if name in COLORS else _NAMES.get(name, "")


def tidy(text: str) -> str:
    """Drop empty lines and the white space at the ends of lines.

    A line of tags alone would be shown as an empty one: they go to its neighbor.
    """
    lines: list[str] = []
    carried = ""
    for line in text.split("\n"):
        if plain(line).strip():
            lines.append(carried + line.strip())
            carried = ""
        elif lines:
            lines[-1] += "".join(_ANY_TAG.findall(line))
        else:
            carried += "".join(_ANY_TAG.findall(line))
    return "\n".join(lines)


def plain(text: str) -> str:
    """Return what a reader sees of canonical text."""
    return html.unescape(_ANY_TAG.sub("", text))


def normalize(
    text: str, findings: Findings, line: int, *, span: tuple[int, int] | None = None
) -> str:
    """Bring text of WebVTT or SubRip into canonical form; twice changes nothing.

    ``span``: start and end of the cue, for times inside the text (WebVTT only).
    """
    writer = _Writer(findings=findings, line=line, span=span)
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match[1] is not None:
            writer.tag(token, match[1].strip())
        elif token.startswith("&") and token.endswith(";"):
            writer.text(html.unescape(token))
        else:
            writer.text(token)
    return tidy(writer.finish())


@dataclass
class _Writer:
    findings: Findings
    line: int
    span: tuple[int, int] | None
    out: list[str] = field(default_factory=list)
    stack: list[tuple[str, str]] = field(default_factory=list)  # asked for, written
    at: int = -1

    def text(self, words: str) -> None:
        """Add plain text."""
        words = "".join(c if c == "\n" else max(c, " ") for c in words)
        self.out.append(escape(words))

    def tag(self, token: str, inside: str) -> None:
        """Add a tag, or what was meant by it."""
        if self._time(inside):
            return
        match = _TAG.fullmatch(inside)
        name = match["name"].lower() if match else ""
        name = _SAME.get(name, name)
        if name == "br":
            self.out.append("\n")
        elif name == "font" and match is not None:
            self._font(is_end=bool(match["end"]), rest=match["rest"] or "")
        elif match is not None and name in _PLAIN | _TOLD:
            if match["end"]:
                self._close(name)
            else:
                self._open(name, match["classes"], match["rest"] or "")
        elif name in _HTML:
            self.findings.note("tag_dropped", self.line, f"<{name}>")
        else:
            self.text(token)

    def _time(self, inside: str) -> bool:
        """Take a time inside the text: words from here on are sung or said then."""
        at = parse_time(inside)
        if at is None:
            return False
        if self.span and max(self.span[0], self.at) < at < self.span[1]:
            self.out.append(f"<{write_time(at)}>")
            self.at = at
        return True

    def _font(self, *, is_end: bool, rest: str) -> None:
        if is_end:
            self._close("font")
            return
        found = _FONT.search(rest)
        color = color_of(found[1]) if found else ""
        self._push("font", "c" if color else "", f".{color}" if color else "", "")

    def _open(self, name: str, classes: str, rest: str) -> None:
        kept = "".join(f".{one}" for one in _CLASS.findall(classes))
        told = " ".join(rest.split())
        if name == "rt" and not any(one == "ruby" for one, _ in self.stack):
            return
        if name == "lang" and not _LANGUAGE.fullmatch(told):
            return
        if name in _TOLD and not told:
            return
        told = html.unescape(told) if name in _TOLD else ""
        told = "".join(c if c.isprintable() else " " for c in told)
        self._push(name, name, kept, " ".join(told.split()))

    def _push(self, asked: str, name: str, classes: str, told: str) -> None:
        if len(self.stack) >= _MOST_NESTED:
            return
        self.stack.append((asked, name))
        if name:
            space = f" {escape(told)}" if told else ""
            self.out.append(f"<{name}{classes}{space}>")

    def _close(self, asked: str) -> None:
        if not any(one == asked for one, _ in self.stack):
            return
        while self.stack:
            one, name = self.stack.pop()
            if name:
                self.out.append(f"</{name}>")
            if one == asked:
                return

    def finish(self) -> str:
        """Close what is open."""
        while self.stack:
            _, name = self.stack.pop()
            if name:
                self.out.append(f"</{name}>")
        return "".join(self.out)
