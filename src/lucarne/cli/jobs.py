"""``lucarne jobs``: what runs, what failed and why; retry and cancel."""

from __future__ import annotations

import argparse
import json
from typing import Any

from lucarne.cli.arguments import data_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.set_defaults(action="list", all=False, json=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    lists = actions.add_parser(
        "list",
        help="what waits, runs or has failed (default)",
        parents=[data_folder()],
    )
    lists.add_argument("--all", action="store_true", help="what is done too")
    lists.add_argument("--json", action="store_true", help="print JSON")
    for word, text in (
        ("retry", "run a failed or canceled job again"),
        ("cancel", "stop a job"),
    ):
        action = actions.add_parser(word, help=text, parents=[data_folder()])
        action.add_argument("id", metavar="ID", help="the job's id, as list prints it")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    from lucarne.core import jobs
    from lucarne.core.errors import LucarneError

    try:
        if args.action == "retry":
            print(f"{jobs.retry(args.id)} runs as soon as a worker is free.")
            return 0
        if args.action == "cancel":
            done = jobs.cancel(args.id)
            print(f"{args.id} {'is stopped' if done else 'was over already'}.")
            return 0
    except jobs.UnknownJob:
        raise LucarneError(
            "unknown_job", f"There is no job {args.id}: `lucarne jobs` lists them."
        ) from None
    return _list(is_all=args.all, is_json=args.json)


def _list(*, is_all: bool, is_json: bool) -> int:
    from lucarne.core import jobs
    from lucarne.core.jobs import State

    states = set(State) if is_all else {State.WAITING, State.RUNNING, State.FAILED}
    found = jobs.list_jobs(states)
    if is_json:
        workers = jobs.workers_alive()
        print(json.dumps({"workers": workers, "jobs": [_plain(job) for job in found]}))
        return 0
    if not found:
        print("No background work is waiting, running or failed.")
        return 0
    width = max(len(job.id) for job in found)
    for job in found:
        reason = f"  {job.error_code}: {job.error}" if job.error_code else ""
        begun = job.started_at or job.created_at
        print(
            f"{job.id:<{width}}  {job.state.value:<8}  {begun:%Y-%m-%d %H:%M}{reason}"
        )
    if not jobs.workers_alive() and any(job.state in jobs.ACTIVE for job in found):
        print("Nobody does this work now: start `lucarne run` or `lucarne work`.")
    return 0


def _plain(job: Any) -> dict[str, Any]:
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
