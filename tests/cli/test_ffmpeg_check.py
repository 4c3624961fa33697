"""What the commands say of an FFmpeg that lacks an encoder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lucarne.cli import checks, encode
from lucarne.cli.check import ERROR, OK, WARNING
from lucarne.cli.film_file import Refused
from lucarne.cli.main import main
from lucarne.core import conf
from lucarne_engine import process
from tests.engine.films import film


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    conf.load()
    process.set_ffmpeg(None)


@pytest.mark.parametrize(
    ("built_with", "codecs", "levels"),
    [
        ("--enable-libx264 --enable-libzimg --enable-libsvtav1", ["h264", "av1"], [OK]),
        ("--enable-libx264 --enable-libzimg", ["h264", "av1"], [OK, WARNING]),
        ("--enable-libx264 --enable-libzimg", ["h264"], [OK]),
        ("--enable-libx264", ["h264"], [OK, ERROR]),
        ("--enable-libzimg", ["h264"], [OK, ERROR]),
    ],
)
def test_check_says_what_a_build_lacks(
    tmp_path: Path, built_with: str, codecs: list[str], levels: list[str]
) -> None:
    ffmpeg = tmp_path / "ffmpeg"
    ffmpeg.write_text(
        "#!/bin/sh\necho 'ffmpeg version 9.0 Copyright (c) them'\n"
        f"echo 'configuration: {built_with}'\n"
    )
    ffmpeg.chmod(0o755)
    conf.load(tmp_path, media={"ffmpeg": str(ffmpeg)}, fine={"codecs": codecs})
    findings = list(checks._ffmpeg())
    assert [finding.level for finding in findings] == levels
    assert all(finding.remedy for finding in findings if finding.level != OK)


def test_a_ladder_is_made_of_what_can_be_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucarne_engine.encode.can_encode", lambda codec: codec != "av1")
    assert encode._codecs(None) == []
    assert encode._codecs([]) == ["h264"]
    assert encode._codecs(["h264"]) == ["h264"]
    with pytest.raises(Refused, match="cannot encode av1: leave it out"):
        encode._codecs(["av1"])


def test_nothing_is_made_that_cannot_be_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lucarne_engine.encode.can_measure", lambda: False)
    out = tmp_path / "out"
    status = main(["encode", str(film("tiny")), "--out", str(out), "--measure"])
    assert status == 1
    assert "This FFmpeg cannot measure quality: leave out --measure" in capsys.readouterr().err
    assert not out.exists()
