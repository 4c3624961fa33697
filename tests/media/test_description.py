"""What is in a film and what is made of it, in words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.utils import translation

from lucarne.media import description
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.probe.report import (
    Chapter,
    Color,
    ContentLight,
    Cover,
    MasteringDisplay,
    Problem,
    SourceReport,
    TextTrack,
)
from tests.engine.plan.reports import audio, report, video

PQ = Color(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc")
SCREEN = MasteringDisplay(
    red=(34000, 16000), green=(13250, 34500), blue=(7500, 3000), white=(15635, 16450),
    min_luminance=50, max_luminance=10_000_000,
)  # fmt: skip
SIGNS = TextTrack(
    index=2, codec="ass", kind="text", language="deu", title="a\nb",
    is_default=False, is_forced=True, is_hearing_impaired=True,
)  # fmt: skip


def part(start: int, title: str = "") -> Chapter:
    return Chapter(start=Fraction(start), end=Fraction(start + 1), title=title)


def words(lines: object, label: str) -> list[str]:
    return [text for one, text in lines if one == label]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("film", "label", "text"),
    [
        (report(), "Container", "MP4 / QuickTime, 20 MB"),
        (report(format="new\x1b[1m"), "Container", "new [1m, 20 MB"),
        (report(), "Length", "0:30.0"),
        (report(declared_duration=Fraction(1132)), "Length",
         "0:30.0 (the file claims 18:52.0)"),
        (report(duration=Fraction(3661)), "Length", "1:01:01.0"),
        (report(), "Picture",
         "H.264 High, 1920x1080, 25 pictures a second, constant, BT.709, 5000 kb/s"),
        (report(video=video(rotation=90, is_mirrored=True)), "Picture",
         "1080x1920, stored as 1920x1080, turned by 90°, mirrored"),
        (report(video=video(is_interlaced=True)), "Picture", "constant, interlaced"),
        (report(video=video(color=PQ, bit_depth=10)), "Picture",
         "BT.2020, HDR (PQ), 10 bits"),
        (report(video=video(is_constant_rate=False, has_alpha=True)), "Picture",
         "variable, BT.709, with transparency"),
        (report(video=None), "Picture", "no picture"),
        (report(audio=()), "Sound", "no sound"),
        (report(), "Sound", "AAC LC, stereo, 48 kHz, 128 kb/s, French"),
        (report(audio=(audio(language="qaa", title="a\nb"),)), "Sound", "qaa, “a b”"),
        (report(video=video(color=PQ, bit_depth=10, mastering=SCREEN,
                            light=ContentLight(max_cll=900, max_fall=80))), "Picture",
         "HDR (PQ), pixels up to 900 cd/m², pictures up to 80 cd/m², graded on"),
        (report(video=video(mastering=SCREEN, color=PQ)), "Picture",
         "HDR (PQ), graded on a screen of 1000 cd/m², 5000 kb/s"),
        (report(texts=(SIGNS,)), "Subtitles",
         "“a b”, only what is not understood anyway, for the hard of hearing"),
        (report(texts=(SIGNS,)), "Subtitles", "ASS, text, German, “a b”, "),
        (report(chapters=(part(3, "a\x1b"),)), "Chapter", "0:03.0 – 0:04.0 “a”"),
        (report(covers=(Cover(index=1, codec="png", width=3, height=4),)), "Cover",
         "PNG 3x4"),
        (report(covers=(Cover(index=1, codec="mjpeg", width=0, height=0),)), "Cover",
         "MJPEG"),
        (report(problems=(Problem(code="truncated"),)), "Problem",
         "The file is cut short"),
    ],
)  # fmt: skip
def test_what_is_in_a_film(film: SourceReport, label: str, text: str) -> None:
    with translation.override("en"):
        (said,) = words(description.film(film), label)
    assert text in said


def test_many_chapters_are_not_all_said() -> None:
    with translation.override("en"):
        lines = description.film(report(chapters=tuple(map(part, range(25)))))
        said = words(lines, "Chapter")
    assert (len(said), said[-1]) == (21, "and 5 more")


def test_the_plan_of_an_odd_film() -> None:
    odd = video(color=PQ, is_interlaced=True, rotation=180, is_mirrored=True)
    plan = make_plan(report(video=odd), Policy())
    with translation.override("fr"):
        lines = list(description.plan(plan))
        titles, *rows = description.rungs(plan)
    (treatment,) = words(lines, "Traitement")
    assert treatment == (
        "désentrelacée, tournée de 180°, en miroir, couleurs ramenées du HDR au BT.709"
    )
    assert words(lines, "Montré entre-temps") == ["rien"]
    assert titles.quality == "CRF"
    assert [row.name for row in rows] == [rung.name for rung in plan.rungs]


def test_the_plan_of_a_sound() -> None:
    plan = make_plan(report(video=None, audio=(audio(codec="flac"),)), Policy())
    with translation.override("en"):
        lines = list(description.plan(plan))
    assert words(lines, "Length") == ["0:30.0"]
    assert words(lines, "Sound") == ["aac-0, encoded anew, stereo, 128 kb/s, French"]
    assert words(lines, "Sound later") == [
        "sound-0, encoded anew, brought to -16 LUFS, stereo, 128 kb/s, French"
    ]
    labels = ["Length", "Segments", "Sound", "Sound later"]
    assert [label for label, _ in lines] == labels


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_549_000, "1.5 MB"),
     (2_000_000_000, "2 GB"), (10**16, "10000 TB")],
)  # fmt: skip
def test_sizes(count: int, text: str) -> None:
    with translation.override("en"):
        assert description.size(count) == text
