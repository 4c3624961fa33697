"""``lucarne encode FILE --out DIR``: files that any web server can serve."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lucarne.cli.film_file import Refused
from lucarne.cli.without_portal import answer, film_argument, look, print_table

if TYPE_CHECKING:
    from lucarne_engine.package.index import TrackIndex
    from lucarne_engine.quality import Score
    from lucarne_engine.whole import Order, Result

CODECS: Final = ("h264", "av1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    film_argument(parser)
    parser.add_argument(
        "--out",
        metavar="DIR",
        required=True,
        help="folder for the result: new, empty, or one that this command began",
    )
    parser.add_argument(
        "--fine",
        nargs="*",
        choices=CODECS,
        help="try out what this film needs and make its own ladder, smaller at the "
        "same quality and slower to make: in H.264, AV1, or (neither named) both",
    )
    parser.add_argument(
        "--measure",
        action="store_true",
        help="say how good every rendition looks, by VMAF and XPSNR of some of its "
        "segments; also of what an earlier call has made",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object at the end"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="start over, also where another film was encoded into DIR",
    )


def run(args: argparse.Namespace) -> int:
    """Encode the film, from where an earlier call stopped."""

    def act(path: Path) -> None:
        result, scores = _encode(args, path)
        told = outcome(result, scores)
        if args.json:
            print(json.dumps(told))
        else:
            _tell(told)

    try:
        return answer(args, act)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130


def _encode(
    args: argparse.Namespace, path: Path
) -> tuple[Result, Mapping[str, Score]]:
    from lucarne.cli.encode_progress import Follower
    from lucarne.cli.film_file import shown
    from lucarne.core import conf
    from lucarne_engine import encode, whole

    folder = Path(args.out)
    whole.check_folder(folder)
    if args.measure and not encode.can_measure():
        raise Refused(
            "cannot_measure",
            "This FFmpeg cannot measure quality: leave out --measure, or name another "
            "FFmpeg (media.ffmpeg).",
        )
    with Follower(shown(path), is_quiet=args.json) as follower:
        order = _order(args, path)
        result = whole.encode_film(
            order,
            folder,
            watch=follower,
            is_new=args.force,
            at_once=conf.get().jobs.slots,
        )
        if not args.measure:
            return result, {}
        return result, whole.measure_film(order, result, on_share=follower.measuring)


def _order(args: argparse.Namespace, path: Path) -> Order:
    from lucarne.media.policies import policy
    from lucarne_engine import whole
    from lucarne_engine.plan import make_plan

    report = look(path)
    wanted = policy()
    codecs = _codecs(args.fine)
    return whole.Order(
        source=path.resolve(),
        film=whole.identity(path),
        report=report,
        policy=wanted,
        plan=make_plan(report, wanted),
        codecs=tuple(codec for codec in CODECS if codec in codecs),
    )


def _codecs(wished: list[str] | None) -> list[str]:
    """Choose the codecs of the fine ladder: those named, else all that can be made."""
    from lucarne_engine import encode

    if wished is None:
        return []
    able = [codec for codec in wished or CODECS if encode.can_encode(codec)]
    if lost := set(wished) - set(able):
        raise Refused(
            "no_encoder",
            f"This FFmpeg cannot encode {' and '.join(sorted(lost))}: leave it out of "
            "--fine, or name another FFmpeg (media.ffmpeg).",
        )
    return able


def _tell(told: Mapping[str, Any]) -> None:
    from lucarne.media.description import language, size

    for sentence in told["warnings"]:
        print(sentence, file=sys.stderr)
    rows = [
        (
            one["name"],
            f"{one['width']}x{one['height']}",
            f"{one['bitrate_kbps']} kb/s",
            size(one["size_bytes"]),
            _quality(one),
        )
        for one in told["renditions"]
    ]
    rows += [
        (
            one["name"],
            language(one["language"]),
            f"{one['bitrate_kbps']} kb/s",
            size(one["size_bytes"]),
            "",
        )
        for one in told["sound"]
    ]
    print_table(rows)
    print(told["hls"])
    print(told["dash"], flush=True)


def _quality(rendition: Mapping[str, Any]) -> str:
    if found := rendition["measured"]:
        return (
            f"VMAF {found['vmaf']:.1f} ({found['vmaf_worst']:.1f})"
            f"  XPSNR {found['xpsnr_db']:.1f} dB"
        )
    return f"VMAF {rendition['vmaf']:.1f}" if rendition["vmaf"] else ""


def outcome(result: Result, scores: Mapping[str, Score]) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    from lucarne.media import sentences

    rungs = {rung.name: rung for rung in result.ladder.rungs}
    sound = {audio.name: audio for audio in result.plan.sounds}
    return {
        "out": str(result.folder),
        "hls": str(result.hls),
        "dash": str(result.dash),
        "files": [
            str(result.folder / result.plan.id / name) for name in result.files
        ],
        "duration_ms": round(result.plan.duration * 1000),
        "renditions": [
            {
                **_facts(track),
                "width": track.width,
                "height": track.height,
                # expected of the whole film; known where it was tried out
                "vmaf": rungs[track.name].vmaf or None,
                "measured": _measured(scores.get(track.name)),
            }
            for track in result.film.video
        ],
        "sound": [
            {
                **_facts(track),
                "channels": track.channels,
                "language": track.language,
                "title": track.title,
                "is_copy": sound[track.name].is_copy,
            }
            for track in result.film.audio
        ],
        "warnings": [
            text for code in result.problems if (text := sentences.warning(code))
        ],
    }


def _measured(score: Score | None) -> dict[str, Any] | None:
    if score is None or score.xpsnr is None:
        return None
    return {
        "vmaf": round(score.mean, 2),
        "vmaf_worst": round(score.worst, 2),  # of a twentieth of the pictures
        "xpsnr_db": round(score.xpsnr, 2),
        "pictures": score.pictures,
    }


def _facts(track: TrackIndex) -> dict[str, Any]:
    size = track.init_bytes + sum(one.size_bytes for one in track.segments)
    ticks = sum(one.duration for one in track.segments) or 1
    return {
        "name": track.name,
        "codec": track.codec,
        "bitrate_kbps": round(size * 8 * track.timescale / ticks / 1000),
        "size_bytes": size,
    }
