"""A film that is read while it arrives, against the same film as a whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucarne_engine.arriving import settled_chunks
from lucarne_engine.errors import EngineError
from lucarne_engine.follower import Follower
from lucarne_engine.plan import make_plan
from lucarne_engine.plan.model import Plan, Policy
from lucarne_engine.reader import FilmReader
from tests.engine.films import film as plain_film
from tests.media.arriving_films import film, sent_index

POLICY = Policy(max_height=180, segment_ms=1000, chunk_ms=4000)
INDEXED = ("hevc", "h264_front", "vp9_webm")
OPEN = ("fragmented", "cmaf", "h264_ts", "hevc_m2ts", "mpeg2_ps", "vp9_live")


class Arriving:
    """A growing copy of a film, and who reads it."""

    def __init__(self, film: Path, folder: Path, *, is_indexed: bool) -> None:
        self.data = film.read_bytes()
        self.path = folder / "growing"
        self.path.touch()
        self.here = 0
        begin, end = sent_index(film) if is_indexed else (0, 0)
        index = folder / "index"
        index.write_bytes(self.data[begin:end])
        is_behind = begin > len(self.data) // 2
        self.follower = Follower(
            self.path, size_bytes=len(self.data), is_indexed=is_indexed,
            index=index if is_behind else None, index_offset=begin if is_behind else 0,
        )  # fmt: skip

    def come(self, percent: int) -> None:
        until = len(self.data) * percent // 100
        with self.path.open("ab") as file:
            file.write(self.data[self.here : until])
        self.here = until
        self.follower.advance(until)


@pytest.fixture
def arriving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Arriving]:
    one = Arriving(film(request.param), tmp_path, is_indexed=request.param in INDEXED)
    yield one
    one.follower.end()


@pytest.mark.parametrize("arriving", [*INDEXED, *OPEN], indirect=True)
def test_what_is_read_bit_by_bit_is_what_is_read_at_once(arriving: Arriving) -> None:
    for percent in (10, 55, 56, 90, 100):
        arriving.come(percent)
    report, layout = arriving.follower.conclude()
    with FilmReader(arriving.path) as reader:
        assert reader.look() == (report, layout)


@pytest.mark.parametrize("arriving", OPEN, indirect=True)
def test_a_plan_of_the_beginning_is_the_beginning_of_the_plan(
    arriving: Arriving,
) -> None:
    plans: list[Plan] = []
    for percent in (50, 60, 70, 80, 90):
        arriving.come(percent)
        found = arriving.follower.prefix()
        assert found is not None
        plans.append(make_plan(found[0], POLICY))
    arriving.come(100)
    whole = make_plan(arriving.follower.conclude()[0], POLICY)
    counts = [settled_chunks(plan, POLICY) for plan in plans]
    assert counts == sorted(counts)
    assert counts[-1] >= 2
    for plan, count in zip(plans, counts, strict=True):
        assert plan.chunks[:count] == whole.chunks[:count]
        cuts = sum(chunk.segment_count for chunk in plan.chunks[:count]) + 1
        assert plan.boundaries[:cuts] == whole.boundaries[:cuts]


@pytest.mark.parametrize("arriving", ["fragmented", "vp9_live"], indirect=True)
def test_only_what_came_last_is_left_to_read_at_the_end(arriving: Arriving) -> None:
    arriving.come(50)
    pid = arriving.follower._worker._running.child.pid

    def read() -> int:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
        return int(dict(line.split(": ") for line in lines)["rchar"])

    before = read()
    arriving.come(90)
    meanwhile = read()
    arriving.come(100)
    assert read() - meanwhile < meanwhile - before


@pytest.mark.parametrize("arriving", ["hevc"], indirect=True)
def test_an_index_that_lies_is_found_out(arriving: Arriving) -> None:
    arriving.come(50)
    at = arriving.data.rindex(b"stsz") + 100
    arriving.data = arriving.data[:at] + b"\x01" + arriving.data[at + 1 :]
    arriving.come(100)
    with pytest.raises(EngineError, match="another index"):
        arriving.follower.conclude()


@pytest.mark.parametrize("name", ["mjpeg_avi", "text"])
def test_what_is_not_read_from_the_front_is_refused(name: str, tmp_path: Path) -> None:
    one = Arriving(plain_film(name), tmp_path, is_indexed=False)
    with pytest.raises(EngineError):
        one.come(50)
    one.follower.end()


@pytest.mark.parametrize("name", OPEN)
def test_noise_in_a_growing_film_neither_hangs_nor_lies(
    name: str, tmp_path: Path
) -> None:
    one = Arriving(film(name), tmp_path, is_indexed=False)
    noise = random.Random(3)
    data = bytearray(one.data)
    for _ in range(40):
        data[noise.randrange(len(data))] = noise.randrange(256)
    cut = len(data) * 6 // 10
    data[cut : cut + 5000] = noise.randbytes(5000)
    one.data = bytes(data)
    found = None
    try:
        for percent in (40, 70, 100):
            one.come(percent)
            one.follower.prefix()
        found = one.follower.conclude()
    except EngineError:
        pass
    finally:
        one.follower.end()
    if found is not None:
        with FilmReader(one.path) as reader:
            assert reader.look() == found
