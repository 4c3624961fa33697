"""What `make run` does before Lucarne itself is there."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tools import bootstrap


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one module that nothing imports."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / "src/lucarne_engine").mkdir(parents=True)
    (tmp_path / "src/lucarne_engine/worker.py").write_text("ANSWER = 42\n")
    monkeypatch.setattr(bootstrap, "HERE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "src/lucarne_engine"


def is_compiled(path: Path) -> bool:
    return Path(cache_from_source(str(path))).exists()


def test_what_only_workers_import_is_compiled(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(checkout / "elsewhere"))
    bootstrap.compile_sources(sys.executable)
    assert is_compiled(checkout / "worker.py")


def test_a_second_time_starts_nothing_until_a_module_changes(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.compile_sources(sys.executable)
    started = []
    monkeypatch.setattr(subprocess, "call", lambda *a, **_: started.append(a))
    bootstrap.compile_sources(sys.executable)
    assert started == []
    os.utime(checkout / "worker.py", (1, 1))
    bootstrap.compile_sources(sys.executable)
    assert len(started) == 1


def test_a_module_that_cannot_be_compiled_stops_nothing(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout / "broken.py").write_text("def\n")
    bootstrap.compile_sources(sys.executable)
    assert is_compiled(checkout / "worker.py")
    assert capfd.readouterr() == ("", "")


def test_a_python_that_cannot_compile_stops_nothing(checkout: Path) -> None:
    bootstrap.compile_sources(str(checkout / "no-python"))
    assert not is_compiled(checkout / "worker.py")
