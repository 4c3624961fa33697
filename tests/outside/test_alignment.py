"""Our rungs change at the same pictures; a stream made rung after rung does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.package.small_films import ffmpeg
from tests.outside.alignment import findings
from tests.outside.packaged import PLAN, write_film

# Scenes of odd lengths: an encoder that looks for cuts puts key frames at them.
_SCENES = (
    "testsrc2=s=640x360:r=25:d=1.7[a]",
    "mandelbrot=s=640x360:r=25,trim=end_frame=61,setpts=PTS-STARTPTS[b]",
    "smptebars=s=640x360:r=25:d=1.9[c]",
    "life=s=320x180:r=25:mold=10:seed=7:life_color=#8080ff:death_color=#c83232[life]",
    "[life]trim=end_frame=77,setpts=PTS-STARTPTS,scale=640:360[d]",
    "cellauto=s=640x360:r=25:seed=7,trim=end_frame=90,setpts=PTS-STARTPTS[e]",
)


def _film_with_cuts(folder: Path) -> Path:
    names = "abcde"
    same = [f"[{n}]format=yuv420p,setsar=1[{n}1]" for n in names]
    joined = "".join(f"[{n}1]" for n in names) + "concat=n=5[v]"
    graph = ";".join([*_SCENES, *same, joined])
    film = folder / "film.mp4"
    ffmpeg(
        *("-filter_complex", graph, "-map", "[v]"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", film),
    )
    return film


def _rung_of(source: Path, folder: Path, height: int, kbps: int) -> Path:
    """PeerTube's options: veryfast, 16 B-pictures, cuts wherever x264 sees one."""
    playlist = folder / f"{height}.m3u8"
    ffmpeg(
        *("-i", source, "-vf", f"scale=-2:{height}", "-c:v", "libx264"),
        *("-preset", "veryfast", "-threads", "1"),
        *("-maxrate", f"{kbps}k", "-bufsize", f"{2 * kbps}k"),
        *("-b_strategy", "1", "-bf", "16", "-g", "50", "-pix_fmt", "yuv420p"),
        *("-hls_time", "4", "-hls_playlist_type", "vod"),
        *("-hls_segment_type", "fmp4", "-hls_flags", "single_file"),
        *("-hls_segment_filename", folder / f"{height}.mp4", "-f", "hls", playlist),
    )
    return playlist


@pytest.mark.slow
def test_the_check_fails_on_rungs_made_one_from_another(tmp_path: Path) -> None:
    source = _film_with_cuts(tmp_path)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7"]
    for height, kbps in ((360, 1037), (180, 300), (90, 100)):
        playlist = _rung_of(source, tmp_path, height, kbps)
        source = tmp_path / f"{height}.mp4"  # the next rung is made from this one
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={kbps}000", playlist.name]
    main = tmp_path / "main.m3u8"
    main.write_text("\n".join(lines) + "\n")
    found = findings(main)
    assert any("begins at" in fault or "segments" in fault for fault in found), found


def test_the_check_passes_on_ours(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    assert len(film.video) == 2
    assert findings(tmp_path / "main.m3u8") == []


def test_the_check_sees_one_segment_in_the_place_of_another(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    small = tmp_path / film.video[0].base
    (small / "2.m4s").write_bytes((small / "1.m4s").read_bytes())
    found = findings(tmp_path / "main.m3u8")
    assert any("promised" in fault for fault in found)
    assert PLAN.boundaries[1:3] == (50, 93)  # 2 s and 3.72 s
    assert any("segment 2 begins at 3.720 s" in fault for fault in found)
