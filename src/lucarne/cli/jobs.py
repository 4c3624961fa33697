"""``lucarne jobs``: what runs, what failed and why; retry and cancel.

A film that was refused before any job was made is listed by its own id.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from lucarne.cli.arguments import data_folder

if TYPE_CHECKING:
    from lucarne.catalog.queries import VideoView
    from lucarne.core.jobs import JobView


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.set_defaults(action="list", all=False, json=False)
    _add_list_arguments(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    lists = actions.add_parser(
        "list",
        help="what waits, runs or has failed (default)",
        parents=[data_folder()],
    )
    _add_list_arguments(lists)
    for word, text in (
        ("retry", "run a failed film, or a failed or canceled job, again"),
        ("cancel", "stop the work on a film, or one job of it"),
    ):
        action = actions.add_parser(word, help=text, parents=[data_folder()])
        action.add_argument(
            "id", metavar="ID", help="the film's or the job's id, as list prints it"
        )


def _add_list_arguments(parser: argparse.ArgumentParser) -> None:
    # Suppressed, so that those before ``list`` are not undone by it.
    for option, text in (("--all", "what is done too"), ("--json", "print JSON")):
        parser.add_argument(
            option, action="store_true", default=argparse.SUPPRESS, help=text
        )


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    from lucarne.core import jobs
    from lucarne.core.errors import LucarneError

    try:
        if args.action == "retry":
            return _retry(args.id)
        if args.action == "cancel":
            return _cancel(args.id)
    except jobs.UnknownJob:
        raise LucarneError(
            "unknown_job", f"There is no job {args.id}: `lucarne jobs` lists them."
        ) from None
    return _list(is_all=args.all, is_json=args.json)


def _retry(name: str) -> int:
    from lucarne.core import clock, jobs
    from lucarne.media import again, operations

    film = _film_of(name)
    if film is not None and film.film.is_failed:
        operations.retry(asset_id=film.film.asset_id, at=clock.now())
        # Tried all the same: who works here may have changed what reads the films.
        if not again.may_help(film.error_code):
            print(f"{film.error_code}: most likely only another file helps.")
    elif not _is_film(name):
        jobs.retry(name)
    else:
        print(f"{name} has not failed: there is nothing to retry.")
        return 0
    print(f"{name} runs as soon as a worker is free.")
    return 0


def _cancel(name: str) -> int:
    from lucarne.core import clock, jobs
    from lucarne.media import operations

    film = _film_of(name) if _is_film(name) else None
    if film is None:
        done = jobs.cancel(name)
    else:
        done = not (film.film.is_ready or film.film.is_failed)
        if done:
            operations.cancel(asset_id=film.film.asset_id, at=clock.now())
    print(f"{name} {'is stopped' if done else 'was over already'}.")
    return 0


def _is_film(name: str) -> bool:
    return name.startswith("vid_")


def _film_of(name: str) -> VideoView | None:
    """Return the film with this id, or the one that this job works for.

    Raises UnknownVideo, UnknownJob.
    """
    from lucarne.catalog import queries
    from lucarne.catalog.errors import UnknownVideo
    from lucarne.core import jobs

    if _is_film(name):
        film = queries.find(name)
        if film is None:
            raise UnknownVideo(name)
        return film
    job = next((job for job in jobs.list_jobs() if job.id == name), None)
    if job is None:
        raise jobs.UnknownJob(name)
    return queries.find_by_asset(job.key.partition(":")[0])


def _list(*, is_all: bool, is_json: bool) -> int:
    from lucarne.catalog import queries
    from lucarne.core import jobs
    from lucarne.core.jobs import State

    states = set(State) if is_all else {State.WAITING, State.RUNNING, State.FAILED}
    found = jobs.list_jobs(states)
    films = queries.unready_videos()
    if is_json:
        listed = {
            "workers": jobs.workers_alive(),
            "films": [_plain_film(film) for film in films],
            "jobs": [_plain(job) for job in found],
        }
        print(json.dumps(listed))
        return 0
    if not found and not films:
        print("No background work is waiting, running or failed.")
        return 0
    rows = [_film_row(film) for film in films] + [_job_row(job) for job in found]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name:<{width}}  {text}")
    if not jobs.workers_alive() and any(job.state in jobs.ACTIVE for job in found):
        print("Nobody does this work now: start `lucarne run` or `lucarne work`.")
    return 0


def _film_row(film: VideoView) -> tuple[str, str]:
    from lucarne.media.progress import progress

    begun = f"{film.created_at:%Y-%m-%d %H:%M}"
    if film.film.is_failed:
        reason = f"{film.error_code}: {film.error_sentence}"
        return film.video_id, f"failed    {begun}  {reason}"
    percent = int(100 * progress(film.film.asset_id).fraction)
    return film.video_id, f"{f'{percent} %':<8}  {begun}  “{film.source_name}”"


def _job_row(job: JobView) -> tuple[str, str]:
    reason = f"  {job.error_code}: {job.error}" if job.error_code else ""
    begun = job.started_at or job.created_at
    return job.id, f"{job.state.value:<8}  {begun:%Y-%m-%d %H:%M}{reason}"


def _plain_film(film: VideoView) -> dict[str, Any]:
    return {
        "video": film.video_id,
        "file": film.source_name,
        "state": "failed" if film.film.is_failed else "working",
        "is_playable": film.film.is_playable,
        "error_code": film.error_code,
        "error": film.error_sentence,
        "created_at": film.created_at.isoformat(),
    }


def _plain(job: JobView) -> dict[str, Any]:
    moments = ("created_at", "updated_at", "started_at", "finished_at")
    return {
        "id": job.id,
        "kind": job.kind,
        "key": job.key,
        "queue": str(job.queue),
        "state": job.state.value,
        "starts": job.starts,
        "error_code": job.error_code,
        "error": job.error,
        **{
            name: value.isoformat() if (value := getattr(job, name)) else None
            for name in moments
        },
    }
