"""One portal per data folder: a locked file that the kernel frees with the process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lucarne.core import conf
from lucarne.core.errors import LucarneError

NAME: Final = "run.lock"


@contextlib.contextmanager
def held(data: Path, *, url: str) -> Iterator[None]:
    """Hold the data folder for the portal at ``url``.

    Raises LucarneError when somebody else holds it.
    """
    with (data / NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            at, _, process = file.read().strip().partition(" ")
            holder = f"the portal at {at}, process {process}"
            raise LucarneError(
                "data_in_use",
                f"The data folder {data} is in use by {holder}: stop that first, or "
                "choose another folder with --data.",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{url} {os.getpid()}\n")
        file.flush()
        yield
        file.seek(0)
        file.truncate()


def portal_url() -> str:
    """Return where people find the portal of this data folder.

    A portal that runs may have been started with another port than the settings say.
    """
    settings = conf.get()
    url, _, process = _read(settings.data / NAME).partition(" ")
    return url if process.isdigit() and _is_there(int(process)) else settings.url


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _is_there(process: int) -> bool:
    """Say whether a process lives; a kill leaves the file as it was."""
    try:
        os.kill(process, 0)  # asks only
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    return True
