"""Turns and mirrors mean what FFmpeg's own players do with them."""

from __future__ import annotations

import math
import struct
from itertools import product
from pathlib import Path

import av
import pytest
from hypothesis import given, strategies as st

from lucarne_engine import process
from lucarne_engine.probe import orientation
from tests.engine.films import film
from tests.engine.processes import ffmpeg

TURNS = {0: "null", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}


def first_picture(*args: object, sandbox: process.Sandbox) -> bytes:
    finished = ffmpeg(
        *args, *("-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"),
        sandbox=sandbox,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr_tail
    return finished.stdout


@pytest.mark.parametrize(
    ("turn", "flip"), list(product(TURNS, ("", "-display_hflip"))), ids=str
)
def test_we_turn_as_ffmpeg_turns(turn: int, flip: str, tmp_path: Path) -> None:
    path = tmp_path / "turned.mov"
    sandbox = process.Sandbox(readable=(film("alpha"),), writable=(tmp_path,))
    how = ["-display_rotation:v:0", turn, *([flip] if flip else [])]
    ffmpeg(*how, "-i", film("alpha"), "-c", "copy", path, sandbox=sandbox)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        data = frame.side_data.get("DISPLAYMATRIX")
    found, is_mirrored = orientation.read(bytes(data)) if data else (0, False)
    ours = TURNS[found] + (",hflip" if is_mirrored else "")
    assert is_mirrored == bool(flip)
    assert first_picture("-i", path, sandbox=sandbox) == first_picture(
        "-noautorotate", "-i", path, "-vf", ours, sandbox=sandbox
    )


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=9, max_size=9))
def test_any_matrix_is_a_quarter_turn(numbers: list[int]) -> None:
    turn, is_mirrored = orientation.read(struct.pack("=9i", *numbers))
    assert turn in TURNS
    assert isinstance(is_mirrored, bool)


@pytest.mark.parametrize(
    "numbers",
    [[0] * 9, [7, 0, 0, 0, 0, 0, 0, 0, 1 << 30], [1, 1, 0, 1, 1, 0, 0, 0, 1 << 30]],
)
def test_nonsense_is_no_turn(numbers: list[int]) -> None:
    assert orientation.read(struct.pack("=9i", *numbers)) == (0, False)
    assert orientation.read(b"short") == (0, False)


def test_a_slanted_turn_is_left_alone() -> None:
    a, b = (round(65536 * f(math.radians(30))) for f in (math.cos, math.sin))
    matrix = struct.pack("=9i", a, b, 0, -b, a, 0, 0, 0, 1 << 30)
    assert orientation.read(matrix) == (0, False)
