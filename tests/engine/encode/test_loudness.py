"""The loudness of what is published, as a meter that we did not write measures it.

pyloudnorm is ITU-R BS.1770-4 on NumPy; peaks are those of the signal at four times its
rate (annex 2), by SciPy.
"""

from __future__ import annotations

import math
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest

from lucarne_engine.encode import encode_levelled
from lucarne_engine.encode.loudness import read_loudness
from lucarne_engine.errors import EncoderError
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.plan.level import GATE_LUFS, PEAK_DBTP
from lucarne_engine.reader import probe
from tests.engine.encode.chunks import made
from tests.engine.films import film

POLICY = Policy(segment_ms=1000)
RATE = 48_000
TARGET = -16
# AAC is no copy: a peak may swing a little beyond what was put in.
SWING_DB = 0.5


def noise(level: str, seed: int = 1, seconds: int = 8) -> str:
    return f"-f lavfi -i anoisesrc=c=pink:seed={seed}:a={level}:r={RATE}:d={seconds}"


def levelled(path, out, policy=POLICY, number=0):
    report = probe(path)
    plan = make_plan(report, policy)
    return plan, encode_levelled(
        path, report, plan,
        name=plan.later_audio[number].name, out=out, on_progress=lambda _: None,
    )  # fmt: skip


def samples_of(track):
    """Samples of all channels, as columns."""
    data = b"".join(file.read_bytes() for file in (track.init, *track.files))
    with av.open(BytesIO(data)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1).T


# SciPy is imported where it is used: each test process would pay a second for it.
def loudness_of(samples):
    import pyloudnorm

    meter = pyloudnorm.Meter(RATE)
    if samples.shape[1] == 1:  # as it is heard, from two loudspeakers
        samples = np.repeat(samples, 2, axis=1)
    return meter.integrated_loudness(samples)


def peak_of(samples):
    from scipy.signal import resample_poly

    return 20 * math.log10(np.abs(resample_poly(samples, 4, 1, axis=0)).max())


FILMS = {
    "loud": f"{noise('1')} -af volume=9dB -ac 2 -c:a pcm_f32le",
    "quiet": f"{noise('0.1')} -ac 2 -c:a flac",
    "mono": f"{noise('0.1')} -c:a libopus -ac 1",
    "aac": f"{noise('0.15')} -ac 2 -c:a aac -b:a 160k",
    # A fifth louder and a fifth quieter, by turns.
    "uneven": f"{noise('0.5')} -af volume='if(lt(mod(t,2),1),1,0.2)':eval=frame -ac 2 "
    "-c:a flac",
    "44k": f"{noise('0.3')} -ar 44100 -ac 2 -c:a pcm_s16le",
}


@pytest.mark.parametrize("name", FILMS)
def test_a_film_comes_out_as_loud_as_all_others(name, tmp_path):
    path = made(tmp_path / f"{name}.mkv", FILMS[name])
    _, made_of = levelled(path, tmp_path)
    samples = samples_of(made_of.track)
    assert loudness_of(samples) == pytest.approx(TARGET, abs=1)
    assert peak_of(samples) <= PEAK_DBTP + SWING_DB


def test_broadcasters_have_their_own_loudness(tmp_path):
    path = made(tmp_path / "loud.mkv", FILMS["loud"])
    _, made_of = levelled(path, tmp_path, Policy(loudness="r128"))
    assert loudness_of(samples_of(made_of.track)) == pytest.approx(-23, abs=1)


def test_six_channels_and_two_are_each_as_loud_as_all_others(tmp_path):
    six = "|".join(f"0.2*random({n})" for n in range(6))
    line = f"-f lavfi -i aevalsrc={six}:c=5.1:s={RATE}:d=8"
    # AAC would leave out a part of what is higher, and a meter all that is lower.
    band = "-af highpass=f=90,lowpass=f=4000"
    path = made(tmp_path / "six.mkv", f"{line} {band} -c:a flac")
    for number, channels in enumerate((2, 6)):
        plan, made_of = levelled(path, tmp_path, number=number)
        assert plan.later_audio[number].channels == channels
        samples = samples_of(made_of.track)
        assert samples.shape[1] == channels
        if channels == 6:  # the meter's order has no low frequencies
            samples = np.delete(samples, 3, axis=1)
        assert loudness_of(samples) == pytest.approx(TARGET, abs=1)


def test_each_language_is_measured_alone(tmp_path):
    path = made(
        tmp_path / "two.mkv",
        f"{noise('0.15')} {noise('0.6', seed=2)} -map 0 -map 1 -ac 2 -c:a flac"
        " -metadata:s:a:0 language=fra -metadata:s:a:1 language=eng",
    )
    gains = []
    for number in (0, 1):
        _, made_of = levelled(path, tmp_path, number=number)
        assert loudness_of(samples_of(made_of.track)) == pytest.approx(TARGET, abs=1)
        gains.append(made_of.level.gain_db)
    assert gains[0] == pytest.approx(gains[1] + 20 * math.log10(4), abs=0.5)


def test_one_gain_for_the_whole_film(tmp_path):
    """What is quiet beside what is loud stays so: no part is raised by itself."""
    path = made(tmp_path / "uneven.mkv", FILMS["uneven"])
    _, made_of = levelled(path, tmp_path)
    assert not made_of.level.is_limited
    with av.open(str(path)) as container:
        before = np.concatenate(
            [f.to_ndarray().reshape(1, -1) for f in container.decode(audio=0)], axis=1
        )
    scale = 32768.0 if before.dtype == np.int16 else 2.0**31
    before = (before / scale).reshape(-1, 2)
    after = samples_of(made_of.track)

    def power(samples, second):
        part = samples[second * RATE + 4800 : (second + 1) * RATE - 4800, 0]
        return 10 * math.log10((part**2).mean())

    raised = [power(after, n) - power(before, n) for n in range(8)]
    assert max(raised) - min(raised) < 0.2
    # AAC leaves out the highest of the noise.
    assert raised[0] == pytest.approx(made_of.level.gain_db, abs=0.5)


def test_high_peaks_are_rounded_off_and_nothing_else(tmp_path):
    """Short bursts twelve decibels above a steady tone."""
    burst = "if(lt(mod(t\\,1)\\,0.01)\\,0.5\\,0.02)"
    line = f"-f lavfi -i aevalsrc='{burst}*sin(2*PI*997*t)':s={RATE}:d=8"
    path = made(tmp_path / "bursts.mkv", f"{line} -ac 2 -c:a flac")
    _, made_of = levelled(path, tmp_path)
    samples = samples_of(made_of.track)
    assert made_of.level.is_limited
    assert peak_of(samples) <= PEAK_DBTP + SWING_DB
    # Long after the burst, and shortly: the limiter lets go within a tenth of a second.
    parts = [samples[at : at + RATE // 10, 0] for at in (RATE * 3 // 20, RATE * 7 // 10)]
    early, late = (10 * math.log10((part**2).mean()) for part in parts)
    assert early == pytest.approx(late, abs=0.2)


@pytest.mark.parametrize(
    "line",
    [
        f"-f lavfi -i anullsrc=r={RATE}:cl=stereo -t 4",
        f"{noise('0.00001', seconds=4)} -ac 2",
        # too short for any block of 400 ms
        f"{noise('0.1', seconds=1)} -ac 2 -t 0.2",
    ],
)
def test_silence_stays_silence(line, tmp_path):
    _, made_of = levelled(made(tmp_path / "silence.mkv", f"{line} -c:a flac"), tmp_path)
    assert made_of.track is None
    assert made_of.measured.lufs == GATE_LUFS
    assert not made_of.level.changes


def test_sound_that_is_right_already_is_not_made_again(tmp_path):
    path = made(tmp_path / "first.mkv", FILMS["quiet"])
    _, once = levelled(path, tmp_path / "once")
    again = tmp_path / "again.mp4"
    again.write_bytes(
        b"".join(file.read_bytes() for file in (once.track.init, *once.track.files))
    )
    _, twice = levelled(again, tmp_path / "twice")
    assert twice.track is None
    assert abs(twice.measured.lufs - TARGET) <= 1


def test_the_same_film_gives_the_same_bytes(tmp_path):
    path = made(tmp_path / "loud.mkv", FILMS["loud"])
    tracks = [levelled(path, tmp_path / name)[1].track for name in ("one", "two")]
    first, second = ([file.read_bytes() for file in track.files] for track in tracks)
    assert first == second


def test_progress_goes_from_nothing_to_all(tmp_path):
    path = film("vp9_opus")
    report = probe(path)
    plan = make_plan(report, POLICY)
    told = []
    encode_levelled(
        path, report, plan,
        name="sound-0", out=tmp_path, on_progress=lambda p: told.append(p.fraction),
    )  # fmt: skip
    assert told == sorted(told)
    assert told[-1] == 1
    assert plan.duration > Fraction(1)


def test_a_log_without_a_summary_is_the_encoders_fault():
    with pytest.raises(EncoderError):
        read_loudness("size=N/A time=00:00:01")
    measured = read_loudness("    I:         nan LUFS\n    Peak:       -inf dBFS\n")
    assert measured.lufs == GATE_LUFS
    # Two threads write into one log.
    measured = read_loudness("    I:  -9.8 LUFS\n    Peak:  -0.3 dBFS[out#0] Starting")
    assert (measured.lufs, measured.peak_dbtp) == (-9.8, -0.3)
