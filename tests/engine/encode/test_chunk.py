"""What comes out of ``encode_chunk`` for films of many kinds."""

import threading
from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import av
import pytest

from lucarne_engine.encode import encode_chunk
from lucarne_engine.encode.filters import chunk_graph
from lucarne_engine.errors import Cancelled, EncoderError, SourceError
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.probe.samples import _count_fields
from lucarne_engine.process import Limits
from lucarne_engine.reader import probe
from tests.engine.encode.chunks import encode_film, made
from tests.engine.films import film

SMALL = Policy(max_height=360, segment_ms=1000, chunk_ms=2000)


def decoded(data):
    with av.open(BytesIO(data)) as container:
        return list(container.decode(video=0))


def encode_first(path, out, report=None, **changes):
    report = report or probe(path)
    plan = make_plan(report, SMALL, may_copy_picture=False)
    arguments = {
        "chunk": 0,
        "rungs": tuple(rung.name for rung in plan.rungs),
        "out": out,
        "on_progress": lambda _: None,
    }
    return plan, encode_chunk(path, report, plan, **(arguments | changes))


def average(frame, left, top, right, bottom):
    """Mean red, green and blue of a part, given as shares of the picture."""
    picture = frame.reformat(format="rgb24")
    plane, size = picture.planes[0], picture.planes[0].line_size
    data = bytes(plane)
    rows = range(int(top * frame.height), int(bottom * frame.height))
    columns = range(int(left * frame.width), int(right * frame.width))
    spots = [
        data[y * size + 3 * x : y * size + 3 * x + 3] for y in rows for x in columns
    ]
    return [sum(spot[i] for spot in spots) / len(spots) for i in range(3)]


def corners(path, tmp_path, *, rotation, mirror):
    """Average colors of the four corners of a film with one red corner."""
    report = probe(path)
    picture = replace(report.video, rotation=rotation, is_mirrored=mirror)
    report = replace(report, video=picture)
    plan, result = encode_first(path, tmp_path, report)
    track = result.tracks[0]
    frame = decoded(track.init.read_bytes() + track.files[0].read_bytes())[0]
    places = {
        "top left": (0, 0, 0.3, 0.3),
        "top right": (0.7, 0, 1, 0.3),
        "bottom left": (0, 0.7, 0.3, 1),
        "bottom right": (0.7, 0.7, 1, 1),
    }
    assert (frame.width, frame.height) == (plan.rungs[0].width, plan.rungs[0].height)
    return {name for name, place in places.items() if average(frame, *place)[0] > 150}


@pytest.fixture(scope="module")
def red_corner(tmp_path_factory):
    path = tmp_path_factory.mktemp("corner") / "corner.mp4"
    picture = "color=black:s=320x180:r=25:d=1,drawbox=0:0:120:70:red:fill"
    made(path, f"-f lavfi -i {picture} -pix_fmt yuv420p -c:v libx264")
    return path


@pytest.mark.parametrize(
    ("rotation", "mirror", "where"),
    [
        (0, False, "top left"),
        (90, False, "top right"),
        (180, False, "bottom right"),
        (270, False, "bottom left"),
        (0, True, "top right"),
        (90, True, "top left"),
    ],
)
def test_rotation_and_mirror(red_corner, tmp_path, rotation, mirror, where):
    seen = corners(red_corner, tmp_path, rotation=rotation, mirror=mirror)
    assert seen == {where}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *("h264_aac", "vp9_opus", "rotated", "hdr10", "interlaced", "sar", "alpha"),
        *("tiny", "odd", "vfr", "mpeg2_ts", "theora", "cover_art", "h264_raw"),
        "nonsense_matrix",
    ],
)
def test_every_kind_becomes_plain_h264(name, tmp_path):
    encoded = encode_film(film(name), tmp_path, SMALL)
    rung = encoded.plan.rungs[0]
    frames = decoded(encoded.bytes_of())

    assert len(frames) == encoded.plan.frame_count
    assert encoded.problems == []
    assert {frame.format.name for frame in frames} == {"yuv420p"}
    assert {(frame.width, frame.height) for frame in frames} == {
        (rung.width, rung.height)
    }
    with av.open(BytesIO(encoded.bytes_of())) as container:
        context = container.streams.video[0].codec_context
        assert context.profile == "High"
        assert (context.color_primaries, context.color_trc, context.colorspace) == (
            1,
        ) * 3
        assert context.color_range == 1
        aspect = container.streams.video[0].sample_aspect_ratio
        assert aspect in {None, 0, 1}


@pytest.mark.parametrize(("bits", "still"), [("3k", 7), ("100k", 0)])
def test_a_film_that_ends_without_a_movement_is_whole(bits, still, tmp_path):
    """Theora without bits to spend sends empty packets: the picture before them stays."""
    line = f"-f lavfi -i testsrc2=s=160x120:r=25:d=1 -c:v libtheora -b:v {bits} -g 250"
    path = made(tmp_path / "still.ogv", line)
    encoded = encode_film(path, tmp_path / "out", SMALL)
    assert encoded.report.video.still_end == Fraction(still, 25)
    assert encoded.problems == []
    assert len(decoded(encoded.bytes_of())) == encoded.plan.frame_count == 25


def test_a_film_that_ends_without_a_movement_may_be_cut_all_the_same(tmp_path):
    """What the report says of the end is not a picture more."""
    report = probe(film("theora"))
    picture = replace(report.video, still_end=Fraction(1, 2))
    longer = replace(picture, duration=picture.duration + 1)
    for video, found in ((picture, []), (longer, ["truncated"])):
        changed = replace(report, video=video, duration=video.start + video.duration)
        plan = make_plan(changed, Policy(max_height=360), may_copy_picture=False)
        result = encode_chunk(
            film("theora"), changed, plan,
            chunk=len(plan.chunks) - 1, rungs=(plan.rungs[0].name,),
            out=tmp_path / str(len(found)), on_progress=lambda _: None,
        )  # fmt: skip
        assert [problem.code for problem in result.problems] == found


@pytest.mark.parametrize("name", ["interlaced", "interlaced_later"])
def test_fields_become_whole_pictures(name, tmp_path):
    encoded = encode_film(film(name), tmp_path, SMALL)
    assert encoded.plan.deinterlace
    frames = decoded(encoded.bytes_of())
    fields, whole = _count_fields(frames)
    assert whole > len(frames) / 2
    assert fields < whole / 10  # the first pictures have nothing to be compared with


@pytest.mark.parametrize("sizes", [("320x192", "640x480"), ("640x480", "320x192")])
def test_television_changes_its_size_between_programs(sizes, tmp_path):
    """Fields of both are put together, each with those of its own program.

    In BT.709: another matrix makes two lines alike at the borders of these loud colors,
    which FFmpeg takes for fields.
    """
    parts = [
        made(
            tmp_path / f"{number}.ts",
            f"-f lavfi -i testsrc2=s={size}:r=50:d=1,interlace -c:v libx264"
            " -preset ultrafast -flags +ildct+ilme -colorspace bt709"
            f" -output_ts_offset {number}",
        )
        for number, size in enumerate(sizes)
    ]
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    encoded = encode_film(path, tmp_path / "out", SMALL)
    assert encoded.plan.deinterlace
    assert encoded.problems == []
    frames = decoded(encoded.bytes_of())
    assert len(frames) == encoded.plan.frame_count
    for half in (frames[:20], frames[30:]):
        assert average(half[-1], 0, 0.5, 0.1, 0.6)[0] > 200  # the red bar
        fields, whole = _count_fields(half)
        assert fields < whole


def test_a_window_of_the_container_does_not_stretch_the_picture(tmp_path):
    """The copy that is shown first has none either: its border stays where it was."""
    encoded = encode_film(film("clean_aperture"), tmp_path, SMALL)
    frame = decoded(encoded.bytes_of())[0]
    assert (frame.width, frame.height) == (640, 360)
    luma = bytes(frame.planes[0])
    for x, y in ((10, 180), (630, 180), (320, 10), (320, 350)):
        assert abs(luma[y * frame.planes[0].line_size + x] - 63) < 8, (x, y)  # red


def test_the_init_segment_is_the_same_for_every_chunk(tmp_path):
    encoded = encode_film(film("h264_aac"), tmp_path, SMALL)
    inits = {result.tracks[0].init.read_bytes() for result in encoded.results}
    assert len(encoded.results) >= 4
    assert len(inits) == 1


def test_every_segment_begins_with_a_key_frame_at_its_planned_time(tmp_path):
    encoded = encode_film(film("video_only"), tmp_path, SMALL)
    plan = encoded.plan
    boundaries = {n * plan.frame_ticks for n in plan.boundaries[:-1]}
    with av.open(BytesIO(encoded.bytes_of())) as container:
        keys = {packet.pts for packet in container.demux() if packet.is_keyframe}
    assert boundaries <= keys


TRANSPARENT = (
    "-f lavfi -i testsrc2=size=160x120:rate=25:duration=1"
    " -vf format=argb,colorchannelmixer=aa=0.5,format=yuva420p -b:v 1M"
)


@pytest.mark.parametrize(
    "codec", ["", "libvpx -auto-alt-ref 0", "libvpx-vp9 -deadline realtime -cpu-used 8"]
)
def test_transparent_film_lies_on_black(codec, tmp_path):
    path = film("alpha")
    if codec:  # the transparent half is a picture of its own
        path = made(tmp_path / "alpha.webm", f"{TRANSPARENT} -c:v {codec}")
    encoded = encode_film(path, tmp_path, SMALL)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0)).reformat(format="rgb24")
    opaque = average(frame, 0, 0, 1, 1)
    shown = average(decoded(encoded.bytes_of())[0], 0, 0, 1, 1)
    assert all(abs(a / 2 - b) < 16 for a, b in zip(opaque, shown, strict=True))


def test_rungs_of_one_call_and_of_two_have_the_same_boundaries(tmp_path):
    path = film("h264_aac")
    report = probe(path)
    plan = make_plan(report, Policy(segment_ms=1000), may_copy_picture=False)
    names = tuple(rung.name for rung in plan.rungs)
    quiet = {"on_progress": lambda _: None, "out": tmp_path, "chunk": 1}
    together = encode_chunk(path, report, plan, rungs=names, **quiet)
    alone = encode_chunk(path, report, plan, rungs=names[:1], **quiet)

    def times(track):
        return [(s.number, s.start, s.duration) for s in track.segments]

    assert [track.name for track in together.tracks] == list(names)
    assert len({tuple(times(track)) for track in together.tracks}) == 1
    assert times(alone.tracks[0]) == times(together.tracks[0])


def test_rungs_of_one_size_are_scaled_once_and_are_what_they_are_alone(tmp_path):
    path = film("h264_aac")
    report = probe(path)
    plan = make_plan(report, SMALL, may_copy_picture=False)
    top = plan.rungs[-1]
    small = replace(top, width=top.width // 4 * 2, height=top.height // 4 * 2)
    rungs = tuple(replace(small, name=f"crf-{crf}", crf=crf) for crf in (34, 24))
    plan = replace(plan, rungs=(*rungs, top))
    graph = chunk_graph(report, plan, plan.chunks[0], plan.rungs, 0)
    assert graph.count(f"zscale={small.width}:{small.height}:") == 1

    def encoded(names, folder):
        result = encode_chunk(
            path, report, plan,
            chunk=0, rungs=names, out=tmp_path / folder, on_progress=lambda _: None,
        )  # fmt: skip
        return {
            track.name: b"".join(file.read_bytes() for file in track.files)
            for track in result.tracks
        }

    names = tuple(rung.name for rung in plan.rungs)
    together = encoded(names, "together")
    assert len(set(together.values())) == 3
    for name in names:
        assert encoded((name,), name) == {name: together[name]}


def test_nothing_but_segments_is_left_behind(tmp_path):
    _, result = encode_first(film("video_only"), tmp_path)
    track = result.tracks[0]
    found = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {track.init, *track.files}


def test_progress_grows_to_the_end(tmp_path):
    told = []
    encode_first(film("h264_aac"), tmp_path, on_progress=told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert told[-1].speed > 0
    assert told[-1].eta_s == 0


def test_a_short_film_keeps_its_last_picture_and_says_so(tmp_path):
    path = film("video_only")
    report = probe(path)
    longer = replace(report.video, duration=report.video.duration * 2)
    report = replace(report, video=longer, duration=report.duration * 2)
    plan = make_plan(report, replace(SMALL, chunk_ms=60_000))
    results = [
        encode_chunk(
            path, report, plan,
            chunk=chunk.number, rungs=("h264-180",), out=tmp_path,
            on_progress=lambda _: None,
        )
        for chunk in plan.chunks
    ]  # fmt: skip
    assert [p.code for p in results[-1].problems] == ["truncated"]
    assert sum(result.decoded_frames for result in results) == 120
    assert plan.frame_count == 240


def test_a_chunk_wholly_after_the_last_picture_is_that_picture(tmp_path):
    path = film("video_only")
    report = probe(path)
    report = replace(report, duration=report.duration + 10)
    plan = make_plan(report, SMALL)
    last = plan.chunks[-1]
    result = encode_chunk(
        path, report, plan,
        chunk=last.number, rungs=("h264-180",), out=tmp_path, on_progress=lambda _: None,
    )  # fmt: skip
    assert last.first_frame > 120
    assert result.decoded_frames == 0
    assert result.problems == ()
    assert len(result.tracks[0].files) == last.segment_count


def test_broken_pictures_are_noticed(tmp_path):
    encoded = encode_film(film("bit_flips"), tmp_path, SMALL)
    assert "some_pictures_broken" in encoded.problems


def test_what_cannot_be_decoded_is_the_films_fault(tmp_path):
    report = probe(film("video_only"))
    with pytest.raises(SourceError) as caught:
        encode_first(film("moov_only"), tmp_path, report)
    assert caught.value.code == "undecodable"


def test_cancel_stops_the_encoder(tmp_path):
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        encode_first(
            film("h264_aac"), tmp_path, cancel=cancel,
            on_progress=lambda _: cancel.set(),
        )  # fmt: skip


def test_a_limit_of_file_size_is_a_full_disk(tmp_path):
    with pytest.raises(EncoderError) as caught:
        encode_first(film("h264_aac"), tmp_path, limits=Limits(file_bytes=2000))
    assert caught.value.code == "disk_full"


@pytest.mark.parametrize("name", ["l'été", "a:b,[c];d", "100%d", "-i", "🎬 نص"])
def test_odd_names(name, tmp_path):
    path = tmp_path / f"{name}.mp4"
    path.write_bytes(film("video_only").read_bytes())
    out = tmp_path / f"out {name}"
    _, result = encode_first(path, out)
    assert result.decoded_frames == result.tracks[0].segments[0].duration / 512


def test_hdr_is_mapped_to_sdr(tmp_path):
    """Half of the PQ range is about 92 cd/m²: a plain mid gray on a screen."""
    path = tmp_path / "gray.mp4"
    picture = "color=0x808080:s=320x180:r=25:d=1,format=yuv420p10le"
    made(
        path,
        f"-f lavfi -i {picture} -c:v libx265 -preset ultrafast -tag:v hvc1"
        " -x265-params log-level=none:pools=1:colorprim=bt2020:transfer=smpte2084"
        ":colormatrix=bt2020nc",
    )
    report = probe(path)
    _, result = encode_first(path, tmp_path / "out", report)
    track = result.tracks[0]
    frame = decoded(track.init.read_bytes() + track.files[0].read_bytes())[0]
    red, green, blue = average(frame, 0.4, 0.4, 0.6, 0.6)
    assert make_plan(report, SMALL).tone_map
    assert max(red, green, blue) - min(red, green, blue) < 6
    assert 90 < green < 190


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("format=yuv420p", (126, 128, 128)),  # untagged and small: BT.601
        ("format=yuv420p10", (126, 128, 128)),
        ("format=yuv422p,setparams=colorspace=smpte170m", (126, 128, 128)),
        ("format=yuv420p,setparams=colorspace=bt709", (126, 128, 128)),
        ("format=yuv420p,setparams=colorspace=bt709:range=pc", (124, 128, 128)),
        ("format=yuv420p,setparams=colorspace=bt2020nc", (126, 128, 128)),
        ("format=rgb24", (126, 128, 128)),
        ("format=rgba", (126, 128, 128)),
    ],
)
def test_gray_stays_gray(named, shown, tmp_path):
    """Half gray, 126 of 16 to 235, whatever the matrix and the range it came in."""
    picture = f"-f lavfi -i color=0x808080:s=320x180:r=25:d=1,{named}"
    path = made(tmp_path / "gray.mkv", f"{picture} -c:v ffv1")
    _, result = encode_first(path, tmp_path / "out")
    track = result.tracks[0]
    frame = decoded(track.init.read_bytes() + track.files[0].read_bytes())[0]
    middles = [
        bytes(plane)[(plane.height // 2) * plane.line_size + plane.width // 2]
        for plane in frame.planes
    ]
    assert tuple(middles) == shown


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        ("smpte170m", "format=yuv420p,setparams=colorspace=unknown"),  # and small
        ("smpte170m", "format=yuv422p,setparams=colorspace=smpte170m"),
        ("smpte170m", "format=yuv422p10,setparams=colorspace=smpte170m"),
        ("smpte170m", "format=yuv420p,setparams=colorspace=smpte170m:range=pc"),
        ("smpte170m", "format=yuv420p,crop=319:179:exact=1,setparams=colorspace=smpte170m"),
        ("bt470bg", "format=yuv420p,setparams=colorspace=bt470bg:field_mode=tff"),
        ("bt2020nc", "format=yuv420p10,setparams=colorspace=bt2020nc"),
        ("bt709", "format=yuv444p,setparams=colorspace=bt709"),
    ],
)
def test_colors_are_those_of_the_film(matrix, kind, tmp_path):
    """Three stripes are in BT.709 what they were in the film's own matrix."""
    size = "pc" if "range=pc" in kind else "tv"
    picture = (
        "-f lavfi -i color=0xC83214:s=320x180:r=25:d=0.4,format=gbrp"
        ",drawbox=106:0:108:180:0x1E9628:fill,drawbox=214:0:106:180:0x2846D2:fill"
        f",scale=flags=accurate_rnd:out_color_matrix={matrix}:out_range={size},{kind}"
    )
    path = made(tmp_path / "stripes.mkv", f"{picture} -c:v ffv1")
    _, result = encode_first(path, tmp_path / "out")
    track = result.tracks[0]
    frame = decoded(track.init.read_bytes() + track.files[0].read_bytes())[0]
    for place, color in enumerate([(200, 50, 20), (30, 150, 40), (40, 70, 210)]):
        found = [
            bytes(plane)[
                plane.height // 2 * plane.line_size
                + int(plane.width * (2 * place + 1) / 6)
            ]
            for plane in frame.planes
        ]
        for ours, exact in zip(found, in_bt709(*color), strict=True):
            assert abs(ours - exact) <= 3, (color, found)


@pytest.mark.parametrize("kind", ["format=yuv420p", "format=yuv420p10"])
def test_colors_stay_where_they_are(kind, tmp_path):
    """Color lies on every second column of brightness (ITU-T H.264, E.2.1), at any size."""
    ramp = f"geq=lum=128:cb=40+160*X/W:cr=128,setparams=colorspace=bt709,{kind}"
    path = tmp_path / "ramp.mkv"
    made(path, f"-f lavfi -i color=s=1280x720:r=25:d=0.2,format=yuv420p,{ramp} -c:v ffv1")
    _, result = encode_first(path, tmp_path / "out")
    track = result.tracks[0]
    frame = decoded(track.init.read_bytes() + track.files[0].read_bytes())[0]
    plane = frame.planes[1]
    assert (frame.width, plane.width) == (640, 320)
    row = bytes(plane)[plane.height // 2 * plane.line_size :][: plane.width]
    # column j lies over that of the film at 2 * (2 * j + 1/2) - 1/2, in color half of it
    off = [row[j] - (40 + 160 * (2 * j + 0.25) / 640) for j in range(80, 240)]
    assert abs(sum(off) / len(off)) < 0.03


def in_bt709(red, green, blue):
    """Y', Cb and Cr of 8 bits (ITU-R BT.709-6, items 3.2 to 3.5)."""
    red, green, blue = red / 255, green / 255, blue / 255
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        16 + 219 * luma,
        128 + 224 * (blue - luma) / 1.8556,
        128 + 224 * (red - luma) / 1.5748,
    )


def test_times_are_exact_fractions(tmp_path):
    encoded = encode_film(film("rate_2997"), tmp_path, SMALL)
    segments = [s for result in encoded.results for s in result.tracks[0].segments]
    assert encoded.plan.frame_rate == Fraction(30000, 1001)
    assert [s.start for s in segments] == [
        n * encoded.plan.frame_ticks for n in encoded.plan.boundaries[:-1]
    ]
