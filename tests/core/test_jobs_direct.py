"""What is written without DBOS is what DBOS writes, and DBOS runs it."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lucarne.core import conf, jobs
from lucarne.core.jobs import direct, names
from lucarne.core.jobs.durable import DurableRunner
from lucarne.core.jobs.port import Order
from tests.live_portal import until

OVER = {jobs.State.DONE, jobs.State.FAILED}
DIFFERS = {"creator_xid", "created_at", "updated_at", "retention_timestamp"}
done = threading.Event()


def _run(context: jobs.JobContext, *, number: int) -> None:  # noqa: ARG001
    done.set()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[DurableRunner]:
    chosen = DurableRunner(conf.load(data=tmp_path / "data"))
    jobs.handler("test.direct")(_run)
    jobs.set_runner(chosen)
    yield chosen
    jobs.stop_workers(5)
    chosen.close()
    jobs.set_runner(None)
    conf.load()


def order(number: int) -> Order:
    return Order(
        kind="test.direct", key="film:one", queue=jobs.Queue.QUICK, priority=7,
        arguments={"number": number},
    )  # fmt: skip


def rows(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        for table in ("workflow_status", "workflow_input"):
            (row,) = connection.execute(f"select * from {table}").fetchall()
            found |= {f"{table}.{key}": row[key] for key in row.keys()}  # noqa: SIM118
    return {k: v for k, v in found.items() if k.partition(".")[2] not in DIFFERS}


def test_the_rows_are_those_of_dbos(tmp_path: Path) -> None:
    made = []
    for name in ("dbos", "direct"):
        settings = conf.load(data=tmp_path / name)
        runner = DurableRunner(settings)
        runner._open()
        if name == "direct":
            runner.close()
        runner.enqueue(order(1), again=False)
        assert (runner._rows is None) == (name == "direct")
        runner.close()
        made.append(rows(settings.paths.engine))
    conf.load()
    assert made[0] == made[1]


def test_it_runs_and_what_is_known_stays(runner: DurableRunner) -> None:
    file = conf.get().paths.engine
    assert not direct.add(file, order(1), again=False), "nothing is there yet"
    assert runner.list_jobs([jobs.State.WAITING]) == []
    assert not file.exists()
    runner._open()
    assert direct.add(file, order(1), again=False)
    assert direct.add(file, order(2), again=True), "it waits: nothing to repeat"
    (job,) = runner.list_jobs([jobs.State.WAITING])
    assert (job.arguments, job.priority) == ({"number": 1}, 7)
    done.clear()
    jobs.start_workers(1)
    assert done.wait(20)
    jobs.stop_workers(5)
    (job,) = runner.list_jobs([jobs.State.DONE])
    assert job.id == names.job_id("test.direct", "film:one")
    assert direct.add(file, order(2), again=False)
    assert not direct.add(file, order(2), again=True), "DBOS replaces what is over"


def test_the_list_is_that_of_dbos(runner: DurableRunner) -> None:
    """Jobs in every state, with arguments, errors and moments."""
    can_end = threading.Event()

    def work(context: jobs.JobContext, *, ends: str) -> None:  # noqa: ARG001
        if ends == "badly":
            raise jobs.JobFailed("no_room", "There is “no room” for it.")
        if ends == "never":
            can_end.wait(60)

    jobs.handler("test.ends")(work)
    jobs.start_workers(1)
    for ends in ("well", "badly", "never"):
        jobs.enqueue("test.ends", key=ends, ends=ends)
    begun = {f"test.ends:{ends}" for ends in ("well", "badly", "never")}
    until(
        lambda: (
            {one.id for one in runner.list_jobs(OVER | {jobs.State.RUNNING})} == begun
        ),
        seconds=60,
    )
    jobs.enqueue("test.ends", key="not", queue=jobs.Queue.FINE, ends="well")
    runner.cancel("test.ends:not")
    file = conf.get().paths.engine
    for states in (*([one] for one in jobs.State), list(jobs.State), []):
        rows = runner._open().find_all(states)
        assert direct.find_all(file, states) == rows
        assert rows or jobs.State.WAITING in states or not states, states
    can_end.set()


def test_a_database_of_another_version_is_left_to_dbos(tmp_path: Path) -> None:
    file = tmp_path / "engine.sqlite3"
    file.write_bytes(b"no database at all" * 100)
    assert direct.find_all(file, list(jobs.State)) is None


def test_a_process_that_only_enqueues_does_not_import_dbos(
    runner: DurableRunner,
) -> None:
    runner._open()
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from lucarne.core import conf, jobs\n"
        "conf.load(data=Path(sys.argv[1]))\n"
        "jobs.handler('test.direct')(print)\n"
        "jobs.enqueue('test.direct', key='a', number=1)\n"
        "assert [job.key for job in jobs.list_jobs()] == ['a']\n"
        "assert 'dbos' not in sys.modules"
    )
    data = str(conf.get().paths.engine.parent)
    subprocess.run([sys.executable, "-c", script, data], check=True, timeout=60)
    assert [job.key for job in runner.list_jobs([jobs.State.WAITING])] == ["a"]
