"""Whatever comes in, what goes out is WebVTT that reads as what was written."""

from __future__ import annotations

import re

from hypothesis import example, given, strategies as st

from lucarne_engine.captions import dialogue, markup, webvtt
from lucarne_engine.captions.model import LATEST_MS, Cue, Findings
from lucarne_engine.captions.read import read
from lucarne_engine.captions.times import parse_time, write_time

PIECES = st.sampled_from([
    "<i>", "</i>", "<b>", "</b>", "<c.yellow>", "</c>", "<v Ana>", "</v>", "<ruby>", "<rt>",
    "<lang fr>", "<br/>", "<div>", "<", ">", "&", "&lt;", "&#65;", "-->", "\n", "\n\n",
    " ", "\u00a0", "\u2028", "\x0c", "NOTE", "WEBVTT", "1", "<00:00:02.000>", "<font color=red>",
    "</font>", "{\\i1}", "{\\i0}", "{\\b1}", "{\\r}", "{\\p1}", "{\\p0}", "\\N", "\\h", "{", "\\", "été",
])  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=14).map("".join)
SETTINGS = st.sampled_from(["", "line:0", "line:85%,end align:start", "vertical:rl size:40%"])
# Clause 4.2: what a valid cue's text is made of.
VALID = re.compile(
    r"(?:[^<>&\n]|&(?:amp|lt|gt);|</?(?:i|b|u|ruby|rt)>|<c(?:\.[A-Za-z0-9_-]+)*>|"
    r"</(?:c|v|lang)>|<(?:v|lang)(?:\.[A-Za-z0-9_-]+)* [^<>\n]+>|<\d\d:\d\d:\d\d\.\d{3}>|\n(?!\n))+"
)  # fmt: skip


@st.composite
def cues(draw: st.DrawFn) -> list[Cue]:
    made = []
    for start in sorted(draw(st.lists(st.integers(0, LATEST_MS - 2), max_size=6))):
        end = draw(st.integers(start + 1, LATEST_MS - 1))
        text = markup.normalize(draw(TEXTS), Findings(), 1, span=(start, end))
        if markup.plain(text).strip() and len(text) <= 500:
            made.append(Cue(start_ms=start, end_ms=end, text=text, settings=draw(SETTINGS)))
    return made


@given(cues())
def test_what_was_written_is_read_again(written: list[Cue]) -> None:
    text = webvtt.write(written)
    findings = Findings()
    assert [one.cue for one in webvtt.parse(text, findings)] == written
    assert (findings.errors, findings.notes) == ([], ())
    for cue in written:
        assert VALID.fullmatch(cue.text), cue.text


@given(st.binary(max_size=400) | TEXTS.map(lambda text: f"WEBVTT\n\n00:01.000 --> 00:09.000\n{text}".encode()))
@example(b"\xff\xfe\x00\xd8")
@example(b"WEBVTT\n\n00:01.000 --> 00:02.000\n<c.&#x2e;\n>")
def test_no_file_breaks_the_reader(data: bytes) -> None:
    reading = read(data, duration_ms=60_000)
    assert bool(reading.cues) != bool(reading.errors)
    again = read(webvtt.write(reading.cues).encode(), duration_ms=60_000)
    assert again.cues == reading.cues


@given(TEXTS)
def test_text_that_was_brought_into_form_stays(text: str) -> None:
    once = markup.normalize(text, Findings(), 1)
    assert markup.normalize(once, Findings(), 1) == once
    said = dialogue.words(text)
    assert markup.normalize(said, Findings(), 1) == said


@given(st.integers(0, LATEST_MS - 1))
def test_times_survive(ms: int) -> None:
    assert parse_time(write_time(ms)) == ms
