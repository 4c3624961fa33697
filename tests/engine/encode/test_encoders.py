"""Not every FFmpeg makes AV1: the one for Macs with an Intel processor does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lucarne_engine import process
from lucarne_engine.encode import can_encode, can_measure
from lucarne_engine.errors import EncoderError


@pytest.fixture
def name_ffmpeg(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "ffmpeg"
    process.set_ffmpeg(path)
    yield path
    process.set_ffmpeg(None)


def test_ours_makes_both() -> None:
    assert can_encode("h264")
    assert can_encode("av1")
    assert can_measure()


def test_one_without_av1(name_ffmpeg: Path) -> None:
    """libaom, which it may have, is too slow, and is not asked for."""
    name_ffmpeg.write_text(
        "#!/bin/sh\necho ' V....D libx264     libx264 H.264'\n"
        "echo ' V....D libaom-av1  libaom AV1 (codec av1), not libsvtav1'\n"
    )
    name_ffmpeg.chmod(0o755)
    assert can_encode("h264")
    assert not can_encode("av1")


def test_one_that_cannot_measure(name_ffmpeg: Path) -> None:
    name_ffmpeg.write_text(
        "#!/bin/sh\necho ' .S xpsnr            VV->V      XPSNR, beside libvmaf'\n"
    )
    name_ffmpeg.chmod(0o755)
    assert not can_measure()


def test_one_that_is_not_there(name_ffmpeg: Path) -> None:
    assert not name_ffmpeg.exists()
    with pytest.raises(EncoderError, match="ffmpeg"):
        can_encode("av1")
