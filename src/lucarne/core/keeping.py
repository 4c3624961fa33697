"""Makes what lasts as long as the process without looking for garbage in it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def what_is_made() -> Iterator[None]:
    """Collect no garbage meanwhile, and never look through what was made again.

    A start makes some hundred thousand objects that stay: to go through them again and
    again costs an eighth of its time. What could go then is little, and is kept too.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
