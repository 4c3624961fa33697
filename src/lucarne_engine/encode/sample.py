"""The sample film: so that the whole way of a film can be seen before one is at hand."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.sample_scene import HEIGHT, WIDTH, write_scene

RATE: Final = 25
TITLES: Final = {"fr": "Par la lucarne", "en": "Through the skylight"}
LANGUAGES: Final = {"fr": "fra", "en": "eng"}
# Sky colors at the top and at the horizon, at equal steps from dawn to night.
_TOP: Final = (
    (18, 24, 62),
    (70, 120, 190),
    (58, 128, 210),
    (78, 84, 150),
    (10, 14, 40),
)
_HORIZON: Final = (
    (214, 112, 92),
    (250, 206, 160),
    (190, 222, 240),
    (250, 150, 92),
    (38, 40, 84),
)
# Four soft chords, hertz.
_CHORDS: Final = (
    (130.81, 196.00, 246.94, 329.63),
    (110.00, 196.00, 261.63, 329.63),
    (87.31, 174.61, 261.63, 349.23),
    (98.00, 174.61, 246.94, 293.66),
)


def make_sample(
    out: Path,
    *,
    seconds: int = 15,
    language: str = "en",
    cancel: threading.Event | None = None,
) -> Path:
    """Make an H.264/AAC film of 1280 x 720 at 25 pictures a second; return ``out``.

    ``language`` ("fr" or "en") is of the words in the picture. Raises EncoderError.
    """
    scene = write_scene(pictures=seconds * RATE, rate=RATE, language=language)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix="scene-") as folder:
        file = Path(folder) / "scene.ass"
        file.write_text(scene, encoding="utf-8")
        finished = process.run(
            [process.ffmpeg_path(), *_arguments(file, out, seconds, language)],
            sandbox=process.Sandbox(writable=(out.parent,)),
            cancel=cancel,
            name="sample film",
        )
    if finished.returncode:
        raise failure(finished)
    return out


def _arguments(scene: Path, out: Path, seconds: int, language: str) -> list[str]:
    # Sky: few pixels are enough for a gradient; a little noise hides its steps.
    sky = (
        f"nullsrc=size=4x36:rate={RATE}:duration={seconds},format=gbrp,"
        f"geq=r='{_sky(0, seconds)}':g='{_sky(1, seconds)}':b='{_sky(2, seconds)}',"
        f"scale={WIDTH}:{HEIGHT}:flags=bicubic:out_color_matrix=bt709:out_range=tv,"
        "format=yuv420p,noise=c0s=2:allf=t"
    )
    shown = (
        "[0:v]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
        f":range=tv,ass=filename={escaped(str(scene))}[v]"
    )
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", "-y"),
        *("-f", "lavfi", "-i", sky),
        *("-f", "lavfi", "-i", _sound(seconds)),
        *("-filter_complex", shown),
        *("-map", "[v]", "-map", "1:a"),
        *("-c:v", "libx264", "-preset", "superfast", "-crf", "23", "-g", str(2 * RATE)),
        *("-c:a", "aac", "-b:a", "128k", "-ar", "48000"),
        *("-metadata", f"title={TITLES.get(language, TITLES['en'])}"),
        *("-metadata:s:a:0", f"language={LANGUAGES.get(language, 'eng')}"),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{out}"),
    ]


def escaped(value: str) -> str:
    """Write a value so that both levels of FFmpeg's filter syntax give it back.

    FFmpeg's documentation, "Notes on filtergraph escaping".
    """
    for special in ("\\':", "\\'[],;"):
        value = "".join(f"\\{c}" if c in special else c for c in value)
    return value


def _sky(channel: int, seconds: int) -> str:
    top = _through([color[channel] for color in _TOP], seconds)
    horizon = _through([color[channel] for color in _HORIZON], seconds)
    return f"lerp({top},{horizon},pow(Y/H,1.3))"


def _through(values: list[int], seconds: int) -> str:
    """Make an expression that goes through the values at equal steps of the film."""
    step = seconds / (len(values) - 1)
    expression = str(values[-1])
    for n in range(len(values) - 2, -1, -1):
        share = f"(T-{n * step:.4f})/{step:.4f}"
        expression = (
            f"if(lt(T,{(n + 1) * step:.4f}),"
            f"lerp({values[n]},{values[n + 1]},{share}),{expression})"
        )
    return expression


def _sound(seconds: int) -> str:
    """Pads that fade into each other, and the same notes plucked an octave higher.

    Nothing in it is above 1 kHz, so few samples are computed and made more later.
    """
    step = seconds / len(_CHORDS)
    left: list[str] = []
    right: list[str] = []
    for place, chord in enumerate(_CHORDS):
        begin = place * step
        swell = (
            f"clip((t-{begin:.3f})/1.4,0,1)*clip(({begin + step + 1.2:.3f}-t)/1.4,0,1)"
        )
        for voice, hertz in enumerate(chord):
            pluck = f"0.5*exp(-3.2*mod(t+{voice * 0.625:.3f},2.5))"
            for side, detune in ((left, 0.9993), (right, 1.0007)):
                pad = f"sin({6.28319 * hertz * detune:.3f}*t)"
                bell = f"{pluck}*sin({12.56637 * hertz * detune:.3f}*t)"
                side.append(f"{swell}*({pad}+{bell})")
    both = "|".join("0.055*(" + "+".join(side) + ")" for side in (left, right))
    fade = f"afade=t=in:d=0.8,afade=t=out:st={max(0, seconds - 2)}:d=2"
    return f"aevalsrc='{both}':c=stereo:s=8000:d={seconds},{fade}"
