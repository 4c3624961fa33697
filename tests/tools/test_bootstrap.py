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


@pytest.mark.parametrize(
    ("machine", "version", "is_too_old"),
    [
        ("arm64", "13.7.8", True),
        ("arm64", "14.0", False),
        ("arm64", "26.1", False),
        ("x86_64", "10.15.7", False),  # or a later one, by an old Python: pip will say
        ("x86_64", "11.7.10", False),
        ("arm64", "", False),
    ],
)
def test_a_mac_that_is_too_old_is_told_so_at_once(
    monkeypatch: pytest.MonkeyPatch, machine: str, version: str, is_too_old: bool
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.mac_ver", lambda: (version, ("", "", ""), machine))
    if not is_too_old:
        bootstrap.check_macos()
        return
    with pytest.raises(SystemExit, match=r"needs macOS 14 or newer .* this is macOS 13\.7\.8"):
        bootstrap.check_macos()


@pytest.mark.usefixtures("checkout")
def test_a_wheel_goes_before_a_newer_version_that_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[list[str]] = []

    class Pip:
        stdout = ()

        def __init__(self, command: list[str], **_: object) -> None:
            told.append(command)

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(bootstrap, "inputs", list)
    monkeypatch.setattr("subprocess.Popen", Pip)
    bootstrap.install("python", "run", ["more"])
    (command,) = told
    assert "--prefer-binary" in command
    assert command[-1] == "more"
