"""Which threads of a child let its others go first. Linux alone has that.

A pass is over when its slowest encoder is. Where there are more threads than cores, it
gets its share like any other, and a core stands still while it catches up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

STEPS: Final = 10  # of nice: a tenth of the share of the others (sched(7))
_MOST: Final = 19


class Turns:
    """Nices one thread for each beginning of a name, as soon as it appears."""

    def __init__(self, later: Iterable[str] = ()) -> None:
        self._later = set(later) if sys.platform == "linux" else set()

    def look(self, pid: int) -> None:
        """Nice those that have appeared. Whatever cannot be niced stays as it is."""
        if not self._later:
            return
        with suppress(OSError):  # it may be gone
            for task in Path(f"/proc/{pid}/task").iterdir():
                self._meet(task)

    def _meet(self, task: Path) -> None:
        name = (task / "comm").read_text("latin-1")
        found = next((one for one in self._later if name.startswith(one)), None)
        if found is None:  # threads get their names after they have begun
            return
        self._later.discard(found)
        number = int(task.name)
        nice = os.getpriority(os.PRIO_PROCESS, number)
        os.setpriority(os.PRIO_PROCESS, number, min(_MOST, nice + STEPS))
