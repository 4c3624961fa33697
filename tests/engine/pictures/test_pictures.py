"""Poster, thumbnails, storyboard and the sample film, from real decodes."""

from __future__ import annotations

import re
from pathlib import Path

import av
import pytest

from lucarne_engine.encode.sample import make_sample
from lucarne_engine.pictures import make_first_poster, make_pictures
from lucarne_engine.plan import make_plan
from lucarne_engine.plan.model import Policy
from lucarne_engine.probe import probe
from tests.engine.films import film


def size(path: Path) -> tuple[int, int]:
    with av.open(str(path)) as picture:
        return picture.streams.video[0].width, picture.streams.video[0].height


@pytest.mark.parametrize("name", ["h264_aac", "vp9_opus", "rotated", "hdr10", "alpha"])
def test_pictures_of_a_film(name: str, tmp_path: Path) -> None:
    source = film(name)
    report = probe(source)
    plan = make_plan(report, Policy())
    told: list[float] = []
    made = make_pictures(
        source,
        report,
        plan,
        out=tmp_path,
        on_progress=lambda p: told.append(p.fraction),
    )
    wide, high = size(tmp_path / "poster.jpg")
    rung = plan.rungs[-1]
    assert wide / high == pytest.approx(rung.width / rung.height, rel=0.02)
    assert size(tmp_path / "thumb-320.jpg")[0] <= 320
    assert re.fullmatch("#[0-9a-f]{6}", made.color)
    assert made.color != "#000000"
    assert told[-1] == 1.0
    assert told == sorted(told)
    vtt = (tmp_path / "storyboard.vtt").read_text()
    sheets = {int(n) for n in re.findall(r"storyboard/(\d+)\.jpg#xywh", vtt)}
    assert {p.name for p in (tmp_path / "storyboard").iterdir()} == {
        f"{n}.jpg" for n in sheets
    }
    for x, y, w, h in re.findall(r"xywh=(\d+),(\d+),(\d+),(\d+)", vtt):
        sheet = size(tmp_path / "storyboard" / "0.jpg")
        assert int(x) + int(w) <= sheet[0]
        assert int(y) + int(h) <= sheet[1]
    assert set(made.files) <= set(tmp_path.rglob("*"))


def test_the_first_poster(tmp_path: Path) -> None:
    source = film("h264_aac")
    report = probe(source)
    made = make_first_poster(source, report, make_plan(report, Policy()), out=tmp_path)
    assert {path.name for path in made.files} == {
        "poster.jpg", "thumb-640.jpg", "thumb-320.jpg"
    }  # fmt: skip


def test_the_sample_film_can_be_copied_at_once(tmp_path: Path) -> None:
    report = probe(make_sample(tmp_path / "sample.mp4", seconds=6))
    assert report.video is not None
    assert (report.video.width, report.video.height) == (1280, 720)
    assert float(report.duration) == pytest.approx(6, abs=0.1)
    assert make_plan(report, Policy()).keeps_original
