"""The sandboxed half of ``reader.FilmReader`` and of ``follower.Follower``."""

from __future__ import annotations

from typing import Any

from lucarne_engine.probe import worker
from lucarne_engine.probe.follow import Follow
from lucarne_engine.worker import answer_with

_follow = Follow()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    if "probe" in request:
        return worker.answer(request["probe"])
    if "follow" in request:
        return _follow.begin(request["follow"])
    if "conclude" in request:
        return _follow.conclude()
    if "texts" in request:
        from lucarne_engine.captions.film_worker import read_texts  # noqa: PLC0415

        return read_texts(request["texts"])
    # Not every film is copied.
    from lucarne_engine.package.remux_worker import remux  # noqa: PLC0415

    return remux(request["remux"])


if __name__ == "__main__":
    answer_with(answer)
