"""``lucarne publish FILE…``: films in, watch pages out, with or without a portal."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from lucarne.cli.film_file import Refused, check_file, refused, shown
from lucarne.cli.meter import Meter

if TYPE_CHECKING:
    from lucarne.catalog.operations import PublishedFilm
    from lucarne.media.progress import AssetProgress

POLL_S: Final = 0.2
ACTOR: Final = "cli"


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


def run(args: argparse.Namespace) -> int:
    """Publish every file. Returns 0 when all were published, else 1, or 2."""
    from lucarne.catalog import queries

    if args.title and len(args.files) > 1:
        print("--title goes with one file: publish the others apart.", file=sys.stderr)
        return 2
    channel = queries.find_channel(args.channel)
    crew = _Crew()
    try:
        crew.take_over()
        return _publish_all(args, channel.channel_id, crew)
    except KeyboardInterrupt:
        print(
            "\nStopped. What was received goes on with the next `lucarne run`.",
            file=sys.stderr,
        )
        return 130
    finally:
        crew.leave()


class _Crew:
    """Workers of our own, from the moment when no other process has any."""

    def __init__(self) -> None:
        self.works_here = False
        self._stop = Event()

    def take_over(self) -> None:
        """Encode here when nobody else does: a portal, or another `lucarne publish`."""
        from lucarne.core import conf, housekeeping, jobs

        if self.works_here or jobs.workers_alive():
            return
        self.works_here = True
        jobs.start_workers(conf.get().jobs.slots)
        housekeeping.start(self._stop)

    def leave(self) -> None:
        """Hand back what is still being made."""
        from lucarne.core import jobs

        self._stop.set()
        if self.works_here:
            jobs.stop_workers(timeout=10)


def _publish_all(args: argparse.Namespace, channel_id: str, crew: _Crew) -> int:
    status = 0
    for name in args.files:
        with Meter(is_quiet=args.json) as meter:
            try:
                outcome = _publish_one(args, Path(name), channel_id, meter, crew)
            except Refused as error:
                status = 1
                outcome = {
                    "file": name,
                    "video": error.video_id or None,
                    "error": {"code": error.code, "message": str(error)},
                }
        _tell(outcome, name=shown(Path(name)), is_json=args.json)
    return status


def _tell(outcome: dict[str, Any], *, name: str, is_json: bool) -> None:
    if is_json:
        # ASCII: a name may hold what the terminal's encoding, or any other, lacks.
        print(json.dumps(outcome), flush=True)
    elif "error" in outcome:
        print(outcome["error"]["message"], file=sys.stderr, flush=True)
    else:
        for line in outcome["warnings"]:
            print(f"“{name}”: {line}", file=sys.stderr, flush=True)
        print(outcome["url"], flush=True)


def _publish_one(
    args: argparse.Namespace, path: Path, channel_id: str, meter: Meter, crew: _Crew
) -> dict[str, Any]:
    from lucarne.cli.main import sentence
    from lucarne.core.errors import LucarneError, is_disk_full

    size = check_file(path)
    video_id = ""
    try:
        film = _take_in(args, path, channel_id, meter, size)
        video_id = film.video_id
        _wait(film, args.wait, meter, crew)
        return outcome(video_id, film.asset_id)
    except Refused:
        raise
    except LucarneError as error:
        raise Refused(error.code, str(error), video_id) from None
    except Exception as error:  # noqa: BLE001  the other films still have their turn
        if is_disk_full(error):
            raise refused("disk_full", path, video_id) from None
        text = f"“{shown(path)}”: {sentence(error)}"
        raise Refused("unexpected", text, video_id) from None


def _take_in(
    args: argparse.Namespace, path: Path, channel_id: str, meter: Meter, size: int
) -> PublishedFilm:
    from lucarne.catalog import operations
    from lucarne.core import clock
    from lucarne.media import streams

    name = shown(path)
    meter.receiving(name, size)
    with streams.taken(
        path, name=name, person_id=ACTOR, at=clock.now(), on_bytes=meter.received
    ) as film:
        return operations.publish_film(
            upload_id=film.upload_id,
            title=args.title or "",
            description=args.description,
            channel_id=channel_id,
            visibility="private" if args.private else "public",
            actor=ACTOR,
            clock=clock.now,
            at=clock.now(),
        )


def _wait(film: PublishedFilm, until: str, meter: Meter, crew: _Crew) -> None:
    """Show the work until the film is playable or ready; raise Refused if it fails."""
    for now in _follow(film.asset_id, crew):
        meter.show(now)
        if now.is_failed:
            raise Refused(now.error_code, now.error_sentence, film.video_id)
        if until == "playable" and now.is_playable:
            return


def _follow(asset_id: str, crew: _Crew) -> Iterator[AssetProgress]:
    """Say where the work is until every rendition is there.

    When it is done here, the storyboard, which no viewer waits for, is finished too.
    """
    from lucarne.core import jobs
    from lucarne.media.progress import progress

    now = progress(asset_id)
    yield now
    while not now.is_ready:
        crew.take_over()
        time.sleep(POLL_S)
        now = progress(asset_id)
        yield now
    while crew.works_here and any(
        job.key.startswith(asset_id) for job in jobs.list_jobs(jobs.ACTIVE)
    ):
        time.sleep(POLL_S)
        yield progress(asset_id)


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
