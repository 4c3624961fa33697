"""mpegdash (PyPI) reads what we write, and the files it is led to are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mpegdash.parser import MPEGDASHParser

from lucarne_engine.manifest import dash
from lucarne_engine.package.index import FilmIndex
from tests.outside.packaged import PLAN, PUBLISHED, check_complete, play, write_film


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[FilmIndex, Path]:
    folder = tmp_path_factory.mktemp("film")
    return write_film(folder), folder


def test_mpegdash_reads_a_complete_film(made: tuple[FilmIndex, Path]) -> None:
    told = MPEGDASHParser.parse((made[1] / "manifest.mpd").read_text())
    assert told.type == "static"
    assert told.media_presentation_duration == "PT8.000S"
    (period,) = told.periods
    picture, sound = period.adaptation_sets
    assert [one.id for one in picture.representations] == ["h264-90", "h264-180"]
    assert [one.height for one in picture.representations] == [90, 180]
    assert picture.segment_alignment
    assert (sound.lang, sound.representations[0].codecs) == ("fr", "mp4a.40.2")
    assert sound.representations[0].audio_sampling_rate == "48000"
    for one in (picture, sound):
        (template,) = one.segment_templates
        runs = template.segment_timelines[0].Ss
        count = sum((run.r or 0) + 1 for run in runs)
        assert count == len(PLAN.boundaries) - 1
        assert template.start_number == 0


def test_the_addresses_lead_to_files(made: tuple[FilmIndex, Path]) -> None:
    _, folder = made
    told = MPEGDASHParser.parse((folder / "manifest.mpd").read_text())
    for one in told.periods[0].adaptation_sets:
        template = one.segment_templates[0]
        for representation in one.representations:
            init = template.initialization.replace(
                "$RepresentationID$", representation.id
            )
            media = template.media.replace("$RepresentationID$", representation.id)
            assert (folder / init).is_file()
            for number in range(len(PLAN.boundaries) - 1):
                assert (folder / media.replace("$Number$", str(number))).is_file()


def test_a_film_that_grows_lists_what_every_rung_has(
    made: tuple[FilmIndex, Path],
) -> None:
    film, _ = made
    small, large = film.video
    large = replace(large, segments=large.segments[:1])
    young = replace(film, is_complete=False, video=(small, large))
    told = MPEGDASHParser.parse(dash.mpd(young, published_at=PUBLISHED))
    assert told.type == "dynamic"
    assert told.minimum_update_period == "PT2S"
    begins = PUBLISHED - timedelta(seconds=68)
    assert told.availability_start_time == begins.strftime("%Y-%m-%dT%H:%M:%SZ")
    runs = told.periods[0].adaptation_sets[0].segment_templates[0]
    assert [(s.t, s.d, s.r) for s in runs.segment_timelines[0].Ss] == [(0, 50, None)]


def test_ffmpeg_plays_every_picture_without_a_complaint(
    made: tuple[FilmIndex, Path],
) -> None:
    rows, complaints = play(made[1] / "manifest.mpd")
    assert complaints == ""
    check_complete(rows)
