"""Jobs and rows in one transaction: run by a test in a process of its own."""

from __future__ import annotations

import json
import sys

import django
from django.db import connection, transaction

from lucarne.core import jobs


def main() -> None:
    django.setup()

    @jobs.handler("test.row")
    def row(context: jobs.JobContext, *, number: int) -> None:
        if number and context.key == "bad":
            raise ValueError("a reason")

    def ids() -> list[str]:
        return [job.id for job in jobs.list_jobs()]

    seen: dict[str, object] = {"vendor": connection.vendor}
    try:
        with transaction.atomic():
            jobs.enqueue_on_commit("test.row", key="rolled-back", number=0)
            raise InterruptedError  # noqa: TRY301  as a failing operation would
    except InterruptedError:
        seen["after_rollback"] = ids()
    with transaction.atomic():
        jobs.enqueue_on_commit("test.row", key="good", priority=7, number=0)
        jobs.enqueue_on_commit("test.row", key="good", number=0)
        jobs.enqueue_on_commit("test.row", key="bad", number=1)
        seen["before_commit"] = ids()
    seen["after_commit"] = sorted(ids())
    jobs.start_workers(1)
    while jobs.list_jobs(jobs.ACTIVE):
        connection.close()
    seen["states"] = {
        job.key: [job.state, job.error_code, job.error] for job in jobs.list_jobs()
    }
    jobs.stop_workers(5)
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
