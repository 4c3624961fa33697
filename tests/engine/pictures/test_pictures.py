"""Poster, thumbnails and storyboard of real films."""

import re
from dataclasses import replace
from itertools import pairwise

import av
import pytest

from lucarne_engine.encode.sample import escaped, make_sample
from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.pictures import make_first_poster, make_pictures
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.reader import probe
from tests.engine.encode.chunks import made
from tests.engine.films import film


def take(path, out, make=make_pictures):
    report = probe(path)
    plan = make_plan(report, Policy())
    more = {"on_progress": lambda _: None} if make is make_pictures else {}
    return plan, make(path, report, plan, out=out, **more)


def opened(path):
    with av.open(str(path)) as container:
        return next(container.decode(video=0))


def cues(path):
    text = path.read_text()
    assert text.startswith("WEBVTT\n\n")
    pattern = r"(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n"
    return [
        (begin, end, sheet, *map(int, place))
        for begin, end, sheet, *place in re.findall(pattern, text)
    ]


def brightness(frame):
    data = bytes(frame.reformat(width=16, height=16, format="gray").planes[0])
    return sum(data) / len(data)


def test_all_files_are_there_and_nothing_else(tmp_path):
    _, pictures = take(film("h264_aac_30s"), tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in pictures.all_files}

    assert names == {
        "poster.jpg",
        "thumb-320.jpg",
        "thumb-640.jpg",
        "storyboard.vtt",
        "storyboard/0.jpg",
        "storyboard/1.jpg",
    }
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(
        pictures.all_files
    )
    assert re.fullmatch(r"#[0-9a-f]{6}", pictures.poster.color)


def test_every_cue_lies_on_its_sheet_and_the_times_cover_the_film(tmp_path):
    plan, _ = take(film("h264_aac_30s"), tmp_path)
    found = cues(tmp_path / "storyboard.vtt")

    assert len(found) == 30
    assert found[0][0] == "00:00:00.000"
    assert found[-1][1] == "00:00:30.000"
    assert all(a[1] == b[0] for a, b in pairwise(found))
    for _, _, sheet, left, top, width, height in found:
        frame = opened(tmp_path / sheet)
        assert (width, height) == (plan.pictures.tile_width, plan.pictures.tile_height)
        assert left + width <= frame.width
        assert top + height <= frame.height


@pytest.mark.parametrize("make", [make_pictures, make_first_poster])
@pytest.mark.parametrize(
    ("name", "poster", "thumb"),
    [
        ("h264_aac", (640, 360), (320, 180)),
        ("rotated", (360, 640), (320, 568)),
        ("sar", (342, 288), (320, 270)),
        ("tiny", (2, 2), (2, 2)),
        ("hdr10", (320, 180), (320, 180)),
        ("alpha", (160, 120), (160, 120)),
        ("interlaced", (376, 288), (320, 246)),
    ],
)
def test_sizes(tmp_path, make, name, poster, thumb):
    _, pictures = take(film(name), tmp_path, make)
    frames = [opened(tmp_path / name) for name in ("poster.jpg", "thumb-320.jpg")]

    assert [(frame.width, frame.height) for frame in frames] == [poster, thumb]
    assert all(path.exists() for path in pictures.all_files)


@pytest.mark.parametrize("make", [make_pictures, make_first_poster])
def test_a_film_that_begins_black_has_no_black_poster(tmp_path, make):
    line = "-f lavfi -i testsrc2=s=320x180:r=25:d=10,fade=in:st=4:d=1"
    path = made(tmp_path / "black.mp4", f"{line} -c:v libx264 -g 25 -pix_fmt yuv420p")
    take(path, tmp_path / "out", make)
    assert brightness(opened(tmp_path / "out/poster.jpg")) > 60


def test_tiles_show_their_own_time(tmp_path):
    """White for five seconds, then black: the tiles say so."""
    line = "-f lavfi -i color=black:s=320x180:r=25:d=10,fade=in:st=5:d=0.04:color=white"
    path = made(tmp_path / "w.mp4", f"{line} -c:v libx264 -g 100 -pix_fmt yuv420p")
    take(path, tmp_path / "out")
    sheet = opened(tmp_path / "out/storyboard/0.jpg")
    luma, stride = bytes(sheet.planes[0]), sheet.planes[0].line_size
    shades = [
        luma[(top + 45) * stride + left + 80] > 128
        for _, _, _, left, top, _, _ in cues(tmp_path / "out/storyboard.vtt")
    ]
    assert shades == [True] * 5 + [False] * 5


def test_a_long_film_has_a_hundred_tiles(tmp_path):
    line = "-f lavfi -i color=gray:s=64x36:r=10:d=600 -c:v libx264 -preset ultrafast"
    path = made(tmp_path / "long.mp4", f"{line} -g 50 -pix_fmt yuv420p")
    plan, _ = take(path, tmp_path / "out")
    assert len(cues(tmp_path / "out/storyboard.vtt")) == 100
    assert plan.pictures.storyboard_every == 6


def test_progress_counts_tiles(tmp_path):
    path = film("video_only")
    report = probe(path)
    told = []
    plan = make_plan(report, Policy())
    make_pictures(path, report, plan, out=tmp_path, on_progress=told.append)
    assert told[-1].fraction == 1


def test_sound_alone_has_no_pictures(tmp_path):
    with pytest.raises(SourceError) as caught:
        take(film("audio_only"), tmp_path, make_first_poster)
    assert caught.value.code == "no_video"


def test_a_film_that_is_gone_is_an_error(tmp_path):
    report = probe(film("video_only"))
    plan = make_plan(report, Policy())
    with pytest.raises(EncoderError):
        make_first_poster(tmp_path / "gone.mp4", report, plan, out=tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_sample_film_can_be_shown_without_encoding(tmp_path, language):
    folder = tmp_path / "l'été, [1];\\ x:y"
    folder.mkdir()
    path = make_sample(folder / "sample.mp4", seconds=2, language=language)
    report = probe(path)
    plan = make_plan(report, Policy())

    assert (report.video.width, report.video.height) == (1280, 720)
    assert plan.keeps_original
    assert plan.audio[0].is_copy
    assert plan.frame_count == 50
    assert list(folder.iterdir()) == [path]


def test_special_characters_survive_both_levels():
    assert escaped("a'b:c,d") == "a\\\\\\'b\\\\:c\\,d"


def test_a_damaged_key_frame_list_still_gives_a_poster(tmp_path):
    path = film("video_only")
    report = probe(path)
    report = replace(report, video=replace(report.video, keyframes=()))
    plan = make_plan(report, Policy())
    made_of_it = make_first_poster(path, report, plan, out=tmp_path)
    assert made_of_it.all_files[0].exists()
