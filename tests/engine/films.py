"""Films that the tests make for themselves, with FFmpeg's synthetic sources.

``film("h264_aac")`` is enough for most tests: it makes the film once, keeps it in a
folder of the machine's temporary space (the folder's name is a hash of this file,
so that a changed recipe makes new films) and returns its path. Never write to it.
``make(name, folder)`` makes a fresh copy. ``GOOD`` can be published, ``BAD`` must be
refused with the code given there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import imageio_ffmpeg

Recipe = Callable[[Path], None]

_X264: Final = "-c:v libx264 -preset ultrafast -crf 30 -pix_fmt yuv420p -g 60 -bf 2"
_AAC: Final = "-c:a aac -b:a 96k"


def _ffmpeg(line: str, out: Path) -> None:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"]
    done = subprocess.run(
        [*argv, *line.split(), "-bitexact", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{line}: {done.stderr}")


def _picture(size: str = "640x360", rate: str = "30", seconds: str = "10") -> str:
    return f"-f lavfi -i testsrc2=size={size}:rate={rate}:duration={seconds}"


def _sound(seconds: str = "10", layout: str = "stereo") -> str:
    tones = {
        "stereo": "sin(2764*t)/4|sin(4146*t)/4",
        "mono": "sin(2764*t)/4",
        "5.1": "|".join(f"sin({n}*t)/4" for n in (2764, 3000, 3300, 300, 3600, 4146)),
    }[layout]
    return f"-f lavfi -i aevalsrc={tones}:c={layout}:s=48000:d={seconds}"


def _line(*parts: str) -> Recipe:
    return lambda out: _ffmpeg(" ".join(parts), out)


def _from(name: str, line: str, before: str = "") -> Recipe:
    """Another film, passed once more through FFmpeg."""
    return lambda out: _ffmpeg(f"{before} -i {film(name)} {line}", out)


_WORDS: Final = "1\n00:00:00,500 --> 00:00:02,000\nHello?\n"
_CHAPTERS: Final = """;FFMETADATA1
title=A film
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1500
title=Opening
[CHAPTER]
TIMEBASE=1/1000
START=1500
END=3000
title=L’été
[CHAPTER]
TIMEBASE=1/1000
START=3000
END=9000
"""


def _with_extras(name: str, line: str) -> Recipe:
    """Another film with words (input 1) and chapters (input 2)."""

    def recipe(out: Path) -> None:
        words, chapters = out.with_suffix(".srt"), out.with_suffix(".txt")
        words.write_text(_WORDS)
        chapters.write_text(_CHAPTERS)
        extra = f"-i {words} -f ffmetadata -i {chapters}"
        _ffmpeg(f"-i {film(name)} {extra} -map_chapters 2 {line}", out)
        words.unlink()
        chapters.unlink()

    return recipe


def _cut(name: str, *, percent: int) -> Recipe:
    def recipe(out: Path) -> None:
        data = film(name).read_bytes()
        out.write_bytes(data[: len(data) * percent // 100])

    return recipe


def _no_media(out: Path) -> None:
    """All boxes up to the media data, and 50 bytes of that."""
    data = film("h264_aac").read_bytes()
    out.write_bytes(data[: data.index(b"mdat") + 54])


def _bytes(data: bytes) -> Recipe:
    return lambda out: out.write_bytes(data) and None


def _absurd(out: Path) -> None:
    """A QuickTime Animation whose sample entry claims 20000 x 8000 pixels."""
    data = bytearray(film("alpha").read_bytes())
    at = data.index(b"rle ") + 4 + 24  # ISO/IEC 14496-12 8.5.2 VisualSampleEntry
    data[at : at + 4] = struct.pack(">HH", 20000, 8000)
    out.write_bytes(data)


def _nonsense_matrix(out: Path) -> None:
    """A display matrix of noise in tkhd (14496-12 8.3.2)."""
    data = bytearray(film("video_only").read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(">9i", 7, 0, 0, 0, 0, 0, 0, 0, 1 << 30)
    out.write_bytes(data)


def _clean_aperture(out: Path) -> None:
    """640 x 360 with a border, of which a ``clap`` box shows 560 x 280 (14496-12 12.1.4)."""
    line = f"{_picture(seconds='2')} -vf drawbox=t=40:c=red {_X264} -an"
    _ffmpeg(line, out)
    data = bytearray(out.read_bytes())
    window = struct.pack(">I4s8I", 40, b"clap", 560, 1, 280, 1, 0, 1, 0, 1)
    at = data.index(b"avc1", data.index(b"stsd")) - 4
    end = at + int.from_bytes(data[at : at + 4])
    data[end:end] = window
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        at = data.rindex(name, 0, end) - 4
        data[at : at + 4] = (int.from_bytes(data[at : at + 4]) + 40).to_bytes(4)
    out.write_bytes(data)


def _lying_duration(out: Path) -> None:
    """A Matroska film of 4 s whose header claims 1132 s (Duration, 0x4489)."""
    data = bytearray(film("h264_mkv").read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", 1_132_000.0)
    out.write_bytes(data)


def _bit_flips(out: Path) -> None:
    """Every 997th byte of the media data turned over."""
    data = bytearray(film("h264_aac").read_bytes())
    start = data.index(b"mdat") + 40_000
    for at in range(start, len(data), 997):
        data[at] ^= 0x5A
    out.write_bytes(data)


def _archive(out: Path) -> None:
    """A film inside a zip: it is no film before it is taken out."""
    with zipfile.ZipFile(out, "w") as archive:
        archive.write(film("video_only"), "film.mp4")


def _subtitles_only(out: Path) -> None:
    words = out.with_suffix(".srt")
    words.write_text("1\n00:00:00,000 --> 00:00:02,000\nHello?\n")
    _ffmpeg(f"-i {words} -c copy", out)
    words.unlink()


_HLS: Final = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n"
    b"http://127.0.0.1:9/internal.ts\n#EXT-X-ENDLIST\n"
)
_MPD: Final = (
    b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"'
    b' mediaPresentationDuration="PT4S"><Period><BaseURL>file:///etc/passwd'
    b"</BaseURL></Period></MPD>\n"
)
_SDP: Final = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n"

# by name: the suffix of the file, and how it is made
_RECIPES: Final[dict[str, tuple[str, Recipe]]] = {
    "h264_aac": (
        ".mp4",
        _line(_picture(), _sound(), _X264, _AAC, "-movflags +faststart"),
    ),
    "h264_aac_30s": (
        ".mp4",
        _line(
            _picture("426x240", rate="15", seconds="30"), _sound("30"),
            _X264, "-g 30", _AAC,
        ),
    ),
    "h264_short": (".mp4", _line(_picture(seconds="4"), _sound("4"), _X264, _AAC)),
    "h264_fragmented": (
        ".mp4",
        _from("h264_aac", "-c copy -movflags +frag_keyframe+empty_moov"),
    ),
    "h264_mkv": (".mkv", _from("h264_short", "-c copy")),
    "h264_ts": (".ts", _from("h264_short", "-c copy")),
    "h264_raw": (".h264", _from("h264_short", "-c:v copy -an")),
    "h264_open_gop": (
        ".mp4",
        _line(
            _picture("320x180", seconds="6"),
            "-c:v libx264 -preset veryfast -crf 30 -pix_fmt yuv420p",
            "-x264-params keyint=30:min-keyint=30:scenecut=0:open-gop=1:bframes=3",
        ),
    ),
    "late_audio": (
        ".mp4",
        _line(
            _picture("320x180", seconds="4"), "-itsoffset 1", _sound("3"), _X264, _AAC
        ),
    ),
    "sound_ends_early": (
        ".mp4",
        _line(_picture("320x180", seconds="5"), _sound("2"), _X264, _AAC),
    ),
    "vp9_opus": (
        ".webm",
        _line(
            _picture("320x180", seconds="5"),
            _sound("5"),
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -g 60",
            "-pix_fmt yuv420p -c:a libopus -b:a 64k",
        ),
    ),
    "no_duration": (".webm", _from("vp9_opus", "-c copy -live 1")),
    "rotated": (
        ".mov",
        _from("h264_short", "-c copy", before="-display_rotation:v:0 -90"),
    ),
    "mirrored": (".mov", _from("h264_short", "-c copy", before="-display_hflip")),
    "nonsense_matrix": (".mp4", _nonsense_matrix),
    "clean_aperture": (".mp4", _clean_aperture),
    "hevc": (
        ".mp4",
        _line(
            _picture("320x180", seconds="4"),
            _sound("4"),
            _AAC,
            "-c:v libx265 -preset ultrafast -crf 30 -pix_fmt yuv420p -tag:v hvc1",
            "-x265-params log-level=none:keyint=60:pools=1",
        ),
    ),
    "hdr10": (
        ".mp4",
        _line(
            _picture("320x180", seconds="2"),
            "-c:v libx265 -preset ultrafast -crf 30 -pix_fmt yuv420p10le -tag:v hvc1",
            "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc",
            "-x265-params log-level=none:keyint=60:pools=1:hdr10=1:colorprim=bt2020:"
            "transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:"
            "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
            "L(10000000,50)",
        ),
    ),
    "hlg": (
        ".mkv",
        _line(
            _picture("320x180", seconds="2"),
            "-c:v libx265 -preset ultrafast -crf 30 -pix_fmt yuv420p10le",
            "-color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc",
            "-x265-params log-level=none:keyint=60:pools=1:colorprim=bt2020:"
            "transfer=arib-std-b67:colormatrix=bt2020nc",
        ),
    ),
    # HDR in the container alone: VP9's own headers have no room for it
    "hdr10_webm": (
        ".webm",
        _from(
            "hdr10",
            "-c:v libvpx-vp9 -profile:v 2 -pix_fmt yuv420p10le -deadline realtime"
            " -cpu-used 8 -b:v 200k -g 60",
        ),
    ),
    "extras_mp4": (
        ".mp4",
        _with_extras(
            "h264_short",
            "-map 0 -map 1 -map 1 -c copy -c:s mov_text"
            " -metadata:s:s:0 language=fra -metadata:s:s:1 language=eng"
            " -disposition:s:0 default -disposition:s:1 hearing_impaired",
        ),
    ),
    "extras_mkv": (
        ".mkv",
        _with_extras(
            "h264_short",
            "-map 0 -map 1 -map 1 -c copy -c:s:0 ass -c:s:1 srt"
            " -metadata:s:s:0 language=fra -metadata:s:s:0 title=Affiches"
            " -disposition:s:0 default+forced -disposition:s:1 hearing_impaired",
        ),
    ),
    "extras_webm": (
        ".webm",
        _with_extras(
            "vp9_opus",
            "-map 0 -map 1 -c copy -c:s webvtt -metadata:s:s:0 language=deu",
        ),
    ),
    "av1": (
        ".mp4",
        _line(
            _picture("320x180", seconds="2"),
            "-c:v libsvtav1 -preset 12 -crf 50 -svtav1-params lp=1",
        ),
    ),
    "surround": (
        ".mp4",
        _line(
            _picture("320x180", seconds="5"),
            _sound("5", "5.1"),
            _X264,
            "-c:a aac -b:a 192k",
        ),
    ),
    "two_languages": (
        ".mp4",
        _line(
            _picture("320x180", seconds="4"),
            _sound("4"),
            _sound("4", "mono"),
            _X264,
            _AAC,
            "-map 0 -map 1 -map 2 -metadata:s:a:0 language=fra",
            "-metadata:s:a:1 language=eng",
        ),
    ),
    "video_only": (".mp4", _line(_picture("320x180", seconds="4"), _X264)),
    "audio_only": (".m4a", _line(_sound("4"), _AAC)),
    "wav": (".wav", _line(_sound("1"), "-c:a pcm_s16le")),
    "interlaced": (
        ".mov",
        _line(
            _picture("352x288", rate="50", seconds="3"),
            "-vf tinterlace=4,setsar=16/15",
            "-c:v mpeg2video -q:v 8 -flags +ilme+ildct -timecode 01:00:00:00",
        ),
    ),
    "interlaced_later": (  # begins with two seconds of whole pictures
        ".ts",
        _line(
            "-f lavfi -i gradients=size=352x288:rate=25:duration=2:speed=0.1:seed=1",
            _picture("352x288", rate="50", seconds="4"),
            "-filter_complex [0:v]format=yuv420p,setfield=tff[a];[1:v]tinterlace=4,setfield=tff[b];"
            "[a][b]concat=n=2",
            "-c:v mpeg2video -q:v 8 -flags +ilme+ildct",
        ),
    ),
    "falsely_interlaced": (  # flagged as interlaced, yet every picture is whole
        ".mov",
        _line(
            "-f lavfi -i gradients=size=352x288:rate=25:duration=3:speed=0.1:seed=1",
            "-vf format=yuv420p,setfield=tff -c:v mpeg2video -q:v 8 -flags +ilme+ildct",
        ),
    ),
    "vfr": (
        ".mp4",
        _line(
            _picture("320x180", seconds="5"),
            "-vf select='not(between(mod(n\\,30)\\,10\\,17))' -fps_mode vfr",
            _X264,
        ),
    ),
    "rate_2997": (
        ".mp4",
        _line(_picture("320x180", rate="30000/1001", seconds="3"), _X264),
    ),
    "rate_60": (".mp4", _line(_picture("320x180", rate="60", seconds="3"), _X264)),
    "odd": (
        ".webm",
        _line(
            _picture("321x181", seconds="2"),
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k",
        ),
    ),
    "tiny": (
        ".mov",
        _line(_picture(rate="10", seconds="2"), "-vf scale=1:1 -c:v qtrle"),
    ),
    "sar": (
        ".mp4",
        _line(_picture("240x288", seconds="2"), "-vf setsar=64/45", _X264),
    ),
    "alpha": (
        ".mov",
        _line(
            _picture("160x120", rate="25", seconds="1"),
            "-vf format=argb,colorchannelmixer=aa=0.5 -c:v qtrle",
        ),
    ),
    "mjpeg_avi": (
        ".avi",
        _line(
            _picture("320x240", rate="15", seconds="2"),
            _sound("2", "mono"),
            "-c:v mjpeg -q:v 8 -pix_fmt yuvj422p -c:a pcm_s16le",
        ),
    ),
    "mpeg2_ts": (
        ".ts",
        _line(
            _picture("352x288", rate="25", seconds="3"),
            _sound("3"),
            "-c:v mpeg2video -q:v 8 -c:a mp2 -b:a 96k",
        ),
    ),
    "theora": (
        ".ogv",
        _line(
            _picture("160x120", rate="25", seconds="2"),
            _sound("2"),
            "-c:v libtheora -q:v 3 -c:a libvorbis",
        ),
    ),
    "cover_art": (
        ".mp4",
        _line(
            _picture("320x180", seconds="2"),
            _sound("2"),
            "-f lavfi -i color=red:size=64x64:rate=30:duration=0.03",
            "-map 0 -map 1 -map 2",
            _X264,
            _AAC,
            "-c:v:1 mjpeg -bf:v:1 0 -pix_fmt:v:1 yuvj420p",
            "-disposition:v:1 attached_pic",
        ),
    ),
    "wrong_suffix": (".mp4", _from("vp9_opus", "-c copy -f webm")),
    "truncated": (".mp4", _cut("h264_aac", percent=50)),
    "truncated_mkv": (".mkv", _cut("h264_mkv", percent=60)),
    "lying_duration": (".mkv", _lying_duration),
    "bit_flips": (".mp4", _bit_flips),
    # refused
    "moov_lost": (".mp4", _cut("h264_aac_30s", percent=80)),
    "moov_only": (".mp4", _no_media),
    "encrypted": (
        ".mp4",
        _from(
            "video_only",
            "-c copy -encryption_scheme cenc-aes-ctr"
            " -encryption_key 76a6c65c5ea762046bd749a2e632ccbb"
            " -encryption_kid a7e61c373e219033c21091fa607bf3b8",
        ),
    ),
    "absurd": (".mov", _absurd),
    "text": (".mp4", _bytes(b"This is not a film, it only says so.\n" * 20)),
    "archive": (".mp4", _archive),
    "letter": (".mp4", _bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n")),
    "subtitles_only": (".mkv", _subtitles_only),
    "noise": (".mp4", _bytes(hashlib.shake_128(b"n").digest(9000))),
    "playlist": (".mp4", _bytes(_HLS)),
    "ffconcat": (".mp4", _bytes(b"ffconcat version 1.0\nfile /etc/passwd\n")),
    "mpd": (".mp4", _bytes(_MPD)),
    "sdp": (".mp4", _bytes(_SDP)),
    "empty": (".mp4", lambda out: out.touch()),
}

BAD: Final[dict[str, str]] = {
    "moov_lost": "truncated",
    "moov_only": "truncated",
    "encrypted": "encrypted",
    "absurd": "absurd_dimensions",
    "text": "not_media",
    "archive": "not_media",
    "letter": "not_media",
    "subtitles_only": "no_tracks",
    "noise": "not_media",
    "playlist": "is_playlist",
    "ffconcat": "is_playlist",
    "mpd": "is_playlist",
    "sdp": "is_playlist",
    "empty": "empty",
}
NAMES: Final = tuple(_RECIPES)
GOOD: Final = tuple(name for name in NAMES if name not in BAD)


def make(name: str, folder: Path) -> Path:
    """Make one film in ``folder``; its file name is the film's name plus a suffix."""
    suffix, recipe = _RECIPES[name]
    path = folder / f"{name}{suffix}"
    recipe(path)
    return path


@cache
def shared_folder() -> Path:
    """The folder of kept films, the same for all test processes of this machine."""
    key = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"lucarne-films-{os.getuid()}-{key}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def film(name: str) -> Path:
    """A kept film, made on first use (processes may race: a rename decides)."""
    path = shared_folder() / f"{name}{_RECIPES[name][0]}"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=shared_folder()) as own:
            made = make(name, Path(own))
            shutil.move(made, path)
    return path


def corpus_folder() -> Path | None:
    """The real films, where there are some."""
    here = Path(__file__).resolve().parents[2]
    named = os.environ.get("LUCARNE_TEST_MEDIA")
    for folder in (
        Path(named) if named else here / "nowhere",
        here.parent / "shared/media",
    ):
        if (folder / "SOURCES.md").is_file():
            return folder
    return None
