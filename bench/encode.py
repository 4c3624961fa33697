"""Both passes against the peers' recipes: bits, quality, time, memory, film by film.

    make bench-encode [ARGS="--no-mediacms --xpsnr --every 6 --plots DIR FILM…"]

For each film, one after the other with the same FFmpeg: the recipes of
``bench.peers``, our first pass, our fine H.264 and our fine AV1 ladder, trial
included. All rungs are then scored over the whole film (VMAF of one picture in
``--every``, mean and 5th percentile, at the film's own size). The peers' lower rungs
may come one picture late: each is scored at the offset that suits it best. With
``--xpsnr`` XPSNR (luma, all pictures) stands beside it.

BD-rate: the mean difference of the logarithm of the bits over the VMAF that both
ladders reach (Bjøntegaard, VCEG-M33, with straight lines between the rungs); below 1
we need fewer bits. CPU and wall are of all rungs, of whatever had to run for them.
Without a folder of real films three are made. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import exp, log
from pathlib import Path
from statistics import mean
from typing import Any, Final

import av
from tests.engine.films import corpus_folder, film as made_film

from bench.peers import PEERS, Measured
from bench.plots import plot
from bench.rungs import counting
from lucarne_engine import process, quality
from lucarne_engine.encode import encode_chunk
from lucarne_engine.encode.filters import chunk_graph
from lucarne_engine.encode.outputs import counter_output
from lucarne_engine.encode.source import (
    QUIET,
    entry_before,
    input_arguments,
    video_shift,
)
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.plan.curve import make_curves
from lucarne_engine.plan.fine import make_fine_plan
from lucarne_engine.plan.model import Chunk
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.quality import Reference
from lucarne_engine.reader import FilmReader, probe

GOALS: Final = {
    "fast": {"bits": 1.0, "cpu": 0.6, "wall": 0.4, "overhead": 0.15},
    "fine": {"bits": 0.70, "cpu": 2.0, "overhead": 0.15},
    "av1": {"bits": 0.50, "cpu": 3.0, "overhead": 0.15},
}
# Pictures of a film that are scored, about: with 48 a mean was a point of VMAF beside
# that of all pictures by chance alone.
MOST_SCORED: Final = 120
FEW_SCORED: Final = 12  # of them, to see whether a peer begins one picture late


@dataclass(kw_only=True)
class Rung:
    name: str
    kbps: float
    vmaf: float = 0.0
    worst: float = 0.0  # 5th percentile
    expected: float = 0.0
    xpsnr: float | None = None  # dB, where it was asked for


@dataclass(kw_only=True)
class Ladder:
    """What one recipe made of one film."""

    name: str
    measured: Measured
    files: dict[str, Path] = field(default_factory=dict)
    rungs: list[Rung] = field(default_factory=list)
    first_segment_s: float = 0.0
    cutting_s: float = 0.0  # CPU of our own process, which cuts the segments
    trial_cpu_s: float = 0.0  # of what was tried before, a part of all
    encoders_cpu_s: float = 0.0
    overhead: float = 0.0  # decoding, filters and cutting, as a share of the encoders
    decoding: float = 0.0  # decoding alone, as a share of the encoders


def main() -> int:
    """Encode, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--no-mediacms", action="store_true")
    parser.add_argument("--xpsnr", action="store_true")
    parser.add_argument("--every", type=int, default=0, help="0: about 120 pictures")
    parser.add_argument("--plots", type=Path, default=Path("build/bench-encode"))
    args = parser.parse_args()
    rows = []
    for film in map(Path.resolve, args.films or films()):
        with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder:
            ladders = encode(
                film, Path(folder),
                has_mediacms=not args.no_mediacms, every=args.every,
                has_xpsnr=args.xpsnr,
            )  # fmt: skip
            row = compare(film, ladders)
        show(film, ladders, row)
        args.plots.mkdir(parents=True, exist_ok=True)
        plot(args.plots / f"{film.stem}.svg", film.name, ladders)
        rows.append(row)
    summary = summarize(rows)
    show_summary(summary, args.plots)
    print(json.dumps({"summary": summary, "films": rows}), flush=True)
    return 0


def films() -> list[Path]:
    """The real films for quality where they are, else films of the tests' own."""
    folder = corpus_folder()
    if folder is not None:
        return sorted(folder.glob("q_*"))
    return [made_film(name) for name in ("h264_aac", "vp9_opus", "rate_60")]


def encode(
    film: Path, folder: Path, *, has_mediacms: bool, every: int = 0,
    has_xpsnr: bool = False,
) -> list[Ladder]:
    """Make every ladder of a film, and score it."""
    report = probe(film)
    plan = make_plan(report, Policy())
    ladders = [theirs(name, film, folder / name) for name in PEERS
               if has_mediacms or name != "mediacms"]  # fmt: skip
    fast = first_pass(film, report, plan, folder / "fast")
    decoding_s = decoding(film, report)
    weigh(film, report, plan, fast, decoding_s)
    ladders.append(fast)
    for codec, name in (("h264", "fine"), ("av1", "av1")):
        made = fine_pass(film, report, plan, folder / name, codec=codec)
        if made is not None:
            ladder, fine = made
            weigh(film, report, fine, ladder, decoding_s)
            ladders.append(ladder)
    whole = Chunk(
        number=0, first_segment=0, segment_count=1,
        first_frame=0, frame_count=plan.frame_count,
    )  # fmt: skip
    reference = quality.make_reference(
        film, report, plan, runs=(whole,), out=folder / "reference"
    )
    # Odd: every second picture has more bits than the one after it.
    every = every or plan.frame_count // MOST_SCORED | 1
    for ladder in ladders:
        score(
            reference, ladder, folder / "scores", every=every, has_xpsnr=has_xpsnr
        )
    return ladders


def theirs(name: str, film: Path, out: Path) -> Ladder:
    measured = PEERS[name](film, out)
    ladder = Ladder(
        name=measured.name, measured=measured, first_segment_s=measured.playable_s
    )
    for lines in measured.rungs:
        file = out / f"{lines}.mp4"
        ladder.files[lines] = file
        ladder.rungs.append(Rung(name=lines, kbps=picture_kbps(file)))
    return ladder


def picture_kbps(file: Path) -> float:
    """Bits of the picture alone, whatever else is in the file."""
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        seconds = len(packets) / float(stream.average_rate or 25)
    return 8 * sum(packet.size for packet in packets) / seconds / 1000


def first_pass(film: Path, report: SourceReport, plan: Plan, out: Path) -> Ladder:
    measured = Measured(name="Lucarne, first pass")
    ladder = Ladder(name=measured.name, measured=measured)
    with counting(measured):
        first = plan.chunks[0].number
        names = tuple(rung.name for rung in plan.rungs)
        # As publishing does: a film that browsers know is shown as it is; of another
        # one the smallest rung of the first chunk comes alone, then the others.
        alone = names[:0] if plan.keeps_original else names[:1]
        if plan.keeps_original:
            copy_original(ladder, film, report, plan, out / "original")
        else:
            make(ladder, film, report, plan, chunk=first, names=alone, out=out)
        ladder.first_segment_s = time.perf_counter() - measured.began
        if others := names[len(alone) :]:
            make(ladder, film, report, plan, chunk=first, names=others, out=out)
        for chunk in plan.chunks[1:]:
            make(ladder, film, report, plan, chunk=chunk.number, names=names, out=out)
    return ended(ladder, plan)


def copy_original(
    ladder: Ladder, film: Path, report: SourceReport, plan: Plan, out: Path
) -> None:
    """Cut the film itself into segments, in the process that has looked into it.

    Looking into a film is left out, as it is of the peers' recipes.
    """
    out.mkdir(parents=True)
    with FilmReader(film, out=out) as reader:
        reader.probe()
        began = time.perf_counter()
        reader.remux(report, plan)
        taken = time.perf_counter() - began
    ladder.measured.began = time.perf_counter() - taken
    ladder.measured.cpu_s += taken  # one thread


def decoding(film: Path, report: SourceReport) -> float:
    """Seconds of CPU that the film's decoder takes: nobody can spend less."""
    bare = Measured(name="decoder")
    with counting(bare):
        process.run(
            [
                process.ffmpeg_path(), *QUIET, "-noautorotate",
                *input_arguments(film, report, seek=None, shift=Fraction(0)),
                "-map", f"0:{report.video.index if report.video else 0}",
                "-c:v", "wrapped_avframe", "-fps_mode", "passthrough",
                "-f", "null", "-",
            ],
            sandbox=process.Sandbox(readable=(film,)),
        )  # fmt: skip
    return bare.cpu_s


def weigh(
    film: Path, report: SourceReport, plan: Plan, ladder: Ladder, decoding_s: float
) -> None:
    """Note what a pass costs besides its encoders; its trial is left out.

    The same graph is run once more into nothing: decoding, filters and scaling; and
    what cutting segments takes in our own process is added.
    """
    bare = Measured(name="no encoders")
    rungs = sorted(plan.rungs, key=lambda rung: rung.width * rung.height)
    with counting(bare):
        for chunk in plan.chunks:
            entry = entry_before(report, plan, chunk.first_frame)
            graph = chunk_graph(report, plan, chunk, rungs, entry.first_picture)
            outputs = [
                word
                for number in range(len(rungs))
                for word in (
                    *("-map", f"[v{number}]", "-c:v", "wrapped_avframe"),
                    *("-fps_mode", "passthrough", "-f", "null", "-"),
                )
            ]
            shift = video_shift(report, plan)
            process.run(
                [
                    process.ffmpeg_path(), *QUIET, "-reinit_filter", "0",
                    "-noautorotate", "-max_error_rate", "1",
                    *input_arguments(film, report, seek=entry.seek, shift=shift),
                    *("-filter_complex", graph), *outputs,
                    *counter_output("seen"), *counter_output("reached"),
                ],
                sandbox=process.Sandbox(readable=(film,)),
            )  # fmt: skip
    encoders = ladder.measured.cpu_s - ladder.trial_cpu_s - bare.cpu_s
    ladder.encoders_cpu_s = encoders
    ladder.overhead = (bare.cpu_s + ladder.cutting_s) / encoders
    ladder.decoding = decoding_s / encoders


def fine_pass(
    film: Path, report: SourceReport, plan: Plan, out: Path, *, codec: str
) -> tuple[Ladder, Plan] | None:
    measured = Measured(name=f"Lucarne, fine {codec}")
    ladder = Ladder(name=measured.name, measured=measured)
    with counting(measured):
        points = quality.try_film(film, report, plan, codecs=[codec], out=out / "try")
        ladder.trial_cpu_s = measured.cpu_s
        curves = make_curves(points[codec], codec)
        fine = make_fine_plan(plan, Policy(), {codec: curves}, report)
        if fine is None:
            return None
        names = tuple(rung.name for rung in fine.rungs)
        for chunk in fine.chunks:
            make(ladder, film, report, fine, chunk=chunk.number, names=names, out=out)
            ladder.first_segment_s = (
                ladder.first_segment_s or time.perf_counter() - measured.began
            )
    return ended(ladder, fine), fine


def make(
    ladder: Ladder, film: Path, report: SourceReport, plan: Plan, *,
    chunk: int, names: tuple[str, ...], out: Path,
) -> None:  # fmt: skip
    """Encode one chunk, and put its segments behind those that are there."""
    before = time.process_time()
    result = encode_chunk(
        film, report, plan,
        chunk=chunk, rungs=names, out=out, on_progress=lambda _: None,
    )  # fmt: skip
    ladder.cutting_s += time.process_time() - before
    for track in result.tracks:
        file = ladder.files.setdefault(track.name, out / f"{track.name}.mp4")
        with file.open("ab") as target:
            target.write(b"" if target.tell() else track.init.read_bytes())
            for segment in track.files:
                target.write(segment.read_bytes())
                segment.unlink()


def ended(ladder: Ladder, plan: Plan) -> Ladder:
    ladder.measured.end(list(ladder.files.values()))
    ladder.rungs = [
        Rung(
            name=rung.name,
            kbps=picture_kbps(ladder.files[rung.name]),
            expected=rung.vmaf,
        )
        for rung in plan.rungs
    ]
    return ladder


def score(
    reference: Reference, ladder: Ladder, out: Path, *, every: int, has_xpsnr: bool
) -> None:
    """Score all rungs of a ladder; ours have the reference's pictures, one for one."""
    is_ours = ladder.name.startswith("Lucarne")
    files = {
        rung.name: ladder.files[rung.name]
        if is_ours
        else best_aligned(ladder.files[rung.name], reference, out, name=rung.name)
        for rung in ladder.rungs
    }
    found = quality.measure(
        reference, {name: [file] for name, file in files.items()},
        out=out, every=every, has_xpsnr=has_xpsnr,
    )  # fmt: skip
    for rung in ladder.rungs:
        score = found[rung.name]
        rung.vmaf, rung.worst, rung.xpsnr = score.mean, score.worst, score.xpsnr


def best_aligned(file: Path, reference: Reference, out: Path, *, name: str) -> Path:
    """Align a peer's rung as it is or one picture later, whichever few scores prefer."""
    few = reference.picture_count // FEW_SCORED | 1
    candidates = [
        aligned(file, reference, out / f"{name}-{late}.mp4", late=late) for late in (0, 1)
    ]
    found = quality.measure(
        reference, {one.name: [one] for one in candidates}, out=out, every=few
    )
    best, other = sorted(candidates, key=lambda one: -found[one.name].mean)
    other.unlink()
    return best


def aligned(file: Path, reference: Reference, copy: Path, *, late: int) -> Path:
    """Exactly as many pictures as the reference, the first ``late`` left out."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    count = reference.picture_count
    graph = (
        f"trim=start_frame={late},setpts=PTS-STARTPTS,tpad=stop=8:stop_mode=clone,"
        f"trim=end_frame={count}"
    )
    done = process.run(
        [
            process.ffmpeg_path(), "-v", "error", "-y", "-i", file, "-an", "-vf", graph,
            "-fps_mode", "passthrough", *("-c:v", "libx264", "-preset", "ultrafast"),
            *("-qp", "0"), copy,
        ],
        sandbox=process.Sandbox(readable=(file,), writable=(copy.parent,)),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr_tail)
    return copy


def bd_rate(ours: Ladder, base: Ladder) -> float | None:
    """Our bits against theirs at equal VMAF; None where the ladders do not meet."""
    curves = [rising(ladder) for ladder in (ours, base)]
    low = max(curve[0][0] for curve in curves)
    high = min(curve[-1][0] for curve in curves)
    if high - low < 1:
        return None
    steps = 200
    levels = [low + (high - low) * (n + 0.5) / steps for n in range(steps)]
    return exp(mean(at(curves[0], v) - at(curves[1], v) for v in levels))


def rising(ladder: Ladder) -> list[tuple[float, float]]:
    """(VMAF, log of kbit/s) of the rungs, without those that are worse for more."""
    points: list[tuple[float, float]] = []
    for rung in sorted(ladder.rungs, key=lambda one: one.kbps):
        if not points or rung.vmaf > points[-1][0]:
            points.append((rung.vmaf, log(rung.kbps)))
    return points


def at(curve: list[tuple[float, float]], vmaf: float) -> float:
    for (low, below), (high, above) in pairwise(curve):
        if low <= vmaf <= high:
            return below + (vmaf - low) / (high - low) * (above - below)
    raise ValueError(vmaf)


def compare(film: Path, ladders: list[Ladder]) -> dict[str, Any]:
    base = next(one for one in ladders if one.name.startswith("PeerTube"))
    row: dict[str, Any] = {"film": film.name, "ladders": {}}
    for ladder in ladders:
        row["ladders"][key_of(ladder)] = {
            "rungs": [asdict(rung) for rung in ladder.rungs],
            "cpu_s": round(ladder.measured.cpu_s, 2),
            "wall_s": round(ladder.measured.wall_s, 2),
            "peak_memory_bytes": ladder.measured.peak_memory_bytes,
            "first_segment_s": round(ladder.first_segment_s, 2),
            "bits": bd_rate(ladder, base),
            "cpu": ladder.measured.cpu_s / base.measured.cpu_s,
            "wall": ladder.measured.wall_s / base.measured.wall_s,
            "trial_cpu_s": round(ladder.trial_cpu_s, 2),
            "encoders_cpu_s": round(ladder.encoders_cpu_s, 2),
            "overhead": round(ladder.overhead, 3),
            "decoding": round(ladder.decoding, 3),
        }
    row["overhead"] = round(overhead_of_all(ladders), 3)
    return row


def overhead_of_all(ladders: list[Ladder]) -> float:
    """Of all our passes of a film together, as a share of their encoders."""
    ours = [one for one in ladders if one.encoders_cpu_s]
    encoders = sum(one.encoders_cpu_s for one in ours)
    return sum(one.overhead * one.encoders_cpu_s for one in ours) / encoders


def key_of(ladder: Ladder) -> str:
    names = {
        "PeerTube-like": "peertube", "MediaCMS-like": "mediacms",
        "Lucarne, first pass": "fast", "Lucarne, fine h264": "fine",
        "Lucarne, fine av1": "av1",
    }  # fmt: skip
    return names[ladder.name]


def summarize(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the films, and how many expectations came true."""
    found: dict[str, Any] = {}
    for key in ("mediacms", "fast", "fine", "av1"):
        mine = [row["ladders"][key] for row in rows if key in row["ladders"]]
        if not mine:
            continue
        bits = [one["bits"] for one in mine if one["bits"] is not None]
        found[key] = {
            "bits": round(mean(bits), 3) if bits else None,
            "cpu": round(mean(one["cpu"] for one in mine), 3),
            "wall": round(mean(one["wall"] for one in mine), 3),
            "goals": GOALS.get(key, {}),
        }
        if key != "mediacms":
            for share in ("overhead", "decoding"):
                found[key][share] = round(mean(one[share] for one in mine), 3)
        found[key] |= expectations(mine)
    ours = [one for row in rows for one in row["ladders"].values()]
    found["all"] = {
        "overhead": round(mean(row["overhead"] for row in rows), 3),
        **expectations(ours),
        "goals": {"overhead": 0.15},
    }
    return found


def expectations(ladders: list[dict[str, Any]]) -> dict[str, float]:
    """How far the VMAF that was expected is from the one that came out."""
    gaps = [
        abs(rung["vmaf"] - rung["expected"])
        for one in ladders for rung in one["rungs"] if rung["expected"]
    ]  # fmt: skip
    if not gaps:
        return {}
    return {
        "expected_within_2": round(sum(gap <= 2 for gap in gaps) / len(gaps), 3),
        "mean_gap": round(mean(gaps), 2),
    }


def show(film: Path, ladders: list[Ladder], row: dict[str, Any]) -> None:
    print(f"\n{film.name}")
    for ladder in ladders:
        facts = row["ladders"][key_of(ladder)]
        bits = f"{facts['bits']:.2f}x" if facts["bits"] is not None else "-"
        print(
            f"  {ladder.name:<22} bits {bits:>6}  CPU {facts['cpu_s']:7.1f} s "
            f"{facts['cpu']:5.2f}x  wall {facts['wall_s']:6.1f} s {facts['wall']:5.2f}x"
            f"  first {facts['first_segment_s']:5.1f} s"
            f"  {facts['peak_memory_bytes'] / 1e6:5.0f} MB"
        )
        for rung in ladder.rungs:
            expected = f"  expected {rung.expected:5.1f}" if rung.expected else ""
            decibels = f"  XPSNR {rung.xpsnr:4.1f} dB" if rung.xpsnr else ""
            print(
                f"      {rung.name:<14}{rung.kbps:8.0f} kbit/s  VMAF {rung.vmaf:5.1f}"
                f"  5th percentile {rung.worst:5.1f}{expected}{decibels}"
            )
    sys.stdout.flush()


def show_summary(summary: dict[str, Any], plots: Path) -> None:
    print("\nmeans over the films, against the PeerTube-like recipe")
    for key, facts in summary.items():
        columns = ("bits", "cpu", "wall", "overhead", "decoding")
        names = [name for name in columns if name in facts]
        words = [f"{name} {facts[name]}" for name in names]
        goals = ", ".join(f"{name} {goal}" for name, goal in facts["goals"].items())
        if "expected_within_2" in facts:
            words.append(f"expected within 2 points {facts['expected_within_2']:.0%}")
        print(f"  {key:<10}{'  '.join(words)}{f'   (goals: {goals})' if goals else ''}")
    print(f"pictures: {plots}")


if __name__ == "__main__":
    sys.exit(main())
