"""AV1 rungs keep HDR: curve, colors, ten bits, and how bright it is."""

from __future__ import annotations

import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame

from lucarne_engine.encode import encode_chunk
from lucarne_engine.package.hdr import video_range
from lucarne_engine.package.movie import read_init
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.plan.fine import hdr_of
from lucarne_engine.probe.hdr import read_light, read_mastering
from lucarne_engine.reader import probe
from tests.engine.encode.chunks import made
from tests.engine.films import corpus_folder, film
from tests.engine.probe.test_extras import LIGHT
from tests.engine.probe.test_hdr import SCREEN

FOLDER = corpus_folder()
SMALL = Policy(max_height=180, segment_ms=1000, chunk_ms=1000)

pytestmark = pytest.mark.slow


def encoded(path: Path, out: Path) -> tuple[Plan, dict[str, list[EncodedTrack]]]:
    """One rung in SDR and one in HDR, from one decode of each chunk."""
    report = probe(path)
    plan = make_plan(report, SMALL)
    sdr = plan.rungs[-1]
    hdr = replace(
        sdr, name="av1", codec="av1", preset="12", crf=30, hdr=hdr_of(report, "av1")
    )
    plan = replace(plan, rungs=(sdr, hdr))
    tracks: dict[str, list[EncodedTrack]] = {}
    for chunk in plan.chunks:
        result = encode_chunk(
            path, report, plan, chunk=chunk.number, rungs=(sdr.name, "av1"),
            out=out / str(chunk.number), on_progress=lambda _: None,
        )  # fmt: skip
        for track in result.tracks:
            tracks.setdefault("sdr" if track.name == sdr.name else "hdr", []).append(track)
    return plan, tracks


def pictures(track: EncodedTrack) -> list[VideoFrame]:
    data = track.init.read_bytes() + b"".join(f.read_bytes() for f in track.files)
    with av.open(BytesIO(data)) as container:
        return list(container.decode(video=0))


def told(frame: VideoFrame) -> tuple[object, ...]:
    """What a decoder says of a picture: depth, colors (ITU-T H.273), range."""
    colors = (frame.color_primaries, frame.color_trc, frame.colorspace)
    return (frame.format.name, *map(int, colors), int(frame.color_range))


def beside(frame: VideoFrame, kind: str) -> bytes:
    data = frame.side_data.get(kind)
    return b"" if data is None else bytes(data)


@pytest.fixture(scope="module")
def hdr10(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Plan, dict[str, list[EncodedTrack]]]:
    return encoded(film("hdr10"), tmp_path_factory.mktemp("hdr10"))


def test_one_decode_gives_both(hdr10: tuple[Plan, dict[str, list[EncodedTrack]]]) -> None:
    plan, tracks = hdr10
    assert plan.tone_map
    assert len(plan.chunks) == 2
    for name, colors, depth in (
        ("sdr", (1, 1, 1, 1), "yuv420p"),
        ("hdr", (9, 16, 9, 1), "yuv420p10le"),
    ):
        frames = [frame for track in tracks[name] for frame in pictures(track)]
        assert len(frames) == plan.frame_count
        assert {told(frame) for frame in frames} == {(depth, *colors)}
        assert len({track.init.read_bytes() for track in tracks[name]}) == 1
        times = [s.duration for track in tracks[name] for s in track.segments]
        assert times == [30 * plan.frame_ticks] * 2


def test_the_stream_says_how_bright_it_is(
    hdr10: tuple[Plan, dict[str, list[EncodedTrack]]],
) -> None:
    """In the container and in AV1 itself: the first is taken away to see the second."""
    track = hdr10[1]["hdr"][0]
    init = track.init.read_bytes()
    without = init
    for kind in (b"colr", b"mdcv", b"clli"):
        assert init.count(kind) == 1
        without = without.replace(kind, b"free")
    segment = track.files[0].read_bytes()
    for head in (init, without):
        with av.open(BytesIO(head + segment)) as container:
            frame = next(container.decode(video=0))
        assert told(frame) == ("yuv420p10le", 9, 16, 9, 1)
        assert read_mastering(beside(frame, "MASTERING_DISPLAY_METADATA")) == SCREEN
        assert read_light(beside(frame, "CONTENT_LIGHT_LEVEL")) == LIGHT
    (sdr,) = {one.init.read_bytes() for one in hdr10[1]["sdr"]}
    assert b"mdcv" not in sdr
    assert not pictures(hdr10[1]["sdr"][0])[0].side_data.get("CONTENT_LIGHT_LEVEL")


def test_the_header_has_the_boxes_of_the_standard(
    hdr10: tuple[Plan, dict[str, list[EncodedTrack]]],
) -> None:
    track = hdr10[1]["hdr"][0]
    init = track.init.read_bytes()

    def body(kind: bytes, layout: str) -> tuple[int, ...]:
        at = init.index(kind)
        (size,) = struct.unpack_from(">I", init, at - 4)
        assert size == 8 + struct.calcsize(layout)
        return struct.unpack_from(layout, init, at + 4)

    nclx = int.from_bytes(b"nclx", "big")
    assert body(b"colr", ">I3HB") == (nclx, 9, 16, 9, 0)
    places = (*SCREEN.green, *SCREEN.blue, *SCREEN.red, *SCREEN.white)
    assert body(b"mdcv", ">8H2I") == (*places, 10_000_000, 50)
    assert body(b"clli", ">2H") == (1000, 400)
    assert track.codec == "av01.0.00M.10.0.111.09.16.09.0"
    assert read_init(init).format.codec == track.codec
    assert read_init(init).format.entry in init


def test_hlg_stays_hlg(tmp_path: Path) -> None:
    _, tracks = encoded(film("hlg"), tmp_path)
    track = tracks["hdr"][0]
    assert track.codec == "av01.0.00M.10.0.111.09.18.09.0"
    assert video_range(track.codec) == "HLG"
    assert told(pictures(track)[0]) == ("yuv420p10le", 9, 18, 9, 1)


@pytest.mark.parametrize("turned", ["", "-display_rotation:v:0 -90"])
def test_a_gray_keeps_its_level(tmp_path: Path, turned: str) -> None:
    """In ten bits as it came, also turned; P3 is no other gray than BT.2020."""
    picture = "color=0x808080:s=320x180:r=25:d=1,format=yuv420p10le"
    flat = made(
        tmp_path / "flat.mp4",
        f"-f lavfi -i {picture} -c:v libx265 -preset ultrafast -tag:v hvc1"
        " -x265-params log-level=none:pools=1:colorprim=smpte432:transfer=smpte2084"
        ":colormatrix=bt2020nc",
    )
    path = made(tmp_path / "gray.mp4", f"{turned} -i {flat} -c copy") if turned else flat
    _, tracks = encoded(path, tmp_path / "out")
    frame = pictures(tracks["hdr"][0])[0]
    assert (frame.width < frame.height) == bool(turned)
    before = next(av.open(str(flat)).decode(video=0))

    def middle(one: VideoFrame) -> list[int]:
        found = []
        for plane in one.planes:
            at = plane.height // 2 * plane.line_size + plane.width // 2 * 2
            found.append(int.from_bytes(bytes(plane)[at : at + 2], "little"))
        return found

    assert all(abs(a - b) <= 3 for a, b in zip(middle(before), middle(frame), strict=True))


@pytest.mark.corpus
@pytest.mark.skipif(
    FOLDER is None, reason="no real films here: LUCARNE_TEST_MEDIA names a folder"
)
@pytest.mark.parametrize(
    ("name", "curve"),
    [
        ("r_hdr10_phone_1080p.mp4", 16),
        ("r_hlg_1080p.mp4", 18),
        ("r_av1_hdr10_mdcv_clli.mp4", 16),
        ("r_dovi8_hevc.mp4", 16),
    ],
)
def test_real_hdr_films(name: str, curve: int, tmp_path: Path) -> None:
    assert FOLDER is not None
    report = probe(FOLDER / name)
    assert report.video is not None
    _, tracks = encoded(FOLDER / name, tmp_path)
    frame = pictures(tracks["hdr"][0])[0]
    assert told(frame) == ("yuv420p10le", 9, curve, 9, 1)
    assert read_light(beside(frame, "CONTENT_LIGHT_LEVEL")) == report.video.light
    screen = read_mastering(beside(frame, "MASTERING_DISPLAY_METADATA"))
    assert screen == report.video.mastering
    assert not frame.side_data.get("DOVI_METADATA")
