from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from lucarne_engine.package.boxes import children
from lucarne_engine.package.index import FilmIndex
from lucarne_engine.package.progressive import ProgressiveFile, layout
from tests.engine.package.small_films import make_film, make_plan

PLAN = make_plan()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[FilmIndex, Path]:
    folder = tmp_path_factory.mktemp("film")
    return make_film(PLAN, folder)[0], folder


def _layout(
    made: tuple[FilmIndex, Path], video: str | None, audio: str | None
) -> tuple[ProgressiveFile, bytes]:
    film, folder = made
    file = layout(
        film,
        video,
        audio,
        lambda name: (folder / PLAN.id / name / "init.mp4").read_bytes(),
    )
    parts = [folder / part.base / f"{part.number}.m4s" for part in file.parts]
    return file, file.head + b"".join(part.read_bytes() for part in parts)


def test_picture_and_sound_play_from_one_file(made: tuple[FilmIndex, Path]) -> None:
    file, data = _layout(made, "h264-180", "aac-0")
    assert len(data) == file.size
    with av.open(io.BytesIO(data)) as container:
        assert Fraction(container.duration, av.time_base) == pytest.approx(
            float(PLAN.duration), abs=0.03
        )
        frames = list(container.decode(container.streams.video[0]))
    with av.open(io.BytesIO(data)) as container:
        sound = list(container.decode(container.streams.audio[0]))
    assert len(frames) == PLAN.frame_count
    assert frames[0].pts == 0
    assert sum(frame.samples for frame in sound) >= round(PLAN.duration * 48_000) - 1024


def test_video_and_sound_segments_alternate(made: tuple[FilmIndex, Path]) -> None:
    file, data = _layout(made, "h264-90", "aac-0")
    names = [part.base.rpartition("/")[2] for part in file.parts]
    assert names == ["h264-90", "aac-0"] * 4
    kinds = [box.kind for box in children(data, 0, len(data))]
    assert kinds == [b"ftyp", b"moov", b"sidx", *[b"moof", b"mdat"] * 8]


def test_one_can_seek_in_it(made: tuple[FilmIndex, Path]) -> None:
    _, data = _layout(made, "h264-180", "aac-0")
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        container.seek(120 * PLAN.frame_ticks, stream=stream)
        times = [frame.pts for frame in container.decode(stream)]
    # FFmpeg may begin a segment early; it must not begin at the beginning.
    assert PLAN.boundaries[1] * PLAN.frame_ticks <= times[0] <= 120 * PLAN.frame_ticks
    assert times[-1] == (PLAN.frame_count - 1) * PLAN.frame_ticks


@pytest.mark.parametrize(("video", "audio"), [("h264-90", None), (None, "aac-0")])
def test_one_track_is_enough(
    made: tuple[FilmIndex, Path], video: str | None, audio: str | None
) -> None:
    _, data = _layout(made, video, audio)
    with av.open(io.BytesIO(data)) as container:
        assert len(container.streams) == 1
        assert sum(1 for _ in container.decode()) > 100


def test_a_film_that_grows_is_as_long_as_what_is_there(
    made: tuple[FilmIndex, Path],
) -> None:
    film, folder = made
    video = tuple(replace(one, segments=one.segments[:1]) for one in film.video)
    audio = tuple(replace(one, segments=one.segments[:1]) for one in film.audio)
    young = replace(film, is_complete=False, video=video, audio=audio)
    _, data = _layout((young, folder), "h264-90", "aac-0")
    with av.open(io.BytesIO(data)) as container:
        assert container.duration / av.time_base == pytest.approx(1.34, abs=0.03)


def test_a_track_that_is_not_there_is_a_key_error(
    made: tuple[FilmIndex, Path],
) -> None:
    for names in (("h264-9", None), (None, None)):
        with pytest.raises(KeyError):
            _layout(made, *names)
