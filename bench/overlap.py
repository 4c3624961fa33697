"""From the last byte of a film to the moment it can be watched, with and without overlap.

Part of ``make bench-upload``. Films are sent to the studio at a simulated 20 Mbit/s, as
the browser does it: announced, the index first, then parts of 16 MiB; published as
soon as the last byte was taken. Each in a portal of its own, which prepares films
while they arrive, and in one that does not (``uploads.overlap``).
"""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import imageio_ffmpeg
from tests.api.conftest import new_token
from tests.live_portal import PATIENCE_S, Portal, until
from tests.media.arriving_films import sent_index

BYTES_PER_S: Final = 20_000_000 / 8
PART_BYTES: Final = 16 * 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024
SECONDS: Final = (30, 160, 300)
MOST_S: Final = 1.5
_H264: Final = "-c:v libx264 -preset ultrafast -g 60 -bf 2"
_HEVC: Final = "-c:v libx265 -preset ultrafast -x265-params log-level=1"
# The film's suffix, its picture, its sound, and how it is written.
CODECS: Final = {
    "h264": (".mp4", _H264, "aac", ""),
    "hevc": (".mp4", f"{_HEVC} -tag:v hvc1", "aac", ""),
    "vp9": (
        ".webm",
        "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -g 60",
        "libopus",
        "",
    ),
    "ts": (".ts", _H264, "aac", ""),
    "hevc_ts": (".ts", _HEVC, "aac", ""),
    "fragments": (".mp4", _H264, "aac", "-movflags +frag_keyframe+empty_moov"),
    "vp9_live": (
        ".webm",
        "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -g 60",
        "libopus",
        "-live 1",
    ),
}


def measure(lengths: Sequence[int], codecs: Sequence[str]) -> list[dict[str, Any]]:
    """Send every film twice; print a line for each, return the figures."""
    found = []
    with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as place:
        folder = Path(place)
        print("\nlast byte to playable, s        without      with overlap")
        for codec in codecs:
            for seconds in lengths:
                film = make_film(folder, codec, seconds)
                plain, early = (
                    once(film, folder / f"{codec}-{seconds}-{overlap}", overlap=overlap)
                    for overlap in (False, True)
                )
                size = film.stat().st_size / 1e6
                print(f"  {codec} {seconds:4} s {size:6.0f} MB {plain:12.2f} {early:12.2f}")
                found.append({
                    "codec": codec, "seconds": seconds, "mb": round(size, 1),
                    "without_s": round(plain, 2), "with_s": round(early, 2),
                })  # fmt: skip
    print(f"goal with overlap: {MOST_S} s, whatever the length")
    return found


def make_film(folder: Path, codec: str, seconds: int) -> Path:
    """Make ten seconds of 720p, 4 Mbit/s, and repeat them; the index is at the end."""
    suffix, picture, sound, how = CODECS[codec]
    short, film = folder / f"{codec}{suffix}", folder / f"{codec}-{seconds}{suffix}"
    if not short.exists():
        _ffmpeg(
            "-f lavfi -i testsrc2=size=1280x720:rate=30:duration=10 -vf noise=alls=9:allf=t"
            f" {picture} -b:v 4M -maxrate 4M -bufsize 4M -pix_fmt yuv420p {short}"
        )
    # The sound is not repeated: it would not be as long as the picture.
    _ffmpeg(
        f"-stream_loop {seconds // 10} -i {short}"
        f" -f lavfi -i sine=sample_rate=48000:duration={seconds}"
        f" -t {seconds} -c:v copy -ac 2 -c:a {sound} {how} {film}"
    )
    return film


def _ffmpeg(line: str) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-v", "error", "-nostdin", *line.split()], check=True)


def once(film: Path, data: Path, *, overlap: bool) -> float:
    """Send and publish a film in a new portal; return the seconds that count."""
    portal = Portal(data, LUCARNE_UPLOADS__OVERLAP=str(overlap).lower())
    portal.init()
    token = new_token(portal)
    portal.start()
    try:
        with contextlib.closing(portal.session()) as owner:
            form = portal.publish_form(owner)
            where = send(portal.port, token, film)
            begun = time.perf_counter()
            portal.publish_upload(owner, form, where)
            # Of the database, so that asking costs the portal nothing.
            query = "SELECT 1 FROM media_asset WHERE playable_at IS NOT NULL"
            until(lambda: portal.ask_rows(query), seconds=PATIENCE_S, every=0.02)
            return time.perf_counter() - begun
    finally:
        portal.kill()


def send(port: int, token: str, film: Path) -> str:
    """Send a film no faster than the line; return the upload's id."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    common = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}"}
    size = film.stat().st_size

    def ask(method: str, where: str, body: Any = b"", **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, where, body=body, headers={**common, **named})
        answer = line.getresponse()
        told = answer.read()
        if answer.status >= 300 and answer.status != 422:
            raise RuntimeError(f"{method} {answer.status}: {told.decode()}")
        return answer.headers.get("Location", "")

    where = "/" + ask("POST", "/uploads/", Upload_Length=str(size)).split("/", 3)[3]
    with film.open("rb") as file:
        begin, end = sent_index(film)
        if end:
            file.seek(begin)
            data = file.read(end - begin)
            ask("PUT", f"{where}/index", data, Upload_Offset=str(begin))
        file.seek(0)
        began = time.perf_counter()
        for offset in range(0, size, PART_BYTES):
            length = min(PART_BYTES, size - offset)
            ask(
                "PATCH", where, _paced(file, offset, length, began),
                Upload_Offset=str(offset), Content_Length=str(length),
                Content_Type="application/offset+octet-stream",
            )  # fmt: skip
    line.close()
    return where.rpartition("/")[2]


def _paced(file: Any, offset: int, length: int, began: float) -> Any:
    """Give a part in pieces, each when the line would have carried it."""
    end = offset + length
    while offset < end:
        data = file.read(min(_PIECE_BYTES, end - offset))
        offset += len(data)
        late = began + offset / BYTES_PER_S - time.perf_counter()
        if late > 0:
            time.sleep(late)
        yield data

