"""What is noted of a folder is read back as it was, or refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lucarne_engine.errors import EncoderError, FolderError
from lucarne_engine.package.index import Segment
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.whole import folder as folders, state as states
from lucarne_engine.whole.order import READ_WHOLE, identity
from lucarne_engine.whole.state import Made, Run, State
from tests.engine.plan.reports import report

MADE = Made(
    runs=(
        Run(
            name="h264-360", codec="avc1.64001e", timescale=12_800, init_bytes=4,
            segments=(Segment(0, 0, 25_600, 5, 2), Segment(1, 25_600, 900, 3, 3)),
        ),
    ),
    files=(("poster.jpg", 6),),
    problems=("truncated",),
)  # fmt: skip


def test_what_is_noted_is_read_back(tmp_path: Path) -> None:
    plan = make_plan(report(), Policy())
    state = State(film="f", plan_id=plan.id, codecs=("av1",)).having("h264-00000", MADE)
    for noted in (state, replace(state, is_tried=True, fine=plan)):
        states.save(tmp_path, noted)
        assert states.load(tmp_path) == noted
    assert [path.name for path in tmp_path.iterdir()] == ["lucarne.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '"x"', "null", '{"lucarne": 2}', '{"lucarne": 1}']
)
def test_what_is_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "lucarne.json").write_text(text)
    with pytest.raises(ValueError, match=r"."):
        states.load(tmp_path)
    with pytest.raises(FolderError) as caught:
        folders.check_folder(tmp_path)
    assert caught.value.code == "folder_not_ours"


def test_a_kill_before_the_first_note_leaves_a_usable_folder(tmp_path: Path) -> None:
    (tmp_path / states.DRAFT).write_text("{")
    folders.check_folder(tmp_path)
    folders.check_folder(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_chunks_that_were_not_encoded_alike_are_refused(tmp_path: Path) -> None:
    out, place = tmp_path / "out", tmp_path / "place"
    for number, init in enumerate((b"same", b"same", b"else")):
        out.mkdir(exist_ok=True)
        (out / "init.mp4").write_bytes(init)
        (out / f"{number}.m4s").write_bytes(b"12345")
        track = EncodedTrack(
            name="h264-360", codec="avc1.64001e", timescale=1, init=out / "init.mp4",
            segments=(Segment(number, number, 1, 5),), files=(out / f"{number}.m4s",),
        )  # fmt: skip
        if init == b"else":
            with pytest.raises(EncoderError):
                folders.move_track(track, place, is_known=True)
        else:
            folders.move_track(track, place, is_known=bool(number))
    assert sorted(path.name for path in place.rglob("*.m4s")) == ["0.m4s", "1.m4s"]


def test_films_are_told_apart_by_their_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for size in (0, 1000, READ_WHOLE + 5):
        for path in (one, other):
            with path.open("wb") as file:
                file.truncate(size)
        assert identity(one) == identity(other)
        with other.open("r+b") as file:
            file.seek(0, 2)
            file.write(b"x")
        assert identity(one) != identity(other)
