"""The sandboxed half of ``remux``: reads the film with PyAV, writes segments.

Runs in the process of a ``FilmReader``; request and answer are JSON, times
``"num/den"``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from lucarne_engine.errors import EncoderError
from lucarne_engine.package.boxes import BoxError
from lucarne_engine.package.copy_audio import AudioCopy
from lucarne_engine.package.copy_video import VideoCopy
from lucarne_engine.package.index import Segment
from lucarne_engine.package.movie import TrackFormat


def remux(request: dict[str, Any]) -> dict[str, Any]:
    """Copy the tracks that the request names. Raises EncoderError."""
    try:
        with av.open(
            request["source"],
            format=request["format"],
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        ) as source:
            return {"tracks": _copy(source, request)}
    except (BoxError, KeyError, IndexError, av.FFmpegError) as error:
        raise EncoderError("encoder_failed", f"cannot remux: {error}") from error


def _copy(source: InputContainer, request: dict[str, Any]) -> list[dict[str, Any]]:
    duration = Fraction(request["duration"])
    boundaries = [Fraction(text) for text in request["boundaries"]]
    video = _open_video(source, request["video"]) if request["video"] else None
    sounds = {
        wish["index"]: AudioCopy(
            source.streams[wish["index"]], out=Path(wish["out"]), boundaries=boundaries
        )
        for wish in request["audio"]
    }
    if video is None:
        for wish in request["audio"]:
            stream = source.streams[wish["index"]]
            begins = (stream.start_time or 0) * (stream.time_base or 0)
            sounds[wish["index"]].begin(begins - Fraction(wish["start"]))
    is_all = _pass_packets(source, video, sounds, most=request["segments"])
    tracks = []
    if video is not None:
        video.finish(duration)
        tracks.append(_answer(video.format, video.timescale, video.segments))
    for wish in request["audio"]:
        sound = sounds[wish["index"]]
        form = sound.finish(duration, wish["language"], is_all=is_all)
        tracks.append(_answer(form, sound.rate, sound.segments))
    return tracks


def _open_video(source: InputContainer, wish: dict[str, Any]) -> VideoCopy:
    return VideoCopy(
        source.streams[wish["index"]],
        out=Path(wish["out"]),
        start=Fraction(wish["start"]),
        cuts=[Fraction(text) for text in wish["cuts"]],
    )


def _pass_packets(
    source: InputContainer,
    video: VideoCopy | None,
    sounds: dict[int, AudioCopy],
    *,
    most: int,
) -> bool:
    """Give each packet to its track: thousands pass here, so little is done.

    False when it stopped because each sound has ``most`` segments; 0: never.
    """
    takers: dict[int, Callable[[Any], None]] = {
        index: sound.take for index, sound in sounds.items()
    }
    if video is not None:
        takers[video.index] = video.take
    packets = source.demux([source.streams[index] for index in takers])
    for packet in packets:
        if packet.size:
            takers[packet.stream_index](packet)
        if video is None or video.zero is not None:
            break
    if video is not None and video.zero is not None:
        for sound in sounds.values():
            sound.begin(video.zero)
    for packet in packets:
        if packet.size:
            takers[packet.stream_index](packet)
            if most and all(len(one.segments) >= most for one in sounds.values()):
                return False
    return True


def _answer(
    form: TrackFormat, timescale: int, segments: list[Segment]
) -> dict[str, Any]:
    return {
        "codec": form.codec,
        "timescale": timescale,
        "segments": [
            [one.number, one.start, one.duration, one.size_bytes, one.iframe_bytes]
            for one in segments
        ],
    }
