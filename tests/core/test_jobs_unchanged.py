"""The jobs' file is asked again when it was written to, and only then."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lucarne.core import conf, jobs
from lucarne.core.jobs import State, handlers
from lucarne.core.jobs.durable import DurableRunner
from lucarne.core.jobs.unchanged import Unchanged
from tests.core.waiting import until


class Letters:
    """A file with one table, and how often it was asked for its rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = sqlite3.connect(path, isolation_level=None)
        self.writer.execute("pragma journal_mode = wal")
        self.writer.execute("create table letter (name)")
        self.asked = 0

    def ask(self) -> list[str]:
        self.asked += 1
        return [name for (name,) in self.writer.execute("select name from letter")]


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Letters]:
    made = Letters(tmp_path / "letters.sqlite3")
    yield made
    made.writer.close()


def test_an_answer_is_kept_until_somebody_writes(letters: Letters) -> None:
    unchanged = Unchanged(letters.path)

    def answer() -> list[str]:
        return unchanged.answer("all", letters.ask, keep=lambda _: True)

    assert answer() == answer() == []
    assert letters.asked == 1
    letters.writer.execute("insert into letter values ('a')")
    assert answer() == answer() == ["a"]
    assert letters.asked == 2
    letters.writer.execute("begin")
    letters.writer.execute("delete from letter")
    letters.writer.execute("rollback")
    letters.writer.execute("delete from letter where name = 'none'")
    assert answer() == ["a"]
    assert letters.asked == 2, "nothing was written"
    letters.writer.execute("pragma wal_checkpoint(truncate)")
    letters.writer.execute("delete from letter")
    assert answer() == []
    unchanged.close()


def test_what_is_written_while_it_is_asked_is_not_missed(letters: Letters) -> None:
    unchanged = Unchanged(letters.path)

    def ask_slowly() -> list[str]:
        found = letters.ask()
        if letters.asked == 1:
            letters.writer.execute("insert into letter values ('late')")
        return found

    answers = [
        unchanged.answer("all", ask_slowly, keep=lambda _: True) for _ in range(3)
    ]
    assert answers == [[], ["late"], ["late"]]
    assert letters.asked == 2
    unchanged.close()


def test_what_depends_on_more_than_the_file_is_asked_each_time(
    letters: Letters,
) -> None:
    unchanged = Unchanged(letters.path)
    for _ in range(3):
        unchanged.answer("all", letters.ask, keep=bool)
    assert letters.asked == 3
    unchanged.close()
    # Without a number there is nothing to rely on.
    for _ in range(2):
        unchanged.answer("all", letters.ask, keep=lambda _: True)
    assert letters.asked == 5


def test_idle_queues_ask_nothing_and_still_begin_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "_handlers", {})
    jobs.handler("test.nothing")(lambda _: None)
    polls: Counter[Any] = Counter()
    answer = Unchanged.answer

    def counted(self: Unchanged, question: Any, *args: Any, **kwargs: Any) -> Any:
        polls[question] += 1
        return answer(self, question, *args, **kwargs)

    monkeypatch.setattr(Unchanged, "answer", counted)
    runner = DurableRunner(conf.load(data=tmp_path / "data"))
    jobs.set_runner(runner)
    statements: Counter[str] = Counter()

    def note(*_: Any) -> None:
        statements[threading.current_thread().name] += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        jobs.start_workers(1)
        first = jobs.enqueue("test.nothing", key="first")
        until(lambda: _state(first) is State.DONE)
        quick = "queue-worker-quick"
        assert statements[quick]
        before = polls["waits", "quick"]
        until(lambda: polls["waits", "quick"] > before + 2)
        statements.clear()
        before = polls["waits", "quick"]
        until(lambda: polls["waits", "quick"] > before + 5)
        assert statements[quick] == 0
        second = jobs.enqueue("test.nothing", key="second")
        until(lambda: _state(second) is State.DONE)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        jobs.stop_workers(5)
        runner.close()
        jobs.set_runner(None)
        conf.load()


def _state(job_id: str) -> State:
    return next(job.state for job in jobs.list_jobs() if job.id == job_id)
