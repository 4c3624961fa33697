"""Sound as it is heard: which channel has which tone, and no click between segments."""

import math
from dataclasses import replace
from io import BytesIO

import av
import pytest

from lucarne_engine.encode import encode_audio, encode_levelled
from lucarne_engine.encode.channels import mixed
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.plan.level import UNCHANGED, Level
from lucarne_engine.reader import FilmReader, probe
from tests.engine.encode.chunks import made
from tests.engine.plan import reports

POLICY = Policy(segment_ms=1000)
RATE = 48_000
LEVEL = 0.1
# In the order of FFmpeg's layout 5.1: front, center, low frequencies, back.
TONES = {"FL": 400, "FR": 600, "FC": 1000, "LFE": 80, "BL": 1400, "BR": 1800}
SURROUND = "|".join(f"{LEVEL}*sin(2*PI*{tone}*t)" for tone in TONES.values())
HALF = math.sqrt(0.5)  # ITU-R BS.775-4 table 2: center and surround at -3 dB


def channels_of(track):
    """Samples of each channel, of all segments joined."""
    data = b"".join(file.read_bytes() for file in (track.init, *track.files))
    found = []
    with av.open(BytesIO(data)) as container:
        for frame in container.decode(audio=0):
            found = found or [[] for _ in frame.planes]
            for number, plane in enumerate(frame.planes):
                samples = memoryview(bytes(plane)).cast("f")
                found[number] += samples[: frame.samples].tolist()
    return found


def level_of(samples, tone):
    """Amplitude of a tone in the second half second (Goertzel)."""
    part = samples[RATE // 2 : RATE]
    turn = 2 * math.pi * tone / RATE
    real = sum(v * math.cos(turn * n) for n, v in enumerate(part))
    imaginary = sum(v * math.sin(turn * n) for n, v in enumerate(part))
    return 2 * math.hypot(real, imaginary) / len(part)


def published(path, out, level=UNCHANGED):
    """The first track as the encoder makes it, and as a copy where it may be one."""
    with FilmReader(path, out=out) as reader:
        report = reader.probe()
        plan = make_plan(report, POLICY, may_copy_picture=False)
        audio = plan.audio[0]
        is_copied = audio.is_copy and not level.changes
        copies = reader.remux(report, plan) if is_copied else ()
    encoded = encode_audio(
        path, report, plan,
        name=audio.name, out=out / "encoded", level=level,
        on_segments=lambda _: None, on_progress=lambda _: None,
    )  # fmt: skip
    return [encoded, *copies]


@pytest.mark.parametrize("codec", ["pcm_s16le", "flac", "aac -b:a 192k", "libopus"])
def test_left_stays_left(codec, tmp_path):
    tones = "0.2*sin(2*PI*400*t)|0.2*sin(2*PI*600*t)"
    line = f"-f lavfi -i aevalsrc={tones}:c=stereo:s=48000:d=2 -c:a {codec}"
    for track in published(made(tmp_path / "two.mkv", line), tmp_path):
        left, right = channels_of(track)
        assert level_of(left, 400) == pytest.approx(0.2, rel=0.1)
        assert level_of(right, 600) == pytest.approx(0.2, rel=0.1)
        assert level_of(left, 600) < 0.005
        assert level_of(right, 400) < 0.005


# AC-3 names the levels of its own mix, and these are the encoder's to choose.
AC3 = "ac3 -center_mixlev 0.707 -surround_mixlev 0.707"


@pytest.mark.parametrize("codec", ["pcm_s16le", "flac", "aac -b:a 384k", AC3])
def test_surround_is_mixed_down_by_the_book(codec, tmp_path):
    line = f"-f lavfi -i aevalsrc={SURROUND}:c=5.1:s=48000:d=2 -c:a {codec}"
    path = made(tmp_path / "six.mkv", line)
    left, right = channels_of(published(path, tmp_path)[0])
    whole = level_of(left, TONES["FL"])
    for own, front, back in ((left, "FL", "BL"), (right, "FR", "BR")):
        assert level_of(own, TONES[front]) == pytest.approx(whole, rel=0.1)
        assert level_of(own, TONES["FC"]) == pytest.approx(whole * HALF, rel=0.1)
        assert level_of(own, TONES[back]) == pytest.approx(whole * HALF, rel=0.1)
        assert level_of(own, TONES["LFE"]) < whole / 20
    for own, front, back in ((left, "FR", "BR"), (right, "FL", "BL")):
        assert level_of(own, TONES[front]) < whole / 20
        assert level_of(own, TONES[back]) < whole / 20


def test_six_loud_channels_are_no_noise(tmp_path):
    tones = "|".join(["0.8*sin(2*PI*400*t)"] * 6)
    line = f"-f lavfi -i aevalsrc={tones}:c=5.1:s=48000:d=2 -c:a pcm_s16le"
    left, _ = channels_of(published(made(tmp_path / "loud.mkv", line), tmp_path)[0])
    assert 0.8 < max(map(abs, left[RATE // 2 :])) < 1
    # a clipped tone has overtones, a quieter one has not
    assert level_of(left, 1200) < 0.02


def six(path, out):
    """The published surround track, as loud as the film has it."""
    report = probe(path)
    plan = make_plan(report, replace(POLICY, loudness="off"))
    (audio,) = plan.later_audio
    made_of = encode_levelled(
        path, report, plan, name=audio.name, out=out, on_progress=lambda _: None
    )
    return made_of.track


# What each layout calls the channels that come out as the back ones.
LAYOUTS = {
    "5.1.mkv": "aevalsrc={six}:c=5.1:s=48000:d=2 -c:a flac",
    "5.1.mp4": "aevalsrc={six}:c=5.1:s=48000:d=2 -c:a aac -b:a 384k",
    "5.1.ts": "aevalsrc={six}:c=5.1:s=48000:d=2 -c:a ac3 -b:a 448k",
    "side.mkv": "aevalsrc={six}:c=5.1(side):s=48000:d=2 -c:a flac",
    "side.webm": "aevalsrc={six}:c=5.1(side):s=48000:d=2 -c:a libopus "
    "-mapping_family 1 -af aformat=channel_layouts=5.1",
    # in no order that the file names: FFmpeg's own, which is WAVE's
    "unordered.mov": "aevalsrc={six}:c=6c:s=48000:d=2 -c:a pcm_s16le",
    "unordered.mkv": "aevalsrc={six}:c=6c:s=48000:d=2 -c:a pcm_s16le",
    "7.1.mkv": "aevalsrc={six}|0|0:c=7.1:s=48000:d=2 -c:a flac",
    "7.1side.mkv": "aevalsrc={front}|0|0|{back}:c=7.1:s=48000:d=2 -c:a flac",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_of_six_channels_stays_where_it_is(name, tmp_path):
    parts = SURROUND.split("|")
    line = LAYOUTS[name].format(
        six=SURROUND, front="|".join(parts[:4]), back="|".join(parts[4:])
    )
    track = six(made(tmp_path / name, f"-f lavfi -i {line}"), tmp_path / "out")
    found = channels_of(track)
    # AAC's decoder gives them in FFmpeg's order, that of TONES.
    for channel, samples in zip(TONES, found, strict=True):
        levels = {of: level_of(samples, tone) for of, tone in TONES.items()}
        own = levels.pop(channel)
        halved = name.startswith("7.1side") and channel in {"BL", "BR"}
        assert own == pytest.approx(LEVEL * (HALF if halved else 1), rel=0.15), levels
        assert max(levels.values()) < own / 20, (channel, levels)


# What FFmpeg's mixer refuses. 400 Hz are on the left, 600 Hz on the right.
ODD = {
    # a sphere: what comes from everywhere, from the left, from above, from the front
    "ambisonic.mkv": (
        "{left}+{right}|{left}-{right}|0|0:c=4c:s=48000:d=1"
        " -af channelmap=channel_layout=AMBI0+AMBI1+AMBI2+AMBI3"
        " -c:a libopus -mapping_family 2"
    ),
    "nine.mkv": "{left}|{right}|0|{right}|{left}|0|0|0|0:s=48000:d=1 -c:a pcm_s16le",
    "back.wav": (
        "{left}|{right}|0:c=3c:s=48000:d=1"
        " -af channelmap=channel_layout=BL+BR+BC -c:a pcm_s16le"
    ),
    "pair.mkv": (
        "{left}|{right}:c=2c:s=48000:d=1 -af channelmap=channel_layout=FLC+FRC -c:a flac"
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_channels_without_a_rule_are_heard(name, tmp_path):
    line = ODD[name].format(left="0.2*sin(2*PI*400*t)", right="0.2*sin(2*PI*600*t)")
    path = made(tmp_path / name, f"-f lavfi -i aevalsrc={line}")
    report = probe(path)
    plan = make_plan(report, POLICY)
    (later,) = plan.later_audio
    levelled = encode_levelled(
        path, report, plan, name=later.name, out=tmp_path, on_progress=lambda _: None
    )
    for track in [*published(path, tmp_path), levelled.track]:
        left, right = channels_of(track)
        assert level_of(left, 400) > 0.03
        assert level_of(left, 600) < level_of(left, 400) / 20
        assert level_of(right, 600) == pytest.approx(level_of(left, 400), rel=0.3)
        assert level_of(right, 400) < level_of(right, 600) / 20


@pytest.mark.parametrize(
    ("layout", "channels", "filters"),
    [
        ("mono", 1, []),
        ("1 channels (TC)", 1, []),
        ("7.1.4", 12, []),
        ("6 channels", 6, []),  # in no order that the file names: WAVE's
        ("binaural", 2, ["channelmap=0|1:channel_layout=stereo"]),
        ("2 channels (BL+BR)", 2, ["channelmap=0|1:channel_layout=stereo"]),
        ("2 channels (FL+LFE)", 2, ["channelmap=0|0:channel_layout=stereo"]),
        ("3 channels (BC+BR+BL)", 3, ["pan=stereo|c0<0.707*c0+1*c2|c1<0.707*c0+1*c1"]),
        ("3 channels (UNK7+USR64+LFE)", 3, ["pan=stereo|c0<1*c0+1*c2|c1<1*c1"]),
        ("ambisonic 1", 4, ["pan=stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0-0.5*c1"]),
        ("ambisonic 1+stereo", 6, ["pan=stereo|c0=0.5*c0+0.5*c1+c4|c1=0.5*c0-0.5*c1+c5"]),
    ],
)
def test_who_mixes(layout, channels, filters):
    assert mixed(reports.audio(layout=layout, channels=channels)) == filters


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac -b:a 128k"])
def test_a_sweep_has_no_click_at_the_segments(codec, tmp_path):
    """A jump of the samples shows in their second difference; a sweep's is small."""
    sweep = "0.5*sin(2*PI*(200*t+50*t*t))"
    line = f"-f lavfi -i aevalsrc={sweep}:s=48000:d=6 -c:a {codec}"
    path = made(tmp_path / "sweep.mkv", line)
    louder = Level(gain_db=5.0, is_limited=True)  # up to the limiter and no further
    for level in (UNCHANGED, louder):
        check_sweep(published(path, tmp_path, level), 10 ** (level.gain_db / 20))


def check_sweep(tracks, gain):
    for track in tracks:
        (samples,) = channels_of(track)
        bends = [
            abs(a - 2 * b + c)
            for a, b, c in zip(samples, samples[1:], samples[2:], strict=False)
        ]
        fastest = 0.5 * gain * (2 * math.pi * (200 + 100 * 6) / RATE) ** 2
        borders = [segment.start for segment in track.segments[1:]]
        assert len(borders) == 5
        for border in borders:
            assert max(bends[border - 2048 : border + 2048]) < 2 * fastest
