"""Which process runs what: who shares a portal goes together, who is slow goes first.

A process takes one module after the other, so that what a module makes for all of its
tests is made once. Whole folders whose tests watch the same films in the same portal
are as one module; those of their modules that have a portal of their own are not.
"""

from __future__ import annotations

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

# Minutes first, seconds last: a process that takes its last film while the others have
# nothing left to do would make everybody wait.
SLOW: Final = (
    "tests/browser/", "tests/outside/", "tests/kill/", "tests/cli/", "tests/studio/",
    "tests/core/", "tests/site/", "tests/api/", "tests/playback/",
)  # fmt: skip
SHARING: Final = ("tests/browser/", "tests/outside/", "tests/api/", "tests/playback/")
ALONE: Final = {
    "tests/browser/test_fine.py",
    "tests/browser/test_first_visit.py",
    "tests/browser/test_growing.py",
    "tests/browser/test_live.py",
    "tests/browser/test_upload.py",
    "tests/outside/test_change.py",
    "tests/outside/test_hdr.py",
    "tests/outside/test_tus_clients.py",
}


class Turns(LoadScopeScheduling):
    """Hands out groups of tests in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        super().__init__(config, log)  # type: ignore[arg-type]
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return what a test shares a process with."""
    module = nodeid.partition("::")[0]
    if module in ALONE:
        return module
    return next((one for one in SHARING if module.startswith(one)), module)


def turn_of(nodeid: str) -> int:
    """Return how early a test begins; modules keep their order within."""
    found = (n for n, one in enumerate(SLOW) if nodeid.startswith(one))
    return next(found, len(SLOW))
