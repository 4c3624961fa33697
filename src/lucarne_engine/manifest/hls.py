"""HLS playlists (RFC 8216 and its second edition) written from the segment index.

Addresses are relative: a media playlist lies in its track's folder beside the
segments, the multivariant playlist where ``TrackIndex.base`` counts from.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Final

from lucarne_engine.manifest.bandwidth import target_duration
from lucarne_engine.manifest.language import tag_of
from lucarne_engine.manifest.outline import begun, outline_of
from lucarne_engine.package.hdr import video_range
from lucarne_engine.package.index import FilmIndex, TextIndex, TrackIndex
from lucarne_engine.probe.words import printable

MEDIA_TYPE: Final = "application/vnd.apple.mpegurl"
_VERSION: Final = 7  # EXT-X-MAP in playlists that are not I-frames only
_GROUP: Final = "sound"
_TEXTS: Final = "text"
# RFC 8216 clause 4.3.4.1: captions for the deaf have both.
_FOR_DEAF: Final = (
    "public.accessibility.transcribes-spoken-dialog,"
    "public.accessibility.describes-music-and-sound"
)

_CLOCK: Final = "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"


def multivariant(film: FilmIndex) -> str:
    """Write the playlist of playlists: one variant per video track.

    Tracks that have no segment yet are left out. A film without picture has one
    variant, its default sound.
    """
    video, audio = begun(film.video), begun(film.audio)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += _start(is_complete=film.is_complete)
    if audio and (video or len(audio) > 1):
        lines += _media_tags(audio)
    texts = _shown_texts(film)
    lines += [_text_tag(text) for text in texts]
    group = f'SUBTITLES="{_TEXTS}",' if texts else ""
    if video:
        sound = _highest(audio)
        ranges = _ranges(video)
        for track in video:
            lines += _variant(track, audio, sound, ranges, group)
        lines += [_iframe_variant(track, ranges) for track in video]
    elif audio:
        lines += _sound_variant(audio, group)
    return "\n".join(lines) + "\n"


def media(track: TrackIndex, *, is_complete: bool) -> str:
    """Write the playlist of one track; without an end while the track still grows."""
    lines = [
        *_head(track, is_complete=is_complete),
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *_start(is_complete=is_complete),
        '#EXT-X-MAP:URI="init.mp4"',
    ]
    for segment in track.segments:
        lines.append(f"#EXTINF:{_seconds(segment.duration, track.timescale)},")
        lines.append(f"{segment.number}.m4s")
    return _end(lines, is_complete=is_complete)


def text(name: str, duration: Fraction) -> str:
    """Write the playlist of a text: one segment as long as the film, ``name``.vtt.

    The file is small and players need all of it; it begins with the film's own clock
    (``timed``).
    """
    seconds = max(1, ceil(duration))
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{seconds}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXTINF:{_seconds(duration.numerator, duration.denominator)},",
        f"{name}-timed.vtt",
    ]
    return _end(lines, is_complete=True)


def timed(webvtt: str) -> str:
    """Say that a WebVTT file counts from the beginning of the film's clock.

    Segments of ours begin at 0, which is what a player assumes where nothing is said
    (RFC 8216bis clause 3.1.4), but not every one: Apple's wants the words. No other
    use of the file may have them: the header of WebVTT holds no such line.
    """
    return webvtt.replace("WEBVTT\n", f"WEBVTT\n{_CLOCK}\n", 1)


def iframes(track: TrackIndex, *, is_complete: bool) -> str:
    """Write the I-frame playlist: the first picture of each segment."""
    lines = [
        *_head(track, is_complete=is_complete),
        "#EXT-X-I-FRAMES-ONLY",
        '#EXT-X-MAP:URI="init.mp4"',
    ]
    for segment in track.segments:
        lines.append(f"#EXTINF:{_seconds(segment.duration, track.timescale)},")
        lines.append(f"#EXT-X-BYTERANGE:{segment.iframe_bytes}@0")
        lines.append(f"{segment.number}.m4s")
    return _end(lines, is_complete=is_complete)


def _head(track: TrackIndex, *, is_complete: bool) -> list[str]:
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{target_duration(track)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if is_complete else 'EVENT'}",
    ]


def _start(*, is_complete: bool) -> list[str]:
    # Without it players take a playlist that grows for a live event and begin at
    # its end.
    return [] if is_complete else ["#EXT-X-START:TIME-OFFSET=0"]


def _end(lines: list[str], *, is_complete: bool) -> str:
    end = ["#EXT-X-ENDLIST"] if is_complete else []
    return "\n".join([*lines, *end]) + "\n"


@lru_cache(maxsize=256)
def _seconds(ticks: int, timescale: int) -> str:
    """Six decimals, rounded: the sum over hours stays within a picture."""
    millionths = (ticks * 2_000_000 + timescale) // (2 * timescale)
    return f"{millionths // 1_000_000}.{millionths % 1_000_000:06d}"


def _media_tags(audio: list[TrackIndex]) -> Iterator[str]:
    """Write the renditions of the one group.

    Surround sound is for who chooses it (AUTOSELECT=NO). In a group of its own, beside
    variants of its own, hls.js would take it for a better quality, and Safari for what
    a television wants.
    """
    default = _default(audio)
    for track, name in zip(audio, sound_names(audio), strict=True):
        tag = tag_of(track.language)
        language = f'LANGUAGE="{tag}",' if tag else ""
        channels = f',CHANNELS="{track.channels}"' if track.channels else ""
        is_default = "YES" if track is default else "NO"
        is_automatic = "NO" if track.is_surround else "YES"
        yield (
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_GROUP}",{language}NAME="{name}",'
            f"DEFAULT={is_default},AUTOSELECT={is_automatic}{channels},"
            f'URI="{track.base}/index.m3u8"'
        )


def _shown_texts(film: FilmIndex) -> tuple[TextIndex, ...]:
    # A film that grows has no end in its other playlists, a text has one: players of
    # others may take the film for a finished one.
    return film.texts if film.is_complete else ()


def _text_tag(text: TextIndex) -> str:
    language = f'LANGUAGE="{text.language}",' if text.language else ""
    traits = f'CHARACTERISTICS="{_FOR_DEAF}",' if text.is_for_deaf else ""
    return (
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{_TEXTS}",{language}'
        f'NAME="{_quotable(text.name)}",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,{traits}'
        f'URI="{text.base}.m3u8"'
    )


def _highest(tracks: list[TrackIndex]) -> tuple[int, int]:
    """Find the highest (peak, average) bit rate of ``tracks``, (0, 0) of none."""
    outlines = [outline_of(track) for track in tracks]
    return (
        max([one.peak for one in outlines], default=0),
        max([one.average for one in outlines], default=0),
    )


def _default(audio: list[TrackIndex]) -> TrackIndex:
    return next((track for track in audio if track.is_default), audio[0])


def sound_names(audio: list[TrackIndex]) -> list[str]:
    """Name each sound track: its title, else its language; no name twice."""
    names: list[str] = []
    for track in audio:
        base = _quotable(track.title) or tag_of(track.language) or "Audio"
        base += " 5.1" if track.is_surround else ""
        name, count = base, 1
        while name in names:
            count += 1
            name = f"{base} {count}"
        names.append(name)
    return names


def _quotable(text: str) -> str:
    """Drop what a quoted string must not hold (clause 4.2): quotes, line ends."""
    return printable(text).replace('"', "'")


def _ranges(video: list[TrackIndex]) -> dict[str, str]:
    """Write VIDEO-RANGE for every track where one is HDR; not said, it is SDR."""
    ranges = {track.name: video_range(track.codec) for track in video}
    is_hdr = set(ranges.values()) != {"SDR"}
    return {name: f",VIDEO-RANGE={one}" if is_hdr else "" for name, one in ranges.items()}


def _variant(
    track: TrackIndex,
    audio: list[TrackIndex],
    sound: tuple[int, int],
    ranges: dict[str, str],
    texts: str,
) -> list[str]:
    mine, (peak, average) = outline_of(track), sound
    codecs = ",".join(dict.fromkeys([track.codec, *(one.codec for one in audio)]))
    group = f',AUDIO="{_GROUP}"' if audio else ""
    facts = (
        f"BANDWIDTH={mine.peak + peak},"
        f"AVERAGE-BANDWIDTH={mine.average + average},"
        f'CODECS="{codecs}",RESOLUTION={track.width}x{track.height},'
        f"FRAME-RATE={_three_decimals(track.frame_rate)}{ranges[track.name]}{group},{texts}"
        # Without it Shaka fetches whole segments to look for captions in them.
        "CLOSED-CAPTIONS=NONE"
    )
    return [f"#EXT-X-STREAM-INF:{facts}", f"{track.base}/index.m3u8"]


def _iframe_variant(track: TrackIndex, ranges: dict[str, str]) -> str:
    mine = outline_of(track)
    return (
        f"#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={mine.iframe_peak},"
        f"AVERAGE-BANDWIDTH={mine.iframe_average},"
        f'CODECS="{track.codec}",RESOLUTION={track.width}x{track.height}'
        f'{ranges[track.name]},URI="{track.base}/iframes.m3u8"'
    )


def _sound_variant(audio: list[TrackIndex], texts: str) -> list[str]:
    track = _default(audio)
    peak, average = _highest(audio)
    codecs = ",".join(dict.fromkeys(one.codec for one in audio))
    group = f',AUDIO="{_GROUP}"' if len(audio) > 1 else ""
    facts = (
        f"BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},"
        f'CODECS="{codecs}"{group},{texts}CLOSED-CAPTIONS=NONE'
    )
    return [f"#EXT-X-STREAM-INF:{facts}", f"{track.base}/index.m3u8"]


def _three_decimals(rate: Fraction) -> str:
    thousandths = round(rate * 1000)
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"
