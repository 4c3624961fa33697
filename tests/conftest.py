"""Every test process has a data folder of its own, made before Django is set up."""

from __future__ import annotations

import functools
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.turns import Turns, turn_of

if TYPE_CHECKING:
    from lucarne.core.jobs import MemoryRunner

# Thousands of tests and all that they import stay to the end: to look for garbage among
# them, now and while they run, costs an eighth of the time.
gc.disable()

_FOLDER = Path(tempfile.mkdtemp(prefix="lucarne-test-"))
for _name in [name for name in os.environ if name.startswith("LUCARNE_")]:
    if not _name.startswith("LUCARNE_TEST_"):
        del os.environ[_name]
os.environ["LUCARNE_DATA"] = str(_FOLDER / "data")

# How long an example takes says how busy the machine is, not whether it holds.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


def _move_out_of_the_default_folder() -> None:
    """Point what was read before this file to the folder of this process.

    pytest-django reads Django's settings before any conftest: without this, all test
    processes share one database beside the data folder of whoever runs them.
    """
    from django.conf import settings

    from lucarne.core import conf

    conf.load()
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["NAME"] = str(conf.get().paths.database)
        database["TEST"]["NAME"] = str(_FOLDER / "lucarne-test.sqlite3")


_move_out_of_the_default_folder()


def _read_certificates_once() -> None:
    """Let all clients of httpx share one TLS context, which none of them uses.

    Each would read the world's certificates: 60 ms of CPU for every ``httpx.get``, of
    which the question itself, on the loopback interface, takes two.
    """
    from httpx._transports import default

    default.create_ssl_context = functools.cache(default.create_ssl_context)


_read_certificates_once()


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Turns:
    return Turns(config, log)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if hasattr(config, "workerinput"):  # one of several processes
        items.sort(key=lambda item: turn_of(item.nodeid))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,  # noqa: ARG001
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what the portals said: some do not come a second time."""
    report = yield
    live = sys.modules.get("tests.live_portal")
    if report.failed and live is not None and (said := live.what_they_said()):
        report.sections.append(("What the portals said", said))
    return report


def pytest_unconfigure() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Give a test its own data folder, in the process's settings too."""
    from lucarne.core import conf

    folder = tmp_path / "data"
    conf.load(data=folder)
    yield folder
    conf.load()


@pytest.fixture
def folder(data: Path) -> Iterator[Path]:
    """Give the data folder of a test, with room for its films, and jobs nobody runs."""
    from lucarne.core import conf, jobs

    conf.load(data=data, uploads={"reserve_bytes": 0})
    jobs.set_runner(jobs.MemoryRunner())
    yield data
    jobs.set_runner(None)


@pytest.fixture
def runner(folder: Path) -> MemoryRunner:  # noqa: ARG001
    """Give those jobs, which run when the test says so."""
    from lucarne.core import jobs

    chosen = jobs.get_runner()
    assert isinstance(chosen, jobs.MemoryRunner)
    return chosen


@pytest.fixture(autouse=True)
def _no_portal_is_remembered() -> Iterator[None]:
    """Let no test see the portal of the one before it."""
    from lucarne.core.portal import forget_portal

    yield
    forget_portal()


@pytest.fixture(autouse=True)
def _no_language_is_spoken_on() -> Iterator[None]:
    """Let no test hear the language of a request before it: it stays with the thread."""
    from django.utils import translation

    yield
    translation.deactivate()
