"""A film as a web server has it: manifests beside the folders of its tracks."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg

from lucarne_engine.manifest import dash, hls
from lucarne_engine.package.index import FilmIndex
from tests.engine.package.small_films import make_film, make_plan

PUBLISHED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PLAN = make_plan(frame_rate=Fraction(25), segments=(50, 43, 50, 57))


def write_film(folder: Path, *, is_complete: bool = True) -> FilmIndex:
    film = replace(make_film(PLAN, folder)[0], is_complete=is_complete)
    write_manifests(folder, film)
    return film


def write_manifests(folder: Path, film: FilmIndex) -> None:
    (folder / "main.m3u8").write_text(hls.multivariant(film))
    (folder / "manifest.mpd").write_text(dash.mpd(film, published_at=PUBLISHED))
    for track in (*film.video, *film.audio):
        base = folder / track.base
        text = hls.media(track, is_complete=film.is_complete)
        (base / "index.m3u8").write_text(text)
        if track.kind == "video":
            text = hls.iframes(track, is_complete=film.is_complete)
            (base / "iframes.m3u8").write_text(text)


def play(manifest: Path) -> tuple[list[list[str]], str]:
    """Decode all tracks with FFmpeg: rows of its framemd5 muxer, its complaints.

    All tracks at once: FFmpeg cuts a packet, and says so, of one that it drops.
    """
    program = imageio_ffmpeg.get_ffmpeg_exe()
    done = subprocess.run(
        [
            *(program, "-v", "warning", "-nostdin", "-copyts", "-i", str(manifest)),
            *("-map", "0", "-fps_mode", "passthrough", "-f", "framemd5", "-"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    return [row for row in rows if not row[0].startswith("#")], done.stderr


def check_complete(rows: list[list[str]]) -> None:
    """Every planned picture of both rungs once, sound to the end, all from zero on.

    FFmpeg's DASH demuxer drops a sound frame per segment, of its own muxer's too, so
    where sound ends is looked at, not how many frames there are.
    """
    ends = []
    for number in ("0", "1", "2"):
        track = [row for row in rows if row[0] == number]
        assert int(track[0][2]) == 0
        ends.append(int(track[-1][2]) + int(track[-1][3]))
        if int(track[0][3]) == 1:  # pictures last one tick of 1/25 s
            times = [int(row[2]) for row in track]
            assert times == list(range(PLAN.frame_count))
    assert sorted(ends)[:2] == [PLAN.frame_count] * 2
    assert abs(max(ends) - PLAN.duration * 48_000) <= 1024
