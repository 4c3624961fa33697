"""kill -9 in the middle: the work goes on elsewhere, every effect happens once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lucarne.core import conf, jobs
from lucarne.core.jobs import Queue, State, handlers
from lucarne.core.jobs.durable import DurableRunner
from lucarne.core.jobs.port import MAX_ATTEMPTS
from lucarne.core.schema import Settings
from tests.core.waiting import until
from tests.postgres import INSTALL, Server, binaries

ROOT = Path(__file__).parents[2]
FOUND_WITHIN_S = 5.0


class Yard:
    """Worker processes on one data folder, and the log they write."""

    def __init__(self, folder: Path, url: str) -> None:
        self.log = folder / "log"
        self._environment = {
            **os.environ,
            "LUCARNE_DATA": str(folder / "data"),
            "LUCARNE_DATABASE__URL": url,
            "DJANGO_SETTINGS_MODULE": "lucarne.site.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.core.job_worker", self.log],
            env=self._environment,
            cwd=ROOT,
        )
        self._processes.append(process)
        return process

    def start_and_wait(self) -> subprocess.Popen[bytes]:
        process = self.start()
        until(lambda: ("ready", "-", process.pid) in self.lines(), within=30)
        return process

    def lines(self) -> list[tuple[str, str, int]]:
        if not self.log.exists():
            return []
        parts = (line.split() for line in self.log.read_text().splitlines())
        return [(word, key, int(pid)) for word, key, pid in parts]

    def began(self, key: str | None = None, pid: int | None = None) -> list[str]:
        return [
            k
            for word, k, p in self.lines()
            if word == "began" and key in {None, k} and pid in {None, p}
        ]

    def effects(self) -> Counter[str]:
        return Counter(key for word, key, _ in self.lines() if word == "effect")

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def yard(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Yard]:
    url = ""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    with _open_yard(tmp_path, url, monkeypatch) as yard:
        yield yard


@contextlib.contextmanager
def _open_yard(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Yard]:
    settings = conf.load(data=tmp_path / "data", database={"url": url})
    runner = DurableRunner(settings)
    jobs.set_runner(runner)
    # Only their queues are asked here; the work is done in the other processes.
    monkeypatch.setattr(handlers, "_handlers", {})
    jobs.handler("test.work", queue=Queue.ENCODE)(lambda: None)
    jobs.handler("test.poison")(lambda: None)
    yard = Yard(tmp_path, url)
    try:
        yield yard
    finally:
        yard.close()
        runner.close()
        jobs.set_runner(None)
        conf.load()


def test_threads_that_begin_together_share_one_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf.load(data=tmp_path / "data")
    both_are_here = threading.Barrier(2)
    make = DurableRunner.__init__

    def slowly(self: DurableRunner, settings: Settings) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_are_here.wait(0.3)  # a second maker would come here, too
        make(self, settings)

    monkeypatch.setattr(DurableRunner, "__init__", slowly)
    jobs.set_runner(None)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: jobs.get_runner(), range(2))
    assert one is other
    jobs.set_runner(None)
    conf.load()


@pytest.mark.postgres
def test_the_database_server_is_killed_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = binaries()
    if programs is None:
        pytest.fail(f"PostgreSQL is missing. Install it with: {INSTALL}")
    server = Server(programs)
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        yard = stack.enter_context(
            _open_yard(tmp_path, server.new_database(), monkeypatch)
        )
        yard.start_and_wait()
        for number in range(8):
            jobs.enqueue("test.work", key=f"job{number}", hold_ms=400)
        until(lambda: len(yard.began()) >= 3)
        server.crash()
        until(lambda: len(yard.effects()) >= 2)  # work goes on, unrecorded
        server.start()
        until(lambda: states() == {State.DONE: 8}, within=40)
        assert yard.effects() == {f"job{number}": 1 for number in range(8)}


def states() -> Counter[State]:
    return Counter(job.state for job in jobs.list_jobs())


def test_a_killed_workers_jobs_run_again_elsewhere(yard: Yard) -> None:
    workers = [yard.start_and_wait(), yard.start_and_wait()]
    for number in range(10):
        jobs.enqueue("test.work", key=f"job{number}", hold_ms=300)
    jobs.enqueue("test.work", key="caught", priority=1, hold_ms=2500)
    until(lambda: yard.began("caught"))
    workers.sort(key=lambda worker: not yard.began("caught", worker.pid))
    victim, heir = workers
    assert jobs.workers_alive() == 2
    in_flight = set(yard.began(pid=victim.pid)) - set(yard.effects())
    assert "caught" in in_flight
    victim.send_signal(signal.SIGKILL)
    died_at = time.monotonic()
    until(lambda: yard.began("caught", heir.pid), within=FOUND_WITHIN_S)
    print(f"run again {time.monotonic() - died_at:.1f} s after the kill")
    until(lambda: states() == {State.DONE: 11}, within=30)
    assert set(yard.effects().values()) == {1}
    assert len(yard.effects()) == 11
    twice = {key for key, count in Counter(yard.began()).items() if count > 1}
    assert twice <= in_flight  # only what was running ran again
    assert jobs.workers_alive() == 1


def test_the_only_process_is_killed_and_started_again(yard: Yard) -> None:
    for number in range(6):
        jobs.enqueue("test.work", key=f"job{number}", hold_ms=200)
    for kills in range(1, 4):
        worker = yard.start()
        until(lambda n=kills: len(yard.began()) >= 2 * n, within=30)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    # A database server hears a moment later that somebody was killed.
    until(lambda: jobs.workers_alive() == 0)
    yard.start()
    until(lambda: states() == {State.DONE: 6}, within=30)
    assert yard.effects() == {f"job{number}": 1 for number in range(6)}


def test_a_worker_asked_to_stop_hands_its_work_on_at_once(yard: Yard) -> None:
    worker = yard.start_and_wait()
    job = jobs.enqueue("test.work", key="long", hold_ms=60_000)
    until(lambda: yard.began("long"))
    worker.terminate()
    assert worker.wait(10) == 0
    (view,) = jobs.list_jobs()
    assert (view.state, view.starts) == (State.WAITING, 0)
    assert jobs.cancel(job)


def test_cancel_reaches_a_handler_in_another_process(yard: Yard) -> None:
    yard.start_and_wait()
    job = jobs.enqueue("test.work", key="film", hold_ms=60_000)
    until(lambda: yard.began("film"))
    assert jobs.cancel(job)
    asked_at = time.monotonic()
    until(lambda: "left" in {word for word, _, _ in yard.lines()}, within=2)
    print(f"told {time.monotonic() - asked_at:.2f} s after the cancel")
    assert states() == {State.CANCELED: 1}


def test_a_job_that_kills_its_process_is_given_up(yard: Yard) -> None:
    job = jobs.enqueue("test.poison", key="p")
    _pretend_starts(job, MAX_ATTEMPTS - 1)
    assert yard.start().wait(30) == -signal.SIGKILL
    assert len(yard.began("p")) == 1
    survivor = yard.start_and_wait()
    (view,) = until(lambda: jobs.list_jobs([State.FAILED]))
    assert view.error_code == "keeps_dying"
    assert str(MAX_ATTEMPTS) in view.error
    assert survivor.poll() is None
    assert len(yard.began("p")) == 1


def _pretend_starts(job_id: str, count: int) -> None:
    """Write into the record that the job was begun before, to save the waiting."""
    import sqlalchemy as sa

    runner = jobs.get_runner()
    assert isinstance(runner, DurableRunner)
    rows = runner._open()
    with rows._database.engine.begin() as connection:
        connection.execute(
            sa.update(rows._jobs)
            .where(rows._is(job_id))
            .values(recovery_attempts=count)
        )
