"""``lucarne publish FILE…``: films in, watch pages out, with or without a portal."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Any, Final

from lucarne.cli.meter import Meter

POLL_S: Final = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="films to publish")
    parser.add_argument("--title", help="title of the film (one file only)")
    parser.add_argument("--channel", help="name or slug; the first channel by default")
    parser.add_argument("--description", default="", help="text of the watch page")
    parser.add_argument(
        "--private", action="store_true", help="only for people of the portal"
    )
    parser.add_argument(
        "--wait",
        choices=("playable", "ready"),
        default="ready",
        help="come back when it can be watched, or when every rendition is there",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object per film"
    )


class Refused(Exception):
    """A film that was not published, with the sentence that says why."""

    def __init__(self, code: str, sentence: str, video_id: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.video_id = video_id


def run(args: argparse.Namespace) -> int:
    """Publish every file. Returns 0 when all were published, else 1, or 2."""
    from lucarne.catalog import errors, queries

    if args.title and len(args.files) > 1:
        print("--title goes with one file: publish the others apart.", file=sys.stderr)
        return 2
    try:
        channel = queries.find_channel(args.channel)
    except errors.UnknownChannel:
        print(_no_channel(args.channel), file=sys.stderr)
        return 1
    stop = Event()
    has_own_workers = _start_workers_unless_alive(stop)
    try:
        return _publish_all(args, channel.channel_id)
    except KeyboardInterrupt:
        print(
            "\nStopped. What was received goes on with the next `lucarne run`.",
            file=sys.stderr,
        )
        return 130
    finally:
        stop.set()
        if has_own_workers:
            from lucarne.core import jobs

            jobs.stop_workers(timeout=10)


def _no_channel(channel: str | None) -> str:
    if channel is None:
        return "There is no channel yet: run `lucarne init` first."
    return f"There is no channel “{channel}”: `lucarne init` made the first one."


def _start_workers_unless_alive(stop: Event) -> bool:
    """Encode here when no portal does. True when this process has workers now."""
    from lucarne.core import conf, housekeeping, jobs

    if jobs.workers_alive():
        return False
    jobs.start_workers(conf.get().jobs.concurrency)
    housekeeping.start(stop)
    return True


def _publish_all(args: argparse.Namespace, channel_id: str) -> int:
    status = 0
    for name in args.files:
        with Meter(is_quiet=args.json) as meter:
            try:
                outcome = _publish_one(args, Path(name), channel_id, meter)
            except Refused as refused:
                status = 1
                outcome = {
                    "file": name,
                    "video": refused.video_id or None,
                    "error": {"code": refused.code, "message": str(refused)},
                }
        if args.json:
            print(json.dumps(outcome, ensure_ascii=False), flush=True)
        elif "error" in outcome:
            print(outcome["error"]["message"], file=sys.stderr, flush=True)
        else:
            for line in outcome["warnings"]:
                print(line, file=sys.stderr, flush=True)
            print(outcome["url"], flush=True)
    return status


def _refused(code: str, path: Path, video_id: str = "") -> Refused:
    from lucarne.catalog.names import clean_line
    from lucarne.media import sentences

    sentence = sentences.refusal(code, name=clean_line(path.name) or str(path))
    return Refused(code, sentence, video_id)


def _check(path: Path) -> int:
    """Return the file's size; raise Refused for what cannot be a film."""
    try:
        if path.is_dir():
            raise _refused("is_folder", path)
        size = path.stat().st_size
    except FileNotFoundError:
        raise _refused("missing", path) from None
    except OSError:
        raise _refused("unreadable", path) from None
    if not path.is_file():
        raise _refused("not_media", path)
    if size == 0:
        raise _refused("empty", path)
    return size


def _publish_one(
    args: argparse.Namespace, path: Path, channel_id: str, meter: Meter
) -> dict[str, Any]:
    from lucarne.catalog import operations
    from lucarne.core import clock
    from lucarne.media import errors, incoming

    size = _check(path)
    try:
        incoming.check_room(name=path.name, size_bytes=size)
        with incoming.IncomingFile(name=path.name) as target:
            meter.receiving(path.name, size)
            incoming.copy_in(path, target, on_bytes=meter.received)
            film = operations.publish_film(
                path=target.path,
                source_name=path.name,
                title=args.title or "",
                description=args.description,
                channel_id=channel_id,
                visibility="private" if args.private else "public",
                actor="cli",
                clock=clock.now,
                at=clock.now(),
            )
    except (errors.TooLarge, errors.NoSpace) as error:
        raise _refused(error.code, path) from None
    except PermissionError:
        raise _refused("unreadable", path) from None
    _wait(film.asset_id, film.video_id, until=args.wait, meter=meter)
    return outcome(film.video_id, film.asset_id)


def _wait(asset_id: str, video_id: str, *, until: str, meter: Meter) -> None:
    """Follow the work until the film is playable or ready; raise Refused if not."""
    from lucarne.media.progress import progress

    while True:
        now = progress(asset_id)
        meter.show(now)
        if now.is_failed:
            raise Refused(now.error_code, now.error_sentence, video_id)
        if now.is_ready or (until == "playable" and now.is_playable):
            return
        time.sleep(POLL_S)


class _Operator:
    """Whoever may run commands on this data folder may see its films."""

    is_authenticated = True


def outcome(video_id: str, asset_id: str) -> dict[str, Any]:
    """Return what ``--json`` prints for a published film."""
    from lucarne.catalog import queries
    from lucarne.cli.folder_lock import portal_url
    from lucarne.core import clock
    from lucarne.media.progress import progress
    from lucarne.playback.queries import decide

    video = queries.find(video_id)
    assert video is not None  # noqa: S101  it was made a moment ago
    made = progress(asset_id)
    decision = decide(_Operator(), video, clock.now())
    site = portal_url()
    return {
        "video": video_id,
        "title": video.title,
        "url": f"{site}/watch/{video_id}",
        "hls": f"{site}{decision.hls}",
        "dash": f"{site}{decision.dash}",
        "playable_after_ms": made.playable_after_ms,
        "ready_after_ms": made.ready_after_ms,
        "duration_ms": made.duration_ms,
        "warnings": list(made.warnings),
        "renditions": [
            {
                key: value
                for key, value in asdict(rendition).items()
                if key != "fraction"
            }
            for rendition in made.renditions
        ],
    }
