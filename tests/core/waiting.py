"""Wait for something to become true, and fail when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(question: Callable[[], T], *, within: float = 15.0, what: str = "") -> T:
    ends = time.monotonic() + within
    while not (answer := question()):
        assert time.monotonic() < ends, f"not within {within} s: {what or question}"
        time.sleep(0.01)
    return answer
