"""Garbage is looked for again after a start, and not among what the start made."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

import pytest

from lucarne.cli import main, version
from lucarne.core import keeping


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


@pytest.mark.parametrize("was_on", [True, False])
def test_it_is_afterwards_as_it_was(was_on: bool) -> None:
    (gc.enable if was_on else gc.disable)()
    before = gc.get_freeze_count()
    with contextlib.suppress(ValueError), keeping.what_is_made():
        made = [[] for _ in range(1000)]
        assert not gc.isenabled()
        raise ValueError("no")
    assert gc.isenabled() is was_on
    assert gc.get_freeze_count() >= before + len(made)


def test_a_command_that_runs_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.enable()
    seen: list[bool] = []
    monkeypatch.setattr(version, "run", lambda _: seen.append(gc.isenabled()) or 0)
    assert main.main(["version"]) == 0
    assert seen == [True]
