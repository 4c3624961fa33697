"""Sound and picture: a click is heard when the white picture is seen.

The film is black but for one white picture; its sound is silent but for a burst that
begins with that picture. Whatever container shifts or cuts the two, what is published
has them together, encoded and copied.
"""

from io import BytesIO

import av
import pytest

from lucarne_engine.encode import encode_audio
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.reader import FilmReader
from tests.engine.encode.chunks import encode_film, made

RATE = 25
WHITE = 55  # the number of the white picture: no key frame
AT = WHITE / RATE  # seconds
POLICY = Policy(segment_ms=1000, chunk_ms=3000)
FLASH = (
    f"-f lavfi -i color=black:s=160x96:r={RATE}:d=5,format=yuv420p,"
    f"geq=lum='if(eq(N\\,{WHITE})\\,235\\,16)':cb=128:cr=128"
)
X264 = "-c:v libx264 -preset ultrafast -g 25 -bf 2"
AAC = "-c:a aac -b:a 128k"


def burst(at=AT, rate=48_000):
    loud = f"between(t\\,{at:.2f}\\,{at + 0.04:.2f})"
    return f"-f lavfi -i aevalsrc='{loud}*sin(6283*t)/2':s={rate}:d=5"


FILMS = {
    "priming.mp4": f"{FLASH} {burst()} {X264} {AAC}",
    "priming_44k.mov": f"{FLASH} {burst(rate=44_100)} {X264} {AAC}",
    "fragments.mp4": f"{FLASH} {burst()} {X264} {AAC} -movflags +frag_keyframe+empty_moov",
    "late_sound.mp4": f"{FLASH} -itsoffset 1 {burst(AT - 1)} {X264} {AAC}",
    "late_sound.mkv": f"{FLASH} -itsoffset 1.2 {burst(AT - 1.2)} {X264} {AAC}",
    "late_sound.ts": f"{FLASH} -itsoffset 0.9 {burst(AT - 0.9)} {X264} {AAC}",
    "late_picture.mp4": f"-itsoffset 0.5 {FLASH} {burst(AT + 0.5)} {X264} {AAC}",
    "late_picture.mkv": f"-itsoffset 0.53 {FLASH} {burst(AT + 0.53)} {X264} -c:a flac",
    "late_picture.ts": f"-itsoffset 0.5 {FLASH} {burst(AT + 0.5)} {X264} -c:a ac3",
    "opus.mkv": f"{FLASH} {burst()} {X264} -c:a libopus",
    "opus.mp4": f"{FLASH} {burst()} {X264} -c:a libopus",
    "vorbis.webm": f"{FLASH} {burst()} -c:v libvpx -cpu-used 8 -c:a libvorbis",
    "vorbis.ogv": f"{FLASH} {burst()} -c:v libtheora -c:a libvorbis",
    "mp3.mp4": f"{FLASH} {burst()} {X264} -c:a libmp3lame",
    "mp3.avi": f"{FLASH} {burst()} -c:v mpeg4 -c:a libmp3lame",
    "aac.ts": f"{FLASH} {burst()} {X264} {AAC}",
    "mp2.ts": f"{FLASH} {burst()} -c:v mpeg2video -c:a mp2 -muxdelay 2 -muxpreload 1",
    "pcm.mov": f"{FLASH} {burst()} -c:v prores_ks -c:a pcm_s16le",
    "surround.mkv": f"{FLASH} {burst()} {X264} -ac 6 -c:a flac",
    "wma.wmv": f"{FLASH} {burst()} -c:v wmv2 -c:a wmav2",
}
# Cut within a group of pictures: an edit list hides what stands before the cut.
CUT = {
    "cut.mp4": ("priming.mp4", "-ss 0.7", "-c copy"),
    "cut.mkv": ("priming.mp4", "-ss 0.7", "-c copy"),
    "cut.ts": ("aac.ts", "-ss 1.3", "-c copy"),
    "late.mp4": ("priming.mp4", "", "-c copy -output_ts_offset 3"),
}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sync")

    def make(name):
        path = folder / name
        if path.exists():
            return path
        if name in FILMS:
            return made(path, FILMS[name])
        whole, before, after = CUT[name]
        return made(path, f"{before} -i {make(whole)} {after}")

    return make


def parts_of(track):
    return b"".join(file.read_bytes() for file in (track.init, *track.files))


def white_at(data):
    """Seconds at which the white picture is shown."""
    with av.open(BytesIO(data)) as container:
        found = [
            float(frame.time)
            for frame in container.decode(video=0)
            if sum(bytes(frame.planes[0])[:160]) > 160 * 125
        ]
    assert len(found) == 1
    return found[0]


def heard_at(track):
    """Seconds at which the burst begins."""
    values, times = [], []
    with av.open(BytesIO(parts_of(track))) as container:
        for frame in container.decode(audio=0):
            plane = memoryview(bytes(frame.planes[0])).cast("f")[: frame.samples]
            begin = float(frame.time)
            times += [begin + n / frame.sample_rate for n in range(frame.samples)]
            values += plane.tolist()
    loudest = max(map(abs, values))
    assert loudest > 0.3
    return next(t for t, v in zip(times, values, strict=True) if abs(v) > loudest / 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FILMS, *CUT])
def test_the_click_is_heard_with_the_white_picture(films, tmp_path, name):
    path = films(name)
    encoded = encode_film(path, tmp_path / "pictures", POLICY)
    seen = white_at(encoded.bytes_of())
    sounds = {}
    sounds["encoded"] = encode_audio(
        path, encoded.report, encoded.plan,
        name=encoded.plan.audio[0].name, out=tmp_path / "sound",
        on_segments=lambda _: None, on_progress=lambda _: None,
    )  # fmt: skip
    if encoded.plan.audio[0].is_copy:
        (tmp_path / "copy").mkdir()
        with FilmReader(path, out=tmp_path / "copy") as reader:
            plan = make_plan(reader.probe(), POLICY, may_copy_picture=False)
            sounds["copied"] = reader.remux(encoded.report, plan)[-1]
    if encoded.plan.keeps_original:
        (tmp_path / "original").mkdir()
        with FilmReader(path, out=tmp_path / "original") as reader:
            original, sounds["beside"] = reader.remux(encoded.report, encoded.plan)
        assert abs(white_at(parts_of(original)) - seen) < 1 / RATE

    late = {how: heard_at(track) - seen for how, track in sounds.items()}
    assert all(abs(seconds) < 1 / RATE for seconds in late.values()), late
