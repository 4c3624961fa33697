from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lucarne.core import conf, jobs
from lucarne.core.jobs.durable import DurableRunner
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(
    params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[jobs.Runner]:
    """Run the same test on the double and on both real ones."""
    chosen: jobs.Runner = jobs.MemoryRunner()
    if request.param != "memory":
        url = ""
        if request.param == "postgres":
            url = request.getfixturevalue("postgres_url")
        settings = conf.load(data=tmp_path / "data", database={"url": url})
        chosen = DurableRunner(settings)
    jobs.set_runner(chosen)
    yield chosen
    jobs.stop_workers(5)
    if isinstance(chosen, DurableRunner):
        chosen.close()
    jobs.set_runner(None)
    conf.load()
