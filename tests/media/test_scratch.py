"""Folders and locks for work: many at once, who take each other's folder away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Lock

import pytest

from lucarne.media import scratch

AT_ONCE = 4
TIMES = 300


def all_at_once(work: Callable[[int], None]) -> None:
    """Do it in a few threads, which all begin together; raises what one of them does."""
    begin = Barrier(AT_ONCE)

    def run(number: int) -> None:
        begin.wait()
        for _ in range(TIMES):
            work(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(run, number) for number in range(AT_ONCE)]:
            done.result()


def test_a_folder_is_made_while_others_of_the_film_end(folder: Path) -> None:
    def work(number: int) -> None:
        scratch.clean(scratch.folder("ast_x", f"unit-{number}"))

    all_at_once(work)
    assert not list((folder / "scratch").iterdir())


@pytest.mark.parametrize("waits", [False, True], ids=["alone", "in turn"])
def test_never_are_two_at_it(folder: Path, waits: bool) -> None:
    inside = Lock()
    count = [0] * AT_ONCE

    def do(number: int) -> None:
        assert inside.acquire(blocking=False)
        count[number] += 1
        inside.release()

    def work(number: int) -> None:
        if waits:
            with scratch.in_turn("ast_x", "look"):
                do(number)
            return
        with scratch.alone("ast_x", "look") as is_alone:
            if is_alone:
                do(number)

    all_at_once(work)
    if waits:
        assert count == [TIMES] * AT_ONCE
    assert sum(count) > 0
    assert not list((folder / "scratch").iterdir())
