"""The sandboxed half of ``reader``."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from lucarne_engine.captions.read import read
from lucarne_engine.captions.reader import to_plain
from lucarne_engine.worker import answer_with


def answer(request: dict[str, Any]) -> dict[str, Any]:
    data = b64decode(request["data"])
    return to_plain(read(data, duration_ms=request["duration_ms"]))


if __name__ == "__main__":
    answer_with(answer)
