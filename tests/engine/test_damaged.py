"""A few damaged films through the engine; ``make fuzz-media`` tries thousands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from bench.fuzz_media import fuzz
from bench.mutate import MUTATIONS, Mutant, mutant

from tests.engine.films import film

SMALL = ("h264_fragmented", "h264_ts", "vp9_opus", "mjpeg_avi", "theora", "wav", "hevc")


@pytest.mark.skipif(
    sys.platform != "linux", reason="it looks for what is left in /proc"
)
def test_damaged_films_are_published_or_refused(tmp_path: Path) -> None:
    summary = fuzz([film(name) for name in SMALL], seed=7, count=30, keep=tmp_path)
    assert summary.done == 30
    assert (summary.failures, summary.contained) == ([], [])
    assert not list(tmp_path.iterdir())
    kinds = {outcome.partition(":")[0] for outcome in summary.outcomes}
    assert "refused" in kinds
    assert len(kinds) > 1


def test_a_mutant_is_always_the_same_and_no_film() -> None:
    films = [film(name) for name in SMALL]
    seen = set()
    for n in range(60):
        one = mutant(films, seed=1, n=n)
        assert one == mutant(films, seed=1, n=n)
        assert one.film in {path.name for path in films}
        seen |= set(one.mutations)
    assert seen == set(MUTATIONS)


def test_what_breaks_down_is_kept_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("bench.fuzz_media.make_plan", broken)
    summary = fuzz([film("wav")], seed=1, count=6, keep=tmp_path)
    assert summary.failures
    assert "ZeroDivisionError" in summary.failures[0]
    assert len(list(tmp_path.iterdir())) == len(summary.failures)


def test_a_hang_of_ours_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object, **__: object) -> None:
        while True:
            pass

    monkeypatch.setattr("bench.fuzz_media.make_plan", endless)
    monkeypatch.setattr("bench.fuzz_media._WALL_S", 1)
    monkeypatch.setattr("bench.fuzz_media._LATE_S", 1)
    whole = Mutant("whole.wav", (), film("wav").read_bytes())
    monkeypatch.setattr("bench.fuzz_media.mutant", lambda *_, **__: whole)
    summary = fuzz([film("wav")], seed=1, count=1, begin=1, keep=tmp_path)
    assert "it took more than 3 s" in summary.failures[0]
