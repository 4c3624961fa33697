"""The same picture on the same number, however the film is cut into chunks."""

from fractions import Fraction
from itertools import pairwise

import pytest

from lucarne_engine.plan import Policy
from tests.engine.encode.chunks import encode_film
from tests.engine.encode.numbered import X264, numbered_film, read_numbers

MANY = Policy(segment_ms=1000, chunk_ms=2000)
FEW = Policy(segment_ms=1000, chunk_ms=60_000)

FILMS = {
    "short_gops.mp4": ("25", f"{X264} -x264-params keyint=30:min-keyint=30"),
    "one_gop.mp4": ("25", f"{X264} -x264-params keyint=1000:bframes=8"),
    "open_gops.mp4": ("25", f"{X264} -x264-params keyint=30:open-gop=1:scenecut=0"),
    "milliseconds.mkv": ("30000/1001", f"{X264} -x264-params keyint=40"),
    "late.mkv": ("30", f"{X264} -x264-params keyint=40 -output_ts_offset 0.717"),
    "transport.ts": ("25", f"{X264} -x264-params keyint=30:bframes=3"),
    "vp9.webm": ("30", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 45"),
    "theora.ogv": ("25", "-c:v libtheora -q:v 7 -g 20"),
    "mpeg2.ts": ("25", "-c:v mpeg2video -q:v 3 -bf 2 -g 12"),
    "mjpeg.avi": ("15", "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILMS)
def test_constant_rate(name, tmp_path):
    rate, line = FILMS[name]
    path = numbered_film(tmp_path / name, rate=rate, seconds=7, line=line)

    many = encode_film(path, tmp_path / "many", MANY)
    count = round(7 * Fraction(rate))

    assert len(many.plan.chunks) >= 4
    assert many.plan.frame_rate == Fraction(rate)
    assert read_numbers(many.bytes_of()) == list(range(count))
    assert sum(result.decoded_frames for result in many.results) == count
    assert many.problems == []


@pytest.mark.slow
def test_variable_rate(tmp_path):
    holes = "-vf select='not(between(mod(n\\,50)\\,11\\,38))' -fps_mode vfr"
    path = numbered_film(
        tmp_path / "vfr.mp4", rate="30", seconds=8,
        line=f"{holes} {X264} -x264-params keyint=25",
    )  # fmt: skip
    many = encode_film(path, tmp_path / "many", MANY)
    few = encode_film(path, tmp_path / "few", FEW)

    numbers = read_numbers(many.bytes_of())
    assert len(many.plan.chunks) > len(few.plan.chunks)
    assert numbers == read_numbers(few.bytes_of())
    assert numbers == sorted(numbers)
    assert len(numbers) == many.plan.frame_count


@pytest.mark.slow
def test_a_rate_above_the_limit_keeps_evenly_spaced_pictures(tmp_path):
    line = f"{X264} -x264-params keyint=100"
    path = numbered_film(tmp_path / "fast.mp4", rate="120", seconds=4, line=line)
    encoded = encode_film(path, tmp_path / "out", MANY)

    numbers = read_numbers(encoded.bytes_of())
    assert encoded.plan.frame_rate == 60
    assert {after - before for before, after in pairwise(numbers[1:])} == {2}
