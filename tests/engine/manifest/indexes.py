"""Film indexes for property tests, made by hypothesis."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from lucarne_engine.package.index import FilmIndex, Segment, TrackIndex

RATES = (Fraction(24_000, 1001), Fraction(25), Fraction(30), Fraction(60_000, 1001))
TITLES = st.text('ab é’日,<&>\n\u200f"=', max_size=12)


def segments_of(ticks: list[int], sizes: list[int]) -> tuple[Segment, ...]:
    start, segments = 0, []
    for number, (duration, size) in enumerate(zip(ticks, sizes, strict=True)):
        segments.append(
            Segment(
                number=number,
                start=start,
                duration=duration,
                size_bytes=size,
                iframe_bytes=max(1, size // 3),
            )
        )
        start += duration
    return tuple(segments)


@st.composite
def films(draw: st.DrawFn) -> FilmIndex:
    rate = draw(st.sampled_from(RATES))
    frames = draw(st.lists(st.integers(1, 300), max_size=12))
    ticks = [count * rate.denominator for count in frames]
    sizes = st.lists(
        st.integers(200, 4_000_000), min_size=len(ticks), max_size=len(ticks)
    )
    heights = draw(st.lists(st.sampled_from((240, 360, 480, 720)), unique=True))
    video = [
        TrackIndex(
            name=f"h264-{height}",
            kind="video",
            base=f"0123456789ab/h264-{height}",
            codec="avc1.64001f",
            timescale=rate.numerator,
            init_bytes=700,
            segments=segments_of(ticks, draw(sizes)),
            width=height * 16 // 9 // 2 * 2,
            height=height,
            frame_rate=rate,
            longest_segment=draw(st.sampled_from((Fraction(0), Fraction(6)))),
        )
        for height in sorted(heights)
    ]
    if draw(st.booleans()):  # a film that grows: the larger rungs are behind
        video = [
            replace(track, segments=track.segments[: draw(st.integers(0, 12))])
            for track in video
        ]
    audio = [
        TrackIndex(
            name=f"aac-{number}",
            kind="audio",
            base=f"0123456789ab/aac-{number}",
            codec="mp4a.40.2",
            timescale=48_000,
            init_bytes=600,
            segments=segments_of(
                [1024 * (1 + 4 * count) for count in frames], draw(sizes)
            ),
            channels=draw(st.sampled_from((1, 2, 6))),
            sample_rate_hz=48_000,
            language=draw(st.sampled_from(("", "und", "fra", "fre", "eng", "gsw"))),
            title=draw(TITLES),
            is_default=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return FilmIndex(
        duration=Fraction(max(1, sum(ticks)), rate.numerator),
        is_complete=draw(st.booleans()),
        video=tuple(video),
        audio=tuple(audio),
    )
