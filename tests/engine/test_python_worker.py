"""A worker answers, and its errors are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.process import Limits, Sandbox
from lucarne_engine.python_worker import Crashed, PythonWorker
from tests.engine.films import film
from tests.engine.processes import holdings, needs_landlock

WORKER = "lucarne_engine.reader_worker"


def worker(**how: object) -> PythonWorker:
    how.setdefault("sandbox", Sandbox())
    return PythonWorker(WORKER, **how)


def probe_request(path: Path) -> dict[str, object]:
    asked = {"path": str(path), "limits": {}, "is_arriving": False, "lays_out": False}
    return {"probe": asked}


def test_an_error_crosses_the_wall_as_itself_and_the_next_question_is_answered(
    tmp_path: Path,
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("nothing that moves")
    with worker(sandbox=Sandbox(readable=(tmp_path, film("h264_short")))) as asked:
        with pytest.raises(SourceError) as caught:
            asked.ask(probe_request(text))
        assert caught.value.code == "not_media"
        assert asked.ask(probe_request(film("h264_short")))["report"]["format"] == "mov"


def test_a_worker_ends_with_its_block_whatever_it_does() -> None:
    before = holdings()
    with worker(), pytest.raises(KeyError):
        raise KeyError
    with worker(limits=Limits(wall_s=0)) as asked:
        with pytest.raises(EncoderError) as caught:
            asked.ask(probe_request(film("h264_short")))
        assert caught.value.code == "out_of_time"
    assert holdings() == before


@needs_landlock
def test_a_worker_sees_its_film_only() -> None:
    with (
        worker(sandbox=Sandbox(readable=(film("h264_short"),))) as asked,
        pytest.raises(EncoderError, match="Permission denied"),
    ):
        asked.ask(probe_request(film("h264_aac")))


def test_a_bug_in_a_worker_is_our_fault() -> None:
    with worker() as asked, pytest.raises(EncoderError) as caught:
        asked.ask({"nonsense": True})
    assert caught.value.code == "encoder_failed"
    assert "KeyError" in caught.value.detail
    assert not isinstance(caught.value, Crashed)


def test_a_module_that_is_not_there_is_named() -> None:
    asked = PythonWorker("lucarne_engine.nowhere", sandbox=Sandbox())
    with asked, pytest.raises(EncoderError, match="no module lucarne_engine"):
        asked.ask({})
