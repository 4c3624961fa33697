"""One contract, three runners: the double, SQLite, PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from lucarne.core import clock, jobs
from lucarne.core.jobs import State, handlers
from tests.core.waiting import until

pytestmark = pytest.mark.usefixtures("stage")


class Stage:
    """What the handlers of a test saw, and the gate they wait at."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.gate = threading.Event()
        self.was_told = threading.Event()


@pytest.fixture
def stage(runner: jobs.Runner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    assert runner is jobs.get_runner()
    monkeypatch.setattr(handlers, "_handlers", {})
    stage = Stage()

    @jobs.handler("test.note")
    def note(context: jobs.JobContext, *, text: str) -> None:
        assert context.job_id == f"test.note:{context.key}"
        stage.seen.append(text)

    @jobs.handler("test.fail")
    def fail(context: jobs.JobContext) -> None:
        stage.seen.append(context.key)
        if not stage.gate.is_set():
            raise OSError("the disk is full\nand more")

    @jobs.handler("test.hold", queue="encode")
    def hold(context: jobs.JobContext, *, text: str = "") -> None:
        stage.seen.append(text or context.key)
        while not stage.gate.wait(0.01):
            if context.cancelled.is_set():
                stage.was_told.set()
                raise RuntimeError("I was told to stop")

    yield stage
    stage.gate.set()


def state_of(job_id: str) -> State:
    return next(job.state for job in jobs.list_jobs() if job.id == job_id)


def test_runs_once_however_often_it_is_enqueued(stage: Stage) -> None:
    first = jobs.enqueue("test.note", key="a", text="hello")
    assert jobs.enqueue("test.note", key="a", text="other") == first
    assert state_of(first) is State.WAITING
    jobs.start_workers(1)
    until(lambda: state_of(first) is State.DONE)
    jobs.enqueue("test.note", key="a", text="once more")
    jobs.enqueue("test.note", key="b", text="last")
    until(lambda: "last" in stage.seen)
    assert stage.seen == ["hello", "last"]


def test_again_runs_a_finished_job_with_new_arguments(stage: Stage) -> None:
    jobs.start_workers(1)
    job = jobs.enqueue("test.note", key="a", text="one")
    until(lambda: state_of(job) is State.DONE)
    assert jobs.enqueue("test.note", key="a", again=True, text="two") == job
    until(lambda: stage.seen == ["one", "two"])
    until(lambda: state_of(job) is State.DONE)


def test_a_failure_is_kept_and_can_be_retried(stage: Stage) -> None:
    jobs.start_workers(1)
    job = jobs.enqueue("test.fail", key="x")
    until(lambda: state_of(job) is State.FAILED)
    (view,) = jobs.list_jobs([State.FAILED])
    assert (view.error_code, view.error) == ("OSError", "the disk is full")
    assert view.finished_at is not None
    stage.gate.set()
    assert jobs.retry(job) == job
    until(lambda: state_of(job) is State.DONE)
    assert jobs.list_jobs([State.FAILED]) == []


def test_lower_priorities_run_first(stage: Stage) -> None:
    for name, priority in (("late", 300), ("mid", 200), ("soon", 5)):
        jobs.enqueue("test.hold", key=name, priority=priority)
    stage.gate.set()
    jobs.start_workers(1)
    until(lambda: len(stage.seen) == 3)
    assert stage.seen == ["soon", "mid", "late"]


def test_what_waits_can_be_moved_forward_and_back(stage: Stage) -> None:
    jobs.start_workers(1)
    running = jobs.enqueue("test.hold", key="running")
    until(lambda: stage.seen == ["running"])
    made = {
        name: jobs.enqueue("test.hold", key=name, priority=100)
        for name in ("first", "second", "third")
    }
    moved = {made["third"]: 1, made["first"]: 500, running: 7, "test.hold:gone": 1}
    assert jobs.prioritize(moved) == 2
    assert jobs.prioritize({}) == 0
    stage.gate.set()
    until(lambda: len(stage.seen) == 4)
    assert stage.seen == ["running", "third", "second", "first"]


def test_what_is_waited_for_runs_beside_a_long_job(stage: Stage) -> None:
    jobs.start_workers(1)
    for key in ("chunk", "next"):
        jobs.enqueue("test.hold", key=key)
    until(lambda: stage.seen == ["chunk"])
    first = jobs.enqueue("test.hold", key="first", queue=jobs.Queue.FIRST)
    until(lambda: stage.seen == ["chunk", "first"])
    assert jobs.enqueue("test.hold", key="first") == first  # the same job
    stage.gate.set()
    until(lambda: stage.seen == ["chunk", "first", "next"])


def test_cancel_reaches_a_running_handler(stage: Stage) -> None:
    jobs.start_workers(1)
    job = jobs.enqueue("test.hold", key="film")
    until(lambda: stage.seen)
    assert jobs.cancel(job)
    assert stage.was_told.wait(5)
    assert state_of(job) is State.CANCELED
    assert not jobs.cancel(job)
    # The place is free for the next.
    stage.gate.set()
    other = jobs.enqueue("test.hold", key="other")
    until(lambda: state_of(other) is State.DONE)
    assert state_of(job) is State.CANCELED


def test_cancel_prefix_takes_a_film_and_leaves_the_next() -> None:
    for key in ("ast_1:a", "ast_1:b", "ast_10:a"):
        jobs.enqueue("test.hold", key=key)
    assert jobs.cancel_prefix("test.hold", "ast_1:") == 2
    waiting = [job.key for job in jobs.list_jobs([State.WAITING])]
    assert waiting == ["ast_10:a"]


def test_stop_hands_back_what_runs(stage: Stage) -> None:
    jobs.start_workers(1)
    job = jobs.enqueue("test.hold", key="film")
    until(lambda: stage.seen)
    assert jobs.stop_workers(5)
    assert stage.was_told.is_set()
    assert state_of(job) is State.WAITING
    assert jobs.workers_alive() == 0
    stage.gate.set()
    jobs.start_workers(1)
    until(lambda: state_of(job) is State.DONE)
    assert stage.seen == ["film", "film"]


@pytest.mark.parametrize("runner", ["sqlite"], indirect=True)
def test_what_was_taken_from_the_queue_and_never_begun_is_begun(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away between the claim of a job and the look at what it is."""
    from dbos import _queue

    begin, lost = _queue.execute_dequeued_workflow, []

    def fails_once(*around: object) -> None:
        if not lost:
            lost.append(around)
            raise ConnectionError("the server closed the connection")
        begin(*around)

    monkeypatch.setattr(_queue, "execute_dequeued_workflow", fails_once)
    jobs.start_workers(1)
    job = jobs.enqueue("test.note", key="a", text="x")
    until(lambda: state_of(job) is State.DONE)
    assert lost
    assert stage.seen == ["x"]
    (view,) = jobs.list_jobs()
    assert view.starts == 1


def test_workers_are_counted() -> None:
    assert jobs.workers_alive() == 0
    jobs.start_workers(1, in_background=True)
    until(lambda: jobs.workers_alive() == 1)


def test_what_is_over_is_forgotten_what_waits_is_not() -> None:
    jobs.start_workers(1)
    job = jobs.enqueue("test.note", key="a", text="x")
    until(lambda: state_of(job) is State.DONE)
    jobs.stop_workers(5)
    waiting = jobs.enqueue("test.hold", key="b")
    assert jobs.forget(before=clock.now() - timedelta(hours=1)) == 0
    assert jobs.forget(before=clock.now() + timedelta(hours=1)) == 1
    assert [view.id for view in jobs.list_jobs()] == [waiting]


@pytest.mark.parametrize("key", ["", "../x\n", "a b", "x" * 300, "a#2", "é"])
def test_a_key_must_be_plain(key: str) -> None:
    with pytest.raises(ValueError, match="not well formed"):
        jobs.enqueue("test.note", key=key, text="x")


def test_unknown_kinds_and_ids_are_said() -> None:
    with pytest.raises(jobs.UnknownKind):
        jobs.enqueue("test.nobody", key="a")
    with pytest.raises(jobs.UnknownJob):
        jobs.retry("test.note:never")


def test_arguments_are_plain_json() -> None:
    with pytest.raises(TypeError):
        jobs.enqueue("test.note", key="a", text=object())


@pytest.mark.django_db
@pytest.mark.parametrize("runner", ["memory"], indirect=True)
def test_the_double_can_run_everything_here(runner: jobs.Runner, stage: Stage) -> None:
    """In this thread, whose database connection an earlier test may have opened."""
    assert isinstance(runner, jobs.MemoryRunner)
    connection.ensure_connection()
    jobs.enqueue("test.note", key="a", text="x")
    assert runner.drain() == 1
    assert stage.seen == ["x"]
