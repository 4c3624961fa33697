"""What a film has beside picture and sound: words, chapters, covers."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from av.codec.codec import Codec
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from lucarne_engine.probe import chapters
from lucarne_engine.probe.report import Chapter, Cover, TextTrack
from lucarne_engine.probe.words import language_of, title_of

MOST_TEXTS: Final = 64
MOST_COVERS: Final = 8
_MOST_READ: Final = 20_000  # chapters; sorting more would only cost time
_LISTENING: Final = Disposition.hearing_impaired | Disposition.captions


def read_texts(container: InputContainer) -> tuple[TextTrack, ...]:
    """List the tracks of subtitles and captions."""
    streams = list(container.streams.subtitles)[:MOST_TEXTS]
    return tuple(_text(stream) for stream in streams)


def _text(stream: SubtitleStream) -> TextTrack:
    context: object = stream.codec_context  # None where PyAV knows no decoder
    codec = None if context is None else stream.codec_context.codec
    return TextTrack(
        index=stream.index,
        codec="" if codec is None else codec.canonical_name,
        kind="text" if codec is not None and _is_text(codec) else "picture",
        language=language_of(stream.metadata),
        title=title_of(stream.metadata),
        is_default=bool(stream.disposition & Disposition.default),
        is_forced=bool(stream.disposition & Disposition.forced),
        is_hearing_impaired=bool(stream.disposition & _LISTENING),
    )


def _is_text(codec: Codec) -> bool:
    return bool(codec.text_sub)


def read_chapters(
    container: InputContainer, *, zero: Fraction, duration: Fraction
) -> tuple[Chapter, ...]:
    """List the chapters, on the film's clock whose zero is at ``zero`` of the file's."""
    found = []
    for told in container.chapters()[:_MOST_READ]:
        base = told["time_base"]
        if base:
            start, end = told["start"] * base - zero, told["end"] * base - zero
            title = title_of(told["metadata"])
            found.append(Chapter(start=start, end=end, title=title))
    return chapters.clean(found, duration)


def read_covers(container: InputContainer) -> tuple[Cover, ...]:
    """List the attached pictures."""
    found = []
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            continue
        context: object = stream.codec_context
        is_known = context is not None
        found.append(
            Cover(
                index=stream.index,
                codec=stream.codec_context.codec.canonical_name if is_known else "",
                width=max(0, stream.codec_context.width) if is_known else 0,
                height=max(0, stream.codec_context.height) if is_known else 0,
            )
        )
    return tuple(found[:MOST_COVERS])
