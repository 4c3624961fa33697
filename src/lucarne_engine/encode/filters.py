"""Filter graphs: from decoded pictures to what each encoder sees.

Output picture ``n`` is the last source picture whose time, rounded to the grid, is
not after ``n``. The rounding (``settb``, ``fps``) looks at one time stamp alone, so
it is the same wherever decoding begins, and a film is the same however it is
chunked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from lucarne_engine.plan.model import Chunk, Hdr, Plan, Rung
from lucarne_engine.probe.report import SourceReport, VideoStream

# A screen of 100 cd/m² shows what HDR calls white at 203 (ITU-R BT.2408 clause 3.1).
HDR_WHITE: Final = 203
SCALER: Final = "flags=bicubic"
# The same kernel (B = 0, C = 0.6) for half of the processor, where zscale takes the
# pictures (docs/decisions/0026). Color lies where players expect it when nothing is said
# (ITU-T H.264, E.2.1).
# zscale has one thread everywhere: with more it works in slices, whose borders it changes,
# and the bytes would depend on the cores of a machine.
ZSCALER: Final = "f=bicubic:param_a=0:param_b=0.6:c=left:threads=1"
# From one matrix to another the scaler's quick arithmetic turns gray (126, 128, 128)
# into a darker green (124, 129, 128); its exact one is slow (docs/decisions/0023).
EXACT_SCALER: Final = f"{SCALER}+accurate_rnd+full_chroma_int"
# The matrices of Y'CbCr (ITU-T H.273, 8.3) that become BT.709 once for all rungs.
_PLAIN_MATRICES: Final = frozenset({"bt709", "smpte170m", "bt470bg", "bt2020nc"})
_PLAIN: Final = re.compile("yuvj?4(20|22|44)p(10le|12le)?")
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

    Two more are only counted: ``seen`` passes the source's pictures up to the end
    of the chunk, ``reached`` the output pictures from ``first_picture`` on that need
    no clone. ``first_picture`` is the output number from which on the decoder's
    pictures are whole.
    """
    video = _video(report)
    rate = plan.frame_rate
    begin, end = chunk.first_frame, chunk.first_frame + chunk.frame_count
    # The first picture passes in any case: FFmpeg cannot count to zero.
    until = f"trim=end_frame=1:end_pts={end}"
    last_tick = end * plan.frame_ticks - plan.frame_ticks // 2
    until_tick = f"trim=end_frame=1:end_pts={last_tick}"
    numbered = [*deinterlaced(video, plan), f"settb=expr=1/{plan.timescale}"]
    steady = f"fps=fps={rate}:start_time={_exact(first_picture / rate)}:eof_action=pass"
    # The last picture stays when the source ends early, and only then.
    within = f"trim=start_pts={begin}:end_pts={end}"
    whole = f"tpad=stop=-1:stop_mode=clone,{within},setpts=PTS-{begin}"
    parts = [
        f"[0:{video.index}]{','.join(numbered)},split=2[all][one]",
        f"[all]{until_tick}[seen]",
        f"[one]{steady},split=2[some][kept]",
        f"[some]{until}[reached]",
    ]
    kinds = list(dict.fromkeys(rung.hdr for rung in rungs))
    pads = [f"[k{number}]" for number in range(len(kinds))]
    parts.append(f"[kept]{whole},split={len(kinds)}{''.join(pads)}")
    for pad, kind in zip(pads, kinds, strict=True):
        own = [number for number, rung in enumerate(rungs) if rung.hdr == kind]
        last = rungs[own[-1]]
        largest = stored_size(plan, last.width, last.height)
        colors = (
            _kept(video, largest, kind)
            if kind
            else [*_colors(video, plan, largest), *_into_plain(video, plan)]
        )
        # Rungs of one size have the same pictures: a fine ladder may have three.
        scaled: dict[str, list[int]] = {}
        for number in own:
            scaled.setdefault(_rung(video, plan, rungs[number]), []).append(number)
        places = [f"[s{numbers[0]}]" for numbers in scaled.values()]
        parts.append(pad + ",".join([*colors, f"split={len(places)}{''.join(places)}"]))
        for place, (chain, numbers) in zip(places, scaled.items(), strict=True):
            out = "".join(f"[v{number}]" for number in numbers)
            parts.append(f"{place}{chain},split={len(numbers)}{out}")
    return ";".join(parts)


def _rung(video: VideoStream, plan: Plan, rung: Rung) -> str:
    if rung.hdr is None:
        return shown(video, plan, rung.width, rung.height)
    width, height = stored_size(plan, rung.width, rung.height)
    chain = [f"zscale={width}:{height}:{ZSCALER}:r=tv", *ten_bits(rung.hdr)]
    return ",".join([*chain, *_turned(plan), "setsar=1"])


def _exact(value: Fraction) -> str:
    return f"{float(value):.9f}"


def deinterlaced(video: VideoStream, plan: Plan) -> list[str]:
    """Filters that make whole pictures of fields, where the film has fields."""
    if not plan.deinterlace:
        return []
    return [
        # bwdif needs three pictures of one size; television changes it between programs.
        # Each field is scaled on its own, and what has the size passes as it is.
        f"scale={video.width}:{video.height}:{SCALER}:interl=-1",
        "bwdif=mode=send_frame:parity=auto:deint=all",
    ]


def steady(plan: Plan, first_picture: int, wanted: int) -> list[str]:
    """Filters that pass output pictures from number ``wanted`` on, as players show them.

    Decoding begins at ``first_picture``; the last picture stays when the film has ended.
    """
    rate = plan.frame_rate
    return [
        f"fps=fps={rate}:start_time={_exact(first_picture / rate)}:eof_action=pass",
        "tpad=stop=-1:stop_mode=clone",
        f"trim=start_pts={wanted}",
    ]


def still(report: SourceReport, plan: Plan, width: int, height: int) -> str:
    """Make one chain from a decoded picture to one for JPEG (BT.601, full range)."""
    video = _video(report)
    stored = stored_size(plan, width, height)
    matrix = _matrix(video, plan)
    colors = f"in_color_matrix={matrix}:out_color_matrix=bt601:out_range=pc"
    chain = [
        *_colors(video, plan, stored),
        f"scale={stored[0]}:{stored[1]}:{EXACT_SCALER}:{colors}",
        "format=yuvj420p",
        *_turned(plan),
        "setsar=1",
    ]
    return ",".join(chain)


def _colors(video: VideoStream, plan: Plan, size: tuple[int, int]) -> list[str]:
    """Do what is done once for all rungs, at the size of the largest."""
    width, height = size
    if plan.tone_map:
        return [
            *_named_colors(video),
            *_tone_mapped(f"{width}:{height}:f=bilinear:"),
        ]
    if video.has_alpha:
        # color times alpha is the picture over black
        black = "format=gbrap,premultiply=inplace=1,format=gbrp"
        matrix = _matrix(video, plan)
        named = matrix != "auto" and video.pixel_format.startswith("yuv")
        tagged = [f"setparams=colorspace={matrix}"] if named else []
        return [*tagged, f"scale={width}:{height}:{EXACT_SCALER}", black]
    return []


def _into_plain(video: VideoStream, plan: Plan) -> list[str]:
    """Make once for all rungs what zscale takes, with the matrix changed if it must be."""
    matrix = _plain_matrix(video, plan)
    if matrix is None or plan.tone_map:
        return []
    # Formats with a j are those of full range, which it then no longer has. The matrix
    # alone is changed: the curves and primaries of television differ by nothing to see.
    kind = video.pixel_format.replace("yuvj", "yuv").removesuffix("le")
    into = (
        f"colorspace=ispace={matrix}:space=bt709:iprimaries=bt709:primaries=bt709"
        f":itrc=bt709:trc=bt709:range=tv:fast=1:format={kind}"
    )
    return [
        # Pictures that change in the middle of a film; all others pass as they are.
        f"scale={video.width}:{video.height}:{SCALER}",
        f"format={video.pixel_format}",
        # The color of a picture that is marked as fields would move a quarter line.
        "setparams=field_mode=prog",
        *([] if matrix == "bt709" else [into]),
    ]


def _plain_matrix(video: VideoStream, plan: Plan) -> str | None:
    """Return the matrix of a film that zscale takes as it is, None for all others."""
    if plan.tone_map:
        return "bt709"
    matrix = _matrix(video, plan)
    matrix = video.color.matrix if matrix == "auto" else matrix
    # zscale takes no odd sizes where color has fewer samples than brightness.
    is_plain = _PLAIN.fullmatch(video.pixel_format) is not None
    is_even = not (video.width % 2 or video.height % 2)
    return matrix if is_plain and is_even and matrix in _PLAIN_MATRICES else None


def _kept(video: VideoStream, size: tuple[int, int], hdr: Hdr) -> list[str]:
    """Make BT.2020 of any HDR film, at the size of the largest rung."""
    width, height = size
    colors = f"p=bt2020:t={hdr.transfer}:m=bt2020nc:r=tv"
    scaled = f"zscale={width}:{height}:{ZSCALER}:{colors}"
    return [*_named_colors(video), scaled, *ten_bits(hdr)]


def ten_bits(hdr: Hdr) -> list[str]:
    """Filters that give HDR to an encoder: its numbers are told by the rung alone."""
    named = f"color_primaries=bt2020:color_trc={hdr.transfer}:colorspace=bt2020nc"
    return [
        "format=yuv420p10le",
        "sidedata=mode=delete",
        f"setparams={named}:range=tv:field_mode=prog",
    ]


def to_sdr(hdr: Hdr) -> list[str]:
    """Filters that show what an HDR rung holds as a rung in BT.709 does."""
    named = f"color_primaries=bt2020:color_trc={hdr.transfer}:colorspace=bt2020nc"
    return [f"setparams={named}", *_tone_mapped(), BT709]


def _named_colors(video: VideoStream) -> list[str]:
    """Say what the stream does not: BT.2020 belongs to both HDR curves."""
    color = video.color
    primaries, matrix = color.primaries or "bt2020", color.matrix or "bt2020nc"
    transfer = color.transfer
    named = f"color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
    return [f"setparams={named}"]


def _tone_mapped(scaled: str = "") -> list[str]:
    return [
        f"zscale={scaled}t=linear:npl={HDR_WHITE}:threads=1",
        "format=gbrpf32le",
        "zscale=p=bt709:threads=1",
        "tonemap=tonemap=hable:desat=0",
        "zscale=t=bt709:m=bt709:r=tv:threads=1",
        "format=yuv420p",
    ]


def shown(video: VideoStream, plan: Plan, width: int, height: int) -> str:
    """Scale to ``width`` x ``height`` square pixels as shown, BT.709, 8 bits 4:2:0."""
    stored = stored_size(plan, width, height)
    if _plain_matrix(video, plan) is not None:
        scaled = f"zscale={stored[0]}:{stored[1]}:{ZSCALER}:min=bt709:m=bt709:r=tv"
        # As the other scaler does; without it, skies have steps.
        scaled += ":d=ordered" if video.bit_depth > 8 and not plan.tone_map else ""
    else:
        matrix = _matrix(video, plan)
        is_bt709 = "bt709" in {video.color.matrix, matrix}
        scaler = SCALER if is_bt709 else EXACT_SCALER
        colors = f"in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv"
        scaled = f"scale={stored[0]}:{stored[1]}:{scaler}:{colors}"
    return ",".join([scaled, "format=yuv420p", *_turned(plan), "setsar=1", BT709])


def stored_size(plan: Plan, width: int, height: int) -> tuple[int, int]:
    """Give the size before rotation."""
    return (height, width) if plan.rotation in {90, 270} else (width, height)


def _matrix(video: VideoStream, plan: Plan) -> str:
    """Choose the matrix; untagged film is BT.601 below 720 lines, as players assume."""
    if video.color.matrix or plan.tone_map:
        return "auto"
    return "bt709" if video.height >= 720 else "smpte170m"


def _turned(plan: Plan) -> list[str]:
    turn = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
    return [*turn.get(plan.rotation, []), *(["hflip"] if plan.mirror else [])]


def _video(report: SourceReport) -> VideoStream:
    if report.video is None:
        raise ValueError("a film without picture has no chunks")
    return report.video
