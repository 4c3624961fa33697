"""Small films made by FFmpeg's own sources, and plans for them."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg

from lucarne_engine.package.audio import AudioSplitter
from lucarne_engine.package.fragment import AUDIO_OUTPUT, VIDEO_OUTPUT, split_chunk
from lucarne_engine.package.index import FilmIndex, TrackIndex
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan.model import AudioPlan, Chunk, Plan, Rung

SOUND = AudioPlan(
    name="aac-0",
    stream_index=1,
    is_copy=False,
    channels=2,
    sample_rate_hz=48_000,
    bitrate_kbps=128,
    language="fra",
    title="",
    is_default=True,
)


def make_plan(
    *,
    frame_rate: Fraction = Fraction(30_000, 1001),
    segments: tuple[int, ...] = (40, 30, 25, 60),
    chunk_segments: tuple[int, ...] = (1, 3),
    audio: tuple[AudioPlan, ...] = (SOUND,),
) -> Plan:
    """``segments`` in pictures; ``chunk_segments`` segments in each chunk."""
    boundaries = [0]
    for count in segments:
        boundaries.append(boundaries[-1] + count)
    chunks, first = [], 0
    for number, count in enumerate(chunk_segments):
        chunks.append(
            Chunk(
                number=number,
                first_segment=first,
                segment_count=count,
                first_frame=boundaries[first],
                frame_count=boundaries[first + count] - boundaries[first],
            )
        )
        first += count
    ticks = frame_rate.denominator
    scale = frame_rate.numerator
    return Plan(
        id="0123456789ab",
        duration=boundaries[-1] / frame_rate,
        frame_rate=frame_rate,
        timescale=scale,
        frame_ticks=ticks,
        frame_count=boundaries[-1],
        boundaries=tuple(boundaries),
        chunks=tuple(chunks),
        rungs=tuple(
            Rung(
                name=f"h264-{height}",
                codec="h264",
                width=height * 16 // 9 // 2 * 2,
                height=height,
                crf=28,
                maxrate_kbps=800,
                bufsize_kbps=1600,
            )
            for height in (90, 180)
        ),
        audio=audio,
        pictures=None,
        keeps_original=False,
        deinterlace=False,
        rotation=0,
        mirror=False,
        tone_map=False,
    )


def ffmpeg(*arguments: str | Path) -> None:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    argv = [program, "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def picture(plan: Plan, *, first: int = 0, size: str = "320x180") -> tuple[str, ...]:
    """FFmpeg's input: a moving picture that starts at frame ``first``."""
    rate, start = plan.frame_rate, Fraction(first) / plan.frame_rate
    graph = f"testsrc2=size={size}:rate={rate.numerator}/{rate.denominator}"
    return ("-ss", f"{float(start):.6f}", "-f", "lavfi", "-i", graph)


def encode_chunk(plan: Plan, number: int, height: int, folder: Path) -> Path:
    """What FFmpeg writes for one chunk and one rung."""
    chunk = plan.chunks[number]
    file = folder / f"chunk-{number}-{height}.mp4"
    inner = plan.boundaries[
        chunk.first_segment : chunk.first_segment + chunk.segment_count
    ]
    frames = "+".join(f"eq(n,{frame - chunk.first_frame})" for frame in inner)
    ffmpeg(
        *picture(plan, first=chunk.first_frame),
        *("-vf", f"scale=-2:{height}", "-frames:v", str(chunk.frame_count)),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "28", "-bf", "3"),
        *("-g", "600", "-force_key_frames", f"expr:{frames}", "-flags", "+cgop"),
        *("-threads", "2", *VIDEO_OUTPUT, file),
    )
    return file


def encode_sound(plan: Plan, folder: Path, *, hertz: int = 440) -> Path:
    file = folder / "sound.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", f"sine=f={hertz}:r=48000:d={float(plan.duration):.6f}"),
        *("-ac", "2", "-c:a", "aac", "-b:a", "96k", *AUDIO_OUTPUT, file),
    )
    return file


def make_film(plan: Plan, folder: Path) -> tuple[FilmIndex, dict[str, EncodedTrack]]:
    """Both rungs and the sound of ``plan``, packaged under ``folder``/<plan id>."""
    tracks: dict[str, EncodedTrack] = {}
    for rung in plan.rungs:
        runs = [
            split_chunk(
                encode_chunk(plan, chunk.number, rung.height, folder),
                plan=plan,
                chunk=chunk.number,
                name=rung.name,
                out=folder / plan.id / rung.name,
            )
            for chunk in plan.chunks
        ]
        tracks[rung.name] = join(runs)
    for audio in plan.audio:
        splitter = AudioSplitter(
            encode_sound(plan, folder),
            plan=plan,
            audio=audio,
            out=folder / plan.id / audio.name,
        )
        tracks[audio.name] = splitter.finish()
    return index(plan, tracks), tracks


def join(runs: list[EncodedTrack]) -> EncodedTrack:
    last = runs[-1]
    return EncodedTrack(
        name=last.name,
        codec=last.codec,
        timescale=last.timescale,
        init=last.init,
        segments=tuple(segment for run in runs for segment in run.segments),
        files=tuple(file for run in runs for file in run.files),
    )


def index(plan: Plan, tracks: dict[str, EncodedTrack]) -> FilmIndex:
    video = [
        _track(
            plan,
            tracks[rung.name],
            kind="video",
            width=rung.width,
            height=rung.height,
            frame_rate=plan.frame_rate,
        )
        for rung in plan.rungs
    ]
    audio = [
        _track(
            plan,
            tracks[audio.name],
            kind="audio",
            channels=audio.channels,
            sample_rate_hz=audio.sample_rate_hz,
            language=audio.language,
        )
        for audio in plan.audio
    ]
    return FilmIndex(
        duration=plan.duration, is_complete=True, video=tuple(video), audio=tuple(audio)
    )


def _track(plan: Plan, track: EncodedTrack, **facts: object) -> TrackIndex:
    return TrackIndex(
        name=track.name,
        base=f"{plan.id}/{track.name}",
        codec=track.codec,
        timescale=track.timescale,
        init_bytes=track.init.stat().st_size,
        segments=track.segments,
        **facts,  # type: ignore[arg-type]
    )
