"""Reports as the probe would write them, and Hypothesis's way to make many."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from lucarne_engine.probe.report import AudioStream, Color, SourceReport, VideoStream


def video(**changes) -> VideoStream:
    usual = VideoStream(
        index=0,
        codec="h264",
        profile="High",
        level=40,
        width=1920,
        height=1080,
        pixel_format="yuv420p",
        bit_depth=8,
        sample_aspect=Fraction(1),
        rotation=0,
        is_mirrored=False,
        frame_rate=Fraction(25),
        is_constant_rate=True,
        start=Fraction(0),
        duration=Fraction(30),
        frame_count=750,
        is_interlaced=False,
        color=Color(primaries="bt709", transfer="bt709", matrix="bt709"),
        has_alpha=False,
        bitrate_kbps=5000,
        keyframes=tuple(Fraction(second) for second in range(0, 30, 2)),
        can_copy=True,
    )
    return replace(usual, **changes)


def audio(**changes) -> AudioStream:
    usual = AudioStream(
        index=1,
        codec="aac",
        profile="LC",
        channels=2,
        layout="stereo",
        sample_rate_hz=48_000,
        start=Fraction(0),
        duration=Fraction(30),
        bitrate_kbps=128,
        language="fra",
        title="",
        is_default=True,
        can_copy=True,
    )
    return replace(usual, **changes)


def report(**changes) -> SourceReport:
    usual = SourceReport(
        format="mov",
        size_bytes=20_000_000,
        duration=Fraction(30),
        declared_duration=Fraction(30),
        video=video(),
        audio=(audio(),),
    )
    return replace(usual, **changes)


rates = st.one_of(
    st.sampled_from(
        [Fraction(1), Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60)]
    ),
    st.fractions(min_value="1/4", max_value=1000, max_denominator=1001),
)


@st.composite
def films(draw) -> SourceReport:
    """Draw any film with a picture, odd ones too."""
    rate = draw(rates)
    duration = draw(st.fractions(min_value="1/30", max_value=900, max_denominator=90))
    start = draw(st.sampled_from([Fraction(0), Fraction(1, 50), Fraction(3, 2)]))
    gaps = draw(st.lists(st.fractions("1/10", 12, max_denominator=30), max_size=60))
    keyframes = [start]
    for gap in gaps:
        if keyframes[-1] + gap < start + duration:
            keyframes.append(keyframes[-1] + gap)
    picture = video(
        width=draw(st.integers(1, 8192)),
        height=draw(st.integers(1, 8192)),
        sample_aspect=draw(st.sampled_from([Fraction(1), Fraction(4, 3), Fraction(2)])),
        rotation=draw(st.sampled_from([0, 90, 180, 270])),
        frame_rate=rate,
        is_constant_rate=draw(st.booleans()),
        start=start,
        duration=duration,
        frame_count=max(1, round(duration * rate)),
        keyframes=tuple(keyframes),
    )
    longer = draw(st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(20)]))
    whole = start + duration + longer
    return report(duration=whole, declared_duration=whole, video=picture)
