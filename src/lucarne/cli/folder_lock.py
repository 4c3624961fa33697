"""One portal per data folder: a locked file that the kernel frees with the process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lucarne.core.errors import LucarneError

NAME: Final = "run.lock"


@contextlib.contextmanager
def held(data: Path, *, by: str) -> Iterator[None]:
    """Hold the data folder; ``by`` is what others read about who has it.

    Raises LucarneError when somebody else holds it.
    """
    with (data / NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise LucarneError(
                "data_in_use",
                f"The data folder {data} is in use by {holder}: stop that first, or "
                "choose another folder with --data.",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{by}, process {os.getpid()}\n")
        file.flush()
        yield
        file.seek(0)
        file.truncate()
