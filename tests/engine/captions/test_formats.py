"""Caption files as people have them: what is read, what is refused, and on which line."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from lucarne_engine.captions import webvtt
from lucarne_engine.captions.model import MOST_BYTES, MOST_CUES, Reading
from lucarne_engine.captions.read import read
from lucarne_engine.captions.reader import read_strangers

SRT = "1\n00:00:01,000 --> 00:00:03,000\n{}\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\n{}\n"


def tt(body: str, head: str = "", root: str = "") -> str:
    return (
        '<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml"'
        ' xmlns:tts="http://www.w3.org/ns/ttml#styling"'
        f' xmlns:ttp="http://www.w3.org/ns/ttml#parameter"{root}>'
        f"<head>{head}</head><body><div>{body}</div></body></tt>"
    )


def told(reading: Reading) -> list[str]:
    """Write each cue on one line."""
    return [
        f"{cue.start_ms}-{cue.end_ms} {cue.text!r} {cue.settings}".rstrip()
        for cue in reading.cues
    ]


def codes(reading: Reading) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in (*reading.errors, *reading.notes)]


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        pytest.param(SRT.format("<i>Hello</i>\nyou"), ["1000-3000 '<i>Hello</i>\\nyou'"], id="plain"),
        pytest.param(
            "1\n00:00:01,5 --> 00:00:03.25 X1:1 X2:2\na\n\nb\n2\n0:00:04,000 --> 0:00:05,000\nc\n",
            ["1500-3250 'a\\nb'", "4000-5000 'c'"], id="empty line inside, none between",
        ),
        pytest.param(SRT.format("List<String> & <b>x"), ["1000-3000 'List&lt;String&gt; &amp; <b>x</b>'"], id="no tags"),
        pytest.param(SRT.format("a<br>b &amp; <font color='#FFFF00'>c</font>"), ["1000-3000 'a\\nb &amp; <c.yellow>c</c>'"], id="font"),
        pytest.param(SRT.format("{\\an8}top"), ["1000-3000 'top' line:0"], id="at the top"),
        pytest.param(VTT.format("<v Fred &amp; Co>Hi <lang fr>là</lang>"), ["1000-3000 '<v Fred &amp; Co>Hi <lang fr>là</lang></v>'"], id="voice"),
        pytest.param(
            "WEBVTT - a title\nKind: x\n\nNOTE no\n\nSTYLE\n::cue{}\n\nname\n"
            "00:01.000 --> 00:03.000 align:middle line:10%,end position:5%\na<00:02.000>b<00:01.000>c\n",
            ["1000-3000 'a<00:00:02.000>bc' line:10%,end position:5% align:center"], id="webvtt with everything",
        ),
        pytest.param(VTT.format("a").replace("WEBVTT\n\n", ""), ["1000-3000 'a'"], id="webvtt without its head"),
        pytest.param(
            tt(
                '<p begin="00:00:01.5" end="00:00:03:10" region="r" style="s">a<br/>\n b &amp; <span tts:color="#00ffff">c</span></p>'
                '<p begin="10s"><span begin="1s" end="2s">one</span><span begin="3s" dur="500ms">two</span></p>',
                '<styling><style xml:id="s" tts:fontStyle="italic" tts:color="yellow"/></styling>'
                '<layout><region xml:id="r" tts:displayAlign="before"/></layout>',
                ' ttp:frameRate="25"',
            ),
            [
                "1500-3400 '<i><c.yellow>a\\nb &amp; <c.cyan>c</c></c></i>' line:0",
                "11000-12000 'one'", "13000-13500 'two'",
            ], id="ttml",
        ),
        pytest.param(
            tt('<p begin="20t" end="30t">a</p>', root=' ttp:tickRate="10"'), ["2000-3000 'a'"], id="ttml in ticks",
        ),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(text: str, cues: list[str]) -> None:
    reading = read(text.encode())
    assert told(reading) == cues
    assert reading.errors == ()
    again = read(webvtt.write(reading.cues).encode())
    assert (again.cues, again.errors, again.notes) == (reading.cues, (), ())


@pytest.mark.parametrize(
    ("coding", "is_guessed"),
    [
        ("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("utf-32", False),
        ("utf-16-le", True), ("utf-16-be", True), ("latin-1", True), ("cp1252", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_is_read(coding: str, end: str, *, is_guessed: bool) -> None:
    reading = read(SRT.format("Là-bas, l'été à Noël").replace("\n", end).encode(coding))
    assert told(reading) == ["1000-3000 \"Là-bas, l'été à Noël\""]
    assert ("encoding_guessed" in {one.code for one in reading.notes}) == is_guessed


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.vtt", data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [("empty", 0)]),
        (b"\xef\xbb\xbf \r\n", [("empty", 0)]),
        (b"WEBVTT\n" + b" " * MOST_BYTES, [("too_large", 0)]),
        (zipped(b"WEBVTT\n" + bytes(1 << 24)), [("archive", 0)]),
        (gzip.compress(b"WEBVTT\n", mtime=0), [("archive", 0)]),
        (bytes(range(256)) * 9, [("not_text", 0)]),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", [("not_text", 0)]),
        (b"Dear Sir or Madam", [("unknown_format", 0)]),
        (b"[Script Info]\nDialogue: 0", [("unknown_format", 0)]),
        (b"WEBVTT\n", [("no_cues", 0)]),
        (b"<html><body></body></html>", [("unknown_format", 1)]),
        (b"<tt><body><p begin='1s' end='2s'>a</body></tt>", [("bad_xml", 1)]),
        (b"<!DOCTYPE a [<!ENTITY a 'b'>]>\n<tt>&a;</tt>", [("has_doctype", 1)]),
        (b"<tt>" + b"<div>" * 500, [("bad_xml", 1)]),
        (tt("\n<p begin='1s'>a</p>").encode(), [("bad_time", 3)]),
        (tt("<p begin='noon' end='2s'>a</p>").encode(), [("bad_time", 2)]),
        (tt("<p>a</p>").encode(), [("no_cues", 0), ("stray_text", 2)]),
        (b"1\n00:00:0x,000 --> 00:00:09,000\na\n\n2\n00:61:00,000 --> 00:62:00,000\nb",
         [("bad_time", 2), ("bad_time", 6)]),
        (b"1\n100:00:00,000 --> 100:00:01,000\na", [("bad_time", 2)]),
        (b"WEBVTT\n\n00:05.000 --> 00:03.000\na", [("backwards", 3)]),
        (b"WEBVTT\n\n00:05.000 --> 00:05.000\na", [("backwards", 3)]),
        (SRT.format("x" * 3000).encode(), [("long_cue", 2)]),
        (b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\na\n\n" * (MOST_CUES + 9),
         [("too_many_cues", 3 * MOST_CUES + 3)]),
        (b"WEBVTT\n\n01:00:05.000 --> 01:00:06.000\na", [("all_beyond", 3), ("beyond_end", 3)]),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_the_line(
    data: bytes, expected: list[tuple[str, int]]
) -> None:
    reading = read(data, duration_ms=60_000)
    assert codes(reading) == expected
    assert reading.cues == ()


@pytest.mark.parametrize(
    "data",
    [
        SRT.format("<i>é</i>").encode("latin-1"),
        b"<!DOCTYPE a [<!ENTITY a 'b'>]>\n<tt>&a;</tt>",
        b"WEBVTT\n" + b" " * MOST_BYTES,
    ],
)
def test_the_sandboxed_reader_gives_the_same(data: bytes) -> None:
    assert read_strangers(data, duration_ms=9_000) == read(data, duration_ms=9_000)


def test_what_can_be_mended_is_mended_and_told() -> None:
    text = (
        "WEBVTT\n\nhello\n\nREGION\nid:a\n\n"  # lines 3 and 5
        "00:10.000 --> 00:12.000 region:a size:300%\nlate\n\n"  # 8
        "00:01.000 --> 00:04.000\n<script>alert(1)</script><div>early\n\n"  # 11
        "00:03.000 --> 00:05.000\nboth\n\n00:07.000 --> 00:08.000\n<i> </i>\n\n"  # 14, 17
        "00:58.000 --> 01:05.000\ncut\n\n01:00.000 --> 01:01.000\nbeyond\n"  # 20, 23
    )
    reading = read(text.encode(), duration_ms=60_000)
    assert told(reading) == [
        "1000-4000 'alert(1)early'", "3000-5000 'both'", "10000-12000 'late'",
        "58000-60000 'cut'",
    ]  # fmt: skip
    assert sorted(codes(reading), key=lambda one: one[1]) == [
        ("stray_text", 3), ("style_dropped", 5), ("bad_setting", 8),
        ("out_of_order", 11), ("tag_dropped", 12), ("overlap", 14), ("empty_cue", 17),
        ("beyond_end", 23),
    ]  # fmt: skip
    more = {one.code: one.more for one in reading.notes}
    assert more["tag_dropped"] == 2
    assert more["style_dropped"] == 1
