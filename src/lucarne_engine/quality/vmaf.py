"""VMAF of encoded pictures against a reference, by FFmpeg's libvmaf.

The model is vmaf_v0.6.1 (1080 lines watched from three times the picture's height;
https://github.com/Netflix/vmaf, resource/doc/models.md).
What was made is scaled up to the reference's size first, as a player does. HDR is
tone-mapped before, since the model knows no other pictures than SDR; the reference is
tone-mapped in the same way (docs/decisions/0008).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isinf
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.filters import to_sdr
from lucarne_engine.errors import EncoderError
from lucarne_engine.plan.model import Hdr
from lucarne_engine.quality.reference import Reference

# Between two pictures that are scored. Odd, since every second picture has more bits
# than the one after it.
EVERY: Final = 5
# Motion is what differs from the picture before and the one after: of the others
# nothing is needed, neither scaling nor measuring.
_NEAR: Final = 3
WORST_SHARE: Final = 0.05
# XPSNR of luma over all pictures, as FFmpeg's filter sums up.
_XPSNR: Final = re.compile(r"XPSNR average, (\d+) frames  y: ([\d.]+|inf)")
BEST_XPSNR: Final = 100.0  # dB, of pictures that are the same


@dataclass(frozen=True, kw_only=True)
class Score:
    """VMAF of one encode, 0 to 100."""

    mean: float
    worst: float  # the 5th percentile of the pictures
    pictures: int  # that were scored
    xpsnr: float | None = None  # dB, luma; None where nobody asked for it


def measure(
    reference: Reference,
    made: Mapping[str, Sequence[Path]],
    *,
    out: Path,
    hdr: Mapping[str, Hdr | None] | None = None,
    every: int = EVERY,
    has_xpsnr: bool = False,
    on_cpu: Callable[[float], None] = lambda _: None,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> dict[str, Score]:
    """Score each list of files, which hold together the reference's pictures.

    One picture in ``every`` is scored; ``hdr`` names what was made in HDR, and with
    ``has_xpsnr`` XPSNR of all pictures stands beside VMAF. ``on_cpu`` hears the processor
    seconds. Raises EncoderError when FFmpeg fails or the pictures are not as many.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = [*reference.files, *(file for group in made.values() for file in group)]
    logs = {name: out / f"vmaf-{number}.json" for number, name in enumerate(made)}
    asked = logs if has_xpsnr else {}
    notes = {name: log.with_suffix(".txt") for name, log in asked.items()}
    finished = process.run(
        [process.ffmpeg_path(), *_arguments(reference, made, logs, every, hdr or {}, notes)],
        sandbox=process.Sandbox(readable=tuple(files), writable=(out,)),
        limits=limits or process.Limits(),
        cancel=cancel,
        name="vmaf",
    )
    on_cpu(finished.cpu_s)
    if finished.returncode:
        raise failure(finished)
    scores = {name: _read(log, reference, every) for name, log in logs.items()}
    for name, note in notes.items():
        scores[name] = replace(scores[name], xpsnr=_read_xpsnr(note, reference))
    return scores


def _arguments(  # noqa: PLR0917
    reference: Reference,
    made: Mapping[str, Sequence[Path]],
    logs: Mapping[str, Path],
    every: int,
    hdr: Mapping[str, Hdr | None],
    notes: Mapping[str, Path],
) -> list[str]:
    inputs: list[str] = []
    graph: list[str] = []
    known = 0

    def joined(files: Sequence[Path], pad: str, filters: str) -> None:
        nonlocal known
        pads = ""
        for file in files:
            inputs.extend(["-i", f"file:{file}"])
            pads += f"[{known}:v]"
            known += 1
        # the clock is the number of the picture, whatever the file says
        graph.append(f"{pads}concat=n={len(files)},{filters}[{pad}]")

    near, step = "", every
    if every > _NEAR and not notes:  # XPSNR is of all pictures
        near, step = f"select=lt(mod(n+1\\,{every})\\,{_NEAR}),", _NEAR
    size = f"{reference.width}:{reference.height}"
    split = f",split={len(made)}" if len(made) > 1 else ""
    outputs = "][".join(f"r{number}" for number in range(len(made)))
    joined(reference.files, outputs, f"{near}settb=1/1000,setpts=N{split}")
    for number, (name, group) in enumerate(made.items()):
        kind = hdr.get(name)
        colors = to_sdr(kind) if kind else []
        scaled = [*colors, f"{near}scale={size}:flags=bicubic", "settb=1/1000", "setpts=N"]
        joined(group, f"d{number}", ",".join(scaled))
        if name in notes:
            # it hands on what was made, so that both are measured in one go
            log = notes[name]
            graph.append(f"[r{number}]split[r{number}v][r{number}x]")
            graph.append(f"[d{number}][r{number}x]xpsnr=shortest=1:stats_file={log}[x{number}]")
        compared = f"[x{number}][r{number}v]" if name in notes else f"[d{number}][r{number}]"
        graph.append(
            f"{compared}libvmaf=shortest=1:n_subsample={step}"
            f":log_fmt=json:log_path={logs[name]}[o{number}]"
        )
    mapped = [
        word
        for number in range(len(made))
        for word in ("-map", f"[o{number}]", "-c:v", "wrapped_avframe", "-f", "null", "-")
    ]
    return [
        *("-hide_banner", "-nostdin", "-nostats", "-v", "error"),
        *("-protocol_whitelist", "file,pipe"),
        *inputs,
        *("-filter_complex", ";".join(graph)),
        *mapped,
    ]


def _read(log: Path, reference: Reference, every: int) -> Score:
    frames = json.loads(log.read_text())["frames"]
    log.unlink()
    scores = sorted(
        frame["metrics"]["vmaf"] for frame in frames if "vmaf" in frame["metrics"]
    )
    expected = -(-reference.picture_count // every)
    if len(scores) < expected:
        raise EncoderError("encoder_failed", f"vmaf of {len(scores)}/{expected}")
    return Score(
        mean=sum(scores) / len(scores),
        worst=scores[int(len(scores) * WORST_SHARE)],
        pictures=len(scores),
    )


def _read_xpsnr(note: Path, reference: Reference) -> float:
    found = _XPSNR.search(note.read_text())
    note.unlink()
    if found is None or int(found[1]) < reference.picture_count:
        raise EncoderError("encoder_failed", "not every picture has an XPSNR")
    value = float(found[2])
    return BEST_XPSNR if isinf(value) else min(BEST_XPSNR, value)
