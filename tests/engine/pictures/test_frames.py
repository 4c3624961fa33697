"""Any picture of a film as its poster, and which are proposed."""

from fractions import Fraction

import av
import pytest

from lucarne_engine.pictures import make_frame, make_pictures
from lucarne_engine.pictures.looks import LOOK_BYTES
from lucarne_engine.pictures.propose import choose_tiles
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.reader import probe
from tests.engine.encode.chunks import made

X264 = "-c:v libx264 -preset ultrafast -qp 10 -g 12 -bf 2 -pix_fmt yuv420p"
GRAYS = "color=black:s=64x36:r=10:d=3,geq=lum=30+6*N:cb=128:cr=128"


@pytest.fixture(scope="module")
def grays(tmp_path_factory):
    """Thirty pictures, each lighter than the one before; ten in the middle are left out."""
    path = tmp_path_factory.mktemp("grays") / "grays.mp4"
    drop = "select=not(between(n\\,10\\,19))"
    return made(path, f"-f lavfi -i {GRAYS},{drop} -fps_mode passthrough {X264}")


def number_of(path, *, tmp_path, at):
    """Tell which of the thirty pictures was taken, by how light it is."""
    report = probe(path)
    plan = make_plan(report, Policy())
    still = make_frame(path, report, plan, at=at, out=tmp_path)
    with av.open(str(still.files[0])) as container:
        frame = next(container.decode(video=0))
    data = bytes(frame.reformat(width=16, height=16, format="gray").planes[0])
    full = sum(data) / len(data)
    return round((full * 219 / 255 + 16 - 30) / 6)


@pytest.mark.parametrize(
    ("seconds", "number"),
    [
        ("0", 0), ("0.349", 3), ("0.35", 3), ("0.4", 4), ("0.9", 9), ("2.5", 25),
        # between two pictures that lie far apart the first is on the screen
        ("1.5", 9),
        # a time in milliseconds that was rounded down
        ("0.7999", 8),
        ("2.95", 29), ("100", 29),
    ],
)  # fmt: skip
def test_the_picture_on_the_screen_is_taken(grays, tmp_path, seconds, number):
    assert number_of(grays, tmp_path=tmp_path, at=Fraction(seconds)) == number


def test_several_pictures_that_differ_are_proposed(tmp_path):
    line = "-f lavfi -i testsrc2=s=320x180:r=10:d=8,hue=h=90*floor(t/2)"
    path = made(tmp_path / "f.mp4", f"{line} -c:v libx264 -g 10 -pix_fmt yuv420p")
    report = probe(path)
    plan = make_plan(report, Policy())
    out = tmp_path / "out"
    pictures = make_pictures(
        path, report, plan, out=out, on_progress=lambda _: None, proposals=2
    )
    assert len(pictures.proposals) == 2
    times = [pictures.poster.at, *(still.at for still in pictures.proposals)]
    assert len(set(times)) == 3
    posters = [one.files[0] for one in (pictures.poster, *pictures.proposals)]
    assert [path.relative_to(out).as_posix() for path in posters] == [
        "poster.jpg", "proposals/1/poster.jpg", "proposals/2/poster.jpg",
    ]  # fmt: skip
    assert len({path.read_bytes() for path in posters}) == 3


def stripes(light, dark):
    return (bytes([light] * 3 + [dark] * 3) * LOOK_BYTES)[:LOOK_BYTES]


def test_alike_black_and_dull_pictures_are_not_proposed():
    best, alike = stripes(250, 10), stripes(249, 11)
    other, black, dull = stripes(10, 240), bytes(LOOK_BYTES), bytes([120] * LOOK_BYTES)
    assert choose_tiles([black, best, alike, dull, other], 5) == [1, 4]
    assert choose_tiles([black], 5) == [0]
    assert choose_tiles([best, other], 1) == [0]
