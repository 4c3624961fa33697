"""A few cheap encodes of samples: what bits and what quality each setting gives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.codecs import encoder_arguments
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.filters import ZSCALER, ten_bits
from lucarne_engine.plan.curve import Point
from lucarne_engine.plan.model import Hdr, Rung
from lucarne_engine.quality.bits import bits_of_film
from lucarne_engine.quality.reference import Reference
from lucarne_engine.quality.sample import AV1_PICTURES_OF_LONG
from lucarne_engine.quality.vmaf import Score, measure

# The CRFs that are tried: near the ends of what a ladder uses, and between them.
QUALITIES: Final = {"h264": (22, 29, 36), "av1": (28, 40, 55)}


@dataclass(frozen=True, kw_only=True)
class Experience:
    """What runs of a codec say of most films (docs/decisions/0006)."""

    lost: float  # VMAF that the film loses, against 1 of its runs'
    bits: float  # that it needs, against 1 that its runs say it does (``bits_of_film``)
    every: tuple[int, ...]  # one picture in so many is scored, at each of QUALITIES


# The more is lost, the more it differs from picture to picture; and every rung of x264 is
# read from the middle CRF and one other.
OF_RUNS: Final = {
    "h264": Experience(lost=1.0, bits=1.09, every=(9, 3, 9)),
    "av1": Experience(lost=1.04, bits=1.0, every=(9, 9, 9)),
}
OF_LONG_RUNS: Final = {"av1": Experience(lost=1.0, bits=0.96, every=(9, 3, 3))}


def try_sizes(
    reference: Reference,
    *,
    codec: str,
    preset: str,
    sizes: Sequence[tuple[int, int]],
    pictures_per_key: float,
    out: Path,
    source: Reference | None = None,
    hdr: Hdr | None = None,
    film_bits: float | None = None,
    on_size: Callable[[], None] = lambda: None,
    on_cpu: Callable[[float], None] = lambda _: None,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> tuple[Point, ...]:
    """Encode the reference at every size, at three CRFs; give bits and VMAF of each.

    ``on_size`` hears that one more size is encoded, ``on_cpu`` the processor seconds of
    each process. VMAF is what the whole film should have, which has a key frame in
    ``pictures_per_key``; its bits are ``film_bits`` times what its runs say: what is
    usual where nobody knows. Of an HDR film ``source`` has the same pictures as ``hdr``
    says: that is what is encoded. Raises EncoderError.
    """
    out.mkdir(parents=True, exist_ok=True)
    encoded = source or reference
    files: dict[tuple[int, int, int], Path] = {}
    for width, height in sizes:
        made = {crf: out / f"{height}-{crf}.mp4" for crf in QUALITIES[codec]}
        arguments = _arguments(encoded, codec, preset, (width, height), made, hdr)
        _encode(encoded, arguments, out=out, on_cpu=on_cpu, cancel=cancel, limits=limits)
        files |= {(width, height, crf): file for crf, file in made.items()}
        on_size()
    known = experience(codec, max(reference.counts))
    distances = dict(zip(QUALITIES[codec], known.every, strict=True))
    scores: dict[str, Score] = {}
    # In as few goes as there are distances: the reference is decoded once in each.
    for every in sorted(set(known.every)):
        names = [file.name for (_, _, crf), file in files.items() if distances[crf] == every]
        scores |= measure(
            reference,
            {name: [out / name] for name in names},
            out=out,
            hdr=dict.fromkeys(names, hdr),
            every=every,
            on_cpu=on_cpu,
            cancel=cancel,
            limits=limits,
        )
    share = film_bits or known.bits
    points = []
    for (width, height, crf), file in files.items():
        bits = share * bits_of_film(file, reference.counts, pictures_per_key)
        vmaf = max(0.0, 100 - known.lost * (100 - scores[file.name].mean))
        points.append(Point(width=width, height=height, crf=crf, bits=bits, vmaf=vmaf))
        file.unlink()
    return tuple(points)


def experience(codec: str, pictures: int) -> Experience:
    """Give what is known of runs of so many pictures."""
    is_long = pictures >= AV1_PICTURES_OF_LONG and codec in OF_LONG_RUNS
    return OF_LONG_RUNS[codec] if is_long else OF_RUNS[codec]


def share_of_runs(
    reference: Reference,
    *,
    rung: Rung,
    bits: float,
    pictures_per_key: float,
    out: Path,
    on_cpu: Callable[[float], None] = lambda _: None,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> float:
    """Say what the film needs of what its runs say, from a rung that was made.

    ``bits``: of the rung, for each picture of the film. The runs are encoded as it was.
    Raises EncoderError.
    """
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{rung.name}.mp4"
    size = (rung.width, rung.height)
    arguments = _arguments(
        reference, rung.codec, rung.preset, size, {rung.crf: file}, rung.hdr
    )
    _encode(reference, arguments, out=out, on_cpu=on_cpu, cancel=cancel, limits=limits)
    said = bits_of_film(file, reference.counts, pictures_per_key)
    file.unlink()
    return bits / said


def _encode(
    encoded: Reference,
    arguments: Sequence[str],
    *,
    out: Path,
    on_cpu: Callable[[float], None],
    cancel: threading.Event | None,
    limits: process.Limits | None,
) -> None:
    finished = process.run(
        [process.ffmpeg_path(), *arguments],
        sandbox=process.Sandbox(readable=encoded.files, writable=(out,)),
        limits=limits or process.Limits(),
        cancel=cancel,
        name="trial",
    )
    on_cpu(finished.cpu_s)
    if finished.returncode:
        raise failure(finished)


def _arguments(  # noqa: PLR0917
    reference: Reference,
    codec: str,
    preset: str,
    size: tuple[int, int],
    files: dict[int, Path],
    hdr: Hdr | None,
) -> list[str]:
    inputs = [word for file in reference.files for word in ("-i", f"file:{file}")]
    pads = "".join(f"[{number}:v]" for number in range(len(reference.files)))
    split = f"split={len(files)}" + "".join(f"[s{crf}]" for crf in files)
    scaled = f"zscale={size[0]}:{size[1]}:{ZSCALER}"
    chain = [f"concat=n={len(reference.files)}", scaled, *(ten_bits(hdr) if hdr else ())]
    graph = pads + ",".join([*chain, split])
    starts = [0, *accumulate(reference.counts[:-1])]
    keys = "expr:" + "+".join(f"eq(n,{start})" for start in starts)
    outputs = [
        word
        for crf, file in files.items()
        for word in (
            *("-map", f"[s{crf}]"),
            *encoder_arguments(codec, preset=preset, crf=crf, hdr=hdr),
            *("-force_key_frames", keys),
            *("-fps_mode", "passthrough"),
            *("-f", "mp4", f"file:{file}"),
        )
    ]
    return [
        *("-hide_banner", "-nostdin", "-nostats", "-v", "error"),
        *("-protocol_whitelist", "file,pipe"),
        *inputs,
        *("-filter_complex", graph),
        *outputs,
    ]
