"""``lucarne encode FILE --out DIR``: files that any web server can serve."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lucarne.cli.film_file import Refused
from lucarne.cli.without_portal import answer, film_argument, look, print_table

if TYPE_CHECKING:
    from lucarne_engine.package.index import TrackIndex
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
        result = _encode(args, path)
        if args.json:
            print(json.dumps(outcome(result)))
        else:
            _tell(result)

    try:
        return answer(args, act)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130


def _encode(args: argparse.Namespace, path: Path) -> Result:
    from lucarne.cli.encode_progress import Follower
    from lucarne.cli.film_file import shown
    from lucarne.core import conf
    from lucarne_engine import whole

    folder = Path(args.out)
    whole.check_folder(folder)
    with Follower(shown(path), is_quiet=args.json) as follower:
        return whole.encode_film(
            _order(args, path),
            folder,
            watch=follower,
            is_new=args.force,
            at_once=conf.get().jobs.slots,
        )


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


def _tell(result: Result) -> None:
    from lucarne.media.description import language, size

    told = outcome(result)
    for sentence in told["warnings"]:
        print(sentence, file=sys.stderr)
    rows = [
        (
            one["name"],
            f"{one['width']}x{one['height']}",
            f"{one['bitrate_kbps']} kb/s",
            size(one["size_bytes"]),
            f"VMAF {one['vmaf']:.1f}" if one["vmaf"] else "",
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


def outcome(result: Result) -> dict[str, Any]:
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


def _facts(track: TrackIndex) -> dict[str, Any]:
    size = track.init_bytes + sum(one.size_bytes for one in track.segments)
    ticks = sum(one.duration for one in track.segments) or 1
    return {
        "name": track.name,
        "codec": track.codec,
        "bitrate_kbps": round(size * 8 * track.timescale / ticks / 1000),
        "size_bytes": size,
    }
