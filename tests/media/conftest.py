"""A data folder of the test's own, and jobs that run when the test says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lucarne.core import conf, jobs


@pytest.fixture
def folder(data: Path) -> Iterator[Path]:
    conf.load(data=data, uploads={"reserve_bytes": 0})
    jobs.set_runner(jobs.MemoryRunner())
    yield data
    jobs.set_runner(None)


@pytest.fixture
def runner(folder: Path) -> jobs.MemoryRunner:  # noqa: ARG001
    chosen = jobs.get_runner()
    assert isinstance(chosen, jobs.MemoryRunner)
    return chosen
