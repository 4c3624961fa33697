"""Films whose pictures show their own number as ten black or white blocks."""

import subprocess
from io import BytesIO
from pathlib import Path

import av
import imageio_ffmpeg

WIDTH, HEIGHT, BITS = 320, 96, 10
_BLOCK = WIDTH // BITS

X264 = "-c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p"


def numbered_film(path: Path, *, rate: str, seconds: int, line: str) -> Path:
    """Make a film of ``seconds`` at ``rate``; ``line`` are filters and the encoder."""
    number = f"mod(floor(N/pow(2,floor(X/{_BLOCK}))),2)"
    source = (
        f"nullsrc=s={WIDTH}x{HEIGHT}:r={rate}:d={seconds},format=yuv420p,"
        f"geq=lum='if(gte({number},1),235,16)':cb=128:cr=128"
    )
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"]
    argv += ["-f", "lavfi", "-i", source, *line.split(), str(path)]
    subprocess.run(argv, check=True)
    return path


def read_numbers(data: bytes) -> list[int]:
    """Decode a film and read the numbers off its pictures."""
    with av.open(BytesIO(data)) as container:
        return [_number(frame) for frame in container.decode(video=0)]


def _number(frame: av.VideoFrame) -> int:
    plane = frame.planes[0]
    luma, row = bytes(plane), (frame.height // 2) * plane.line_size
    step = frame.width / BITS
    bits = [luma[row + int((bit + 0.5) * step)] > 128 for bit in range(BITS)]
    return sum(1 << bit for bit, is_white in enumerate(bits) if is_white)
