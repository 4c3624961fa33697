"""The sample film: twenty seconds that Lucarne draws itself, to see the whole way."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.errors import EncoderError

SIZE: Final = "1280x720"
RATE: Final = 25
# A morning sky, a sun that crosses it, and the bars of a small window.
SKY: Final = (
    f"gradients=s={SIZE}:r={RATE}:d={{seconds}}:c0=0x1b2a49:c1=0x7a5c8e:c2=0xe8a87c"
    ":c3=0xf6d8ae:n=4:x0=640:y0=0:x1=640:y1=720:speed=0.004"
)
SUN: Final = (
    f"color=c=0xfff1c9:s=220x220:r={RATE}:d=0.04,format=yuva420p,"
    "geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)'"
    ":a='clip(255*(108-hypot(X-110,Y-110))/6,0,235)',loop=loop=-1:size=1,"
    "setpts=N/25/TB"
)
BARS: Final = (
    "drawbox=x=0:y=0:w=iw:h=ih:color=0x2b1d14:t=34,"
    "drawbox=x=628:y=0:w=24:h=ih:color=0x2b1d14:t=fill,"
    "drawbox=x=0:y=348:w=iw:h=24:color=0x2b1d14:t=fill"
)
CHORD: Final = "+".join(
    f"0.06*sin(2*PI*{note}*t)*(1+0.4*sin(2*PI*{beat}*t))"
    for note, beat in ((220, 0.11), (277.18, 0.17), (329.63, 0.13), (440, 0.07))
)


def make_sample(out: Path, *, seconds: int = 20, language: str = "en") -> Path:
    """Draw the film (H.264, AAC, 1280x720, 25 pictures a second) and return ``out``.

    Raises EncoderError when FFmpeg cannot.
    """
    graph = (
        f"[0][1]overlay=x='-220+(W+220)*t/{seconds}'"
        f":y='H*0.62-H*0.5*sin(PI*t/{seconds})':shortest=1,{BARS},"
        "format=yuv420p[picture]"
    )
    fades = f"afade=d=2,afade=t=out:st={seconds - 2}:d=2"
    spoken = {"fr": "fra"}.get(language, "eng")
    done = process.ffmpeg(
        [
            "-y",
            *("-f", "lavfi", "-i", SKY.format(seconds=seconds)),
            *("-f", "lavfi", "-i", SUN),
            *("-f", "lavfi", "-i", f"aevalsrc={CHORD}|{CHORD}:s=48000:d={seconds}"),
            *("-filter_complex", graph),
            *("-map", "[picture]", "-map", "2:a", "-af", fades),
            *("-t", str(seconds)),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "50"),
            *("-c:a", "aac", "-b:a", "128k", "-metadata:s:a:0", f"language={spoken}"),
            *("-movflags", "+faststart"),
            out,
        ],
        sandbox=process.Sandbox(readable=(), writable=(out.parent,)),
        name="sample",
    )
    if done.returncode or not out.exists():
        raise EncoderError("encoder_failed", done.stderr_tail)
    return out
