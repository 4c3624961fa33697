"""Filter graphs: from decoded pictures to what each encoder sees.

Output picture ``n`` is the last source picture whose time, rounded to the grid, is
not after ``n``. The rounding (``settb``) looks at one time stamp alone, so it is
the same wherever decoding begins, and a film is the same however it is chunked.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from lucarne_engine.plan.model import Chunk, Plan, Rung
from lucarne_engine.probe.report import SourceReport, VideoStream

# A screen of 100 cd/m² shows what HDR calls white at 203 (ITU-R BT.2408 clause 3.1).
HDR_WHITE: Final = 203
SCALER: Final = "flags=bicubic"
COUNTERS: Final = ("decoded", "covered", "lead")
BT709: Final = (
    "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    ":range=tv:field_mode=prog"
)


def chunk_graph(
    report: SourceReport,
    plan: Plan,
    chunk: Chunk,
    rungs: Sequence[Rung],
    first_picture: int,
) -> str:
    """Make the graph of one chunk, whose pads are ``v0``, ``v1`` and so on.

    Three more are only counted (``COUNTERS``): ``decoded`` passes the source's
    pictures within the chunk, ``covered`` the output pictures that the source
    reaches, ``lead`` what proves that decoding began early enough. ``first_picture``
    is the output number from which on the decoder's pictures are whole.
    """
    video = _video(report)
    rate = plan.frame_rate
    begin, end = chunk.first_frame, chunk.first_frame + chunk.frame_count
    within = f"trim=start_pts={begin}:end_pts={end}"
    numbered = [*_deinterlaced(plan), f"settb=expr={rate.denominator}/{rate.numerator}"]
    steady = f"fps=fps={rate}:start_time={_exact(first_picture / rate)}"
    # The last picture stays when the source ends early, and only then.
    whole = f"tpad=stop=-1:stop_mode=clone,{within},setpts=PTS-{begin}"
    parts = [
        f"[0:{video.index}]{','.join(numbered)},split=3[all][early][one]",
        f"[all]{within}[decoded]",
        f"[early]trim=end_pts={first_picture + 1}[lead]",
        f"[one]{steady},split=2[reached][kept]",
        f"[reached]{within}[covered]",
        ",".join([f"[kept]{whole}", *_colors(video, plan, rungs[-1])])
        + _split(len(rungs)),
    ]
    for number, rung in enumerate(rungs):
        parts.append(
            f"[s{number}]{shown(video, plan, rung.width, rung.height)}[v{number}]"
        )
    return ";".join(parts)


def _split(count: int) -> str:
    return f",split={count}" + "".join(f"[s{number}]" for number in range(count))


def _exact(value: Fraction) -> str:
    return f"{float(value):.9f}"


def _deinterlaced(plan: Plan) -> list[str]:
    return ["bwdif=mode=send_frame:parity=auto:deint=all"] if plan.deinterlace else []


def still_filters(report: SourceReport, plan: Plan, width: int, height: int) -> str:
    """Make one chain that turns a decoded picture into a shown one of that size."""
    video = _video(report)
    rung = Rung(
        name="still", codec="", width=width, height=height,
        crf=0, maxrate_kbps=0, bufsize_kbps=0,
    )  # fmt: skip
    chain = [*_deinterlaced(plan), *_colors(video, plan, rung)]
    return ",".join([*chain, shown(video, plan, width, height)])


def _colors(video: VideoStream, plan: Plan, largest: Rung) -> list[str]:
    """What happens once for all rungs, at the size of the largest."""
    width, height = stored_size(plan, largest.width, largest.height)
    if plan.tone_map:
        return [*_named_colors(video), *_tone_mapped(width, height)]
    if video.has_alpha:
        # color times alpha is the picture over black
        black = "format=gbrap,premultiply=inplace=1,format=gbrp"
        return [f"scale={width}:{height}:{SCALER}", black]
    return []


def _named_colors(video: VideoStream) -> list[str]:
    """Say what the stream does not: BT.2020 belongs to both HDR curves."""
    color = video.color
    primaries, matrix = color.primaries or "bt2020", color.matrix or "bt2020nc"
    transfer = color.transfer
    named = f"color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
    return [f"setparams={named}"]


def _tone_mapped(width: int, height: int) -> list[str]:
    return [
        f"zscale=w={width}:h={height}:f=bilinear:t=linear:npl={HDR_WHITE}",
        "format=gbrpf32le",
        "zscale=p=bt709",
        "tonemap=tonemap=hable:desat=0",
        "zscale=t=bt709:m=bt709:r=tv",
        "format=yuv420p",
    ]


def shown(video: VideoStream, plan: Plan, width: int, height: int) -> str:
    """Scale to ``width`` x ``height`` square pixels as shown, BT.709, 8 bits 4:2:0."""
    stored = stored_size(plan, width, height)
    matrix = "auto" if plan.tone_map else _matrix(video)
    colors = f"in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv"
    chain = [
        f"scale={stored[0]}:{stored[1]}:{SCALER}:{colors}",
        "format=yuv420p",
        *_turned(plan),
        "setsar=1",
        BT709,
    ]
    return ",".join(chain)


def stored_size(plan: Plan, width: int, height: int) -> tuple[int, int]:
    """Give the size before rotation."""
    return (height, width) if plan.rotation in {90, 270} else (width, height)


def _matrix(video: VideoStream) -> str:
    """Choose the matrix; untagged film is BT.601 below 720 lines, as players assume."""
    if video.color.matrix:
        return "auto"
    return "bt709" if video.height >= 720 else "smpte170m"


def _turned(plan: Plan) -> list[str]:
    turn = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
    return [*turn.get(plan.rotation, []), *(["hflip"] if plan.mirror else [])]


def _video(report: SourceReport) -> VideoStream:
    if report.video is None:
        raise ValueError("a film without picture has no chunks")
    return report.video
