"""The media presentation description (ISO/IEC 23009-1) from the segment index.

``$Number$`` addressing with a timeline, the CMAF segments of the HLS playlists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lucarne_engine.manifest.language import tag_of
from lucarne_engine.manifest.outline import begun, cut, outline_of, segment_count
from lucarne_engine.package.hdr import BT2020, transfer_of, video_range
from lucarne_engine.package.index import FilmIndex, TextIndex, TrackIndex
from lucarne_engine.package.track import ORIGINAL
from lucarne_engine.probe.words import printable

MEDIA_TYPE: Final = "application/dash+xml"
UPDATE_S: Final = 2  # how often players look again while the film grows
_SCHEMA: Final = "urn:mpeg:dash:schema:mpd:2011"
_PROFILE: Final = "urn:mpeg:dash:profile:isoff-live:2011"
_SWITCHING: Final = "urn:mpeg:dash:adaptation-set-switching:2016"
_ROLE: Final = "urn:mpeg:dash:role:2011"
_CHANNELS: Final = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
# TV-Anytime's classification of whom a component is for (ETSI TS 102 822-3-1).
_AUDIENCE: Final = "urn:tva:metadata:cs:AudioPurposeCS:2007"
_HARD_OF_HEARING: Final = "2"
_CICP: Final = "urn:mpeg:mpegB:cicp"  # ISO/IEC 23001-8, as ISO/IEC 23009-1 refers to it
_LIVE_MARGIN: Final = timedelta(minutes=1)


def mpd(
    film: FilmIndex, *, published_at: datetime, updated_at: datetime | None = None
) -> str:
    """Write the description: static when complete, dynamic while the film grows.

    ``published_at`` (aware) is when the film became playable, the same in every
    version; ``updated_at`` when this version was made, if known. While the film grows a player computes which segments exist
    from the clock, so the presentation is dated back by the whole duration and a
    minute: every listed segment is then available, even to a clock that is slow.
    The suggested delay brings a player that would begin at the live edge to the
    film's beginning. Tracks without a segment are left out; while the film grows
    video tracks of one adaptation set list only what all of them have.
    """
    sets = _adaptation_sets(film)
    attributes = {
        "xmlns": _SCHEMA,
        "profiles": _PROFILE,
        "type": "static" if film.is_complete else "dynamic",
        "minBufferTime": "PT2S",
        "mediaPresentationDuration": _duration(_end(film, sets)),
    }
    longest = max((_longest(track) for one in sets for track in one), default=0)
    if longest:
        attributes["maxSegmentDuration"] = _duration(Fraction(longest))
    if not film.is_complete:
        attributes |= _growing(film.duration, published_at, updated_at or published_at)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        _open("MPD", attributes),
        '  <Period id="film" start="PT0S">',
    ]
    for number, tracks in enumerate(sets):
        related = _related(number, sets)
        lines += _adaptation_set(number, tracks, related, _priority(number, sets))
    # Whole files, which no player expects in a presentation that still grows.
    texts = film.texts if film.is_complete else ()
    for number, text in enumerate(texts, len(sets)):
        lines += _text_set(number, text, film.duration)
    return "\n".join([*lines, "  </Period>", "</MPD>"]) + "\n"


def _end(film: FilmIndex, sets: Sequence[tuple[TrackIndex, ...]]) -> Fraction:
    """When the longest track ends.

    Sound that was copied outlasts the picture by a part of a frame. dash.js, told
    that the film ends with the picture, goes back half a second there and stops.
    """
    if not film.is_complete:
        return film.duration
    return max([film.duration, *(_end_of(one) for tracks in sets for one in tracks)])


def _end_of(track: TrackIndex) -> Fraction:
    last = outline_of(track).timeline[-1]
    ticks = last.start + last.duration * (last.repeats + 1)
    return Fraction(ticks, track.timescale)


def _growing(
    duration: Fraction, published_at: datetime, updated_at: datetime
) -> dict[str, str]:
    whole = timedelta(seconds=ceil(duration)) + _LIVE_MARGIN
    begins = published_at - whole
    return {
        "availabilityStartTime": _moment(begins),
        "publishTime": _moment(updated_at),
        "minimumUpdatePeriod": f"PT{UPDATE_S}S",
        "suggestedPresentationDelay": _duration(
            Fraction(whole // timedelta(seconds=1))
        ),
    }


def _adaptation_sets(film: FilmIndex) -> list[tuple[TrackIndex, ...]]:
    video, audio = begun(film.video), begun(film.audio)
    ladder: dict[object, list[TrackIndex]] = {}
    for track in video:
        # The remuxed original has boundaries of its own, and a player that cannot
        # decode a codec leaves its whole set out.
        family = track.codec.split(".")[0]
        is_original = track.name == ORIGINAL
        key = (is_original, track.timescale, family, video_range(track.codec))
        ladder.setdefault(key, []).append(track)
    sets = [_common(tracks, is_complete=film.is_complete) for tracks in ladder.values()]
    return [*sets, *((track,) for track in audio)]


def _common(
    tracks: Sequence[TrackIndex], *, is_complete: bool
) -> tuple[TrackIndex, ...]:
    if is_complete:
        return tuple(tracks)
    outlines = [outline_of(track) for track in tracks]
    count = min(segment_count(one.timeline) for one in outlines)
    return tuple(
        replace(track, outline=replace(one, timeline=cut(one.timeline, count)))
        for track, one in zip(tracks, outlines, strict=True)
    )


def _related(number: int, sets: Sequence[tuple[TrackIndex, ...]]) -> list[int]:
    """The other sets that show the same picture: a player may change over.

    Not between HDR and SDR, where a screen changes its mode.
    """
    if sets[number][0].kind != "video":
        return []
    shown = video_range(sets[number][0].codec)
    return [
        other
        for other, tracks in enumerate(sets)
        if other != number
        and tracks[0].kind == "video"
        and video_range(tracks[0].codec) == shown
    ]


def _priority(number: int, sets: Sequence[tuple[TrackIndex, ...]]) -> str:
    """Rank a set for who has no wish; "" where there is nothing to choose from.

    Of pictures SDR goes before HDR: a player that does not look at its screen is then
    right on every one. Of sounds the default goes before other stereo, and surround
    sound last: without a word on it dash.js 4 takes the highest bit rate.
    """
    own = sets[number][0]
    alike = [tracks[0] for tracks in sets if tracks[0].kind == own.kind]
    if own.kind == "video":
        is_sdr = video_range(own.codec) == "SDR"
        has_hdr = any(video_range(track.codec) != "SDR" for track in alike)
        return "2" if is_sdr and has_hdr else ""
    if not any(track.is_surround for track in alike):
        return ""
    if own.is_surround:
        return "1"
    return "3" if own.is_default else "2"


def _adaptation_set(
    number: int, tracks: Sequence[TrackIndex], related: Sequence[int], priority: str
) -> Iterator[str]:
    shown = tracks[0]
    attributes = {
        "id": str(number),
        "contentType": shown.kind,
        "mimeType": f"{shown.kind}/mp4",
        "segmentAlignment": "true",
        "startWithSAP": "1",
        **({"selectionPriority": priority} if priority else {}),
        **(_sound_facts(shown) if shown.kind == "audio" else _picture_facts(tracks)),
    }
    yield "    " + _open("AdaptationSet", attributes)
    yield from _hdr(shown)
    if related:
        value = ",".join(map(str, related))
        yield "      " + _empty(
            "SupplementalProperty", {"schemeIdUri": _SWITCHING, "value": value}
        )
    if shown.title:
        suffix = " 5.1" if shown.is_surround else ""
        yield f"      <Label>{escape(printable(shown.title))}{suffix}</Label>"
    role = "main" if shown.is_default else "alternate"
    yield "      " + _empty("Role", {"schemeIdUri": _ROLE, "value": role})
    shared = _shared_folder(tracks)
    if shared is not None:
        yield from _template(f"{shared}$RepresentationID$/", shown, indent=6)
    for track in tracks:
        yield from _representation(track, has_template=shared is None)
    yield "    </AdaptationSet>"


def _text_set(number: int, text: TextIndex, duration: Fraction) -> Iterator[str]:
    """Write a whole WebVTT file as a set of its own (DASH-IF IOP, side-loaded)."""
    attributes = {"id": str(number), "contentType": "text", "mimeType": "text/vtt"}
    attributes |= {"lang": text.language} if text.language else {}
    yield "    " + _open("AdaptationSet", attributes)
    yield f"      <Label>{escape(printable(text.name))}</Label>"
    if text.is_for_deaf:
        yield "      " + _empty(
            "Accessibility", {"schemeIdUri": _AUDIENCE, "value": _HARD_OF_HEARING}
        )
    role = "caption" if text.is_for_deaf else "subtitle"
    yield "      " + _empty("Role", {"schemeIdUri": _ROLE, "value": role})
    bandwidth = max(1, ceil(8 * text.size_bytes / max(duration, Fraction(1))))
    name = text.base.rpartition("/")[2]
    told = {"id": name, "bandwidth": str(bandwidth)}
    yield "      " + _open("Representation", told)
    yield f"        <BaseURL>{escape(text.base)}.vtt</BaseURL>"
    yield "      </Representation>"
    yield "    </AdaptationSet>"


def _hdr(track: TrackIndex) -> Iterator[str]:
    """Say that a set is HDR: a player that does not know what that is leaves it out."""
    if video_range(track.codec) == "SDR":
        return
    facts = {
        "ColourPrimaries": BT2020,
        "TransferCharacteristics": transfer_of(track.codec),
        "MatrixCoefficients": BT2020,
    }
    for name, value in facts.items():
        told = {"schemeIdUri": f"{_CICP}:{name}", "value": str(value)}
        yield "      " + _empty("EssentialProperty", told)


def _sound_facts(track: TrackIndex) -> dict[str, str]:
    tag = tag_of(track.language)
    return {"lang": tag} if tag else {}


def _picture_facts(tracks: Sequence[TrackIndex]) -> dict[str, str]:
    largest = tracks[-1]
    par = Fraction(largest.width, max(1, largest.height))
    return {
        "par": f"{par.numerator}:{par.denominator}",
        "maxWidth": str(max(track.width for track in tracks)),
        "maxHeight": str(max(track.height for track in tracks)),
        "maxFrameRate": _ratio(max(track.frame_rate for track in tracks)),
    }


def _shared_folder(tracks: Sequence[TrackIndex]) -> str | None:
    """Find what comes before the tracks' names when one timeline serves them all."""
    folders = {
        track.base.removesuffix(track.name)
        for track in tracks
        if track.base.endswith(f"/{track.name}")
    }
    is_named = all(track.base.endswith(f"/{track.name}") for track in tracks)
    is_alike = len({outline_of(track).timeline for track in tracks}) == 1
    return folders.pop() if is_named and is_alike and len(folders) == 1 else None


def _representation(track: TrackIndex, *, has_template: bool) -> Iterator[str]:
    attributes = {
        "id": track.name,
        "codecs": track.codec,
        "bandwidth": str(max(1, outline_of(track).peak)),
    }
    inside: list[str] = []
    if track.kind == "video":
        attributes |= {
            "width": str(track.width),
            "height": str(track.height),
            "frameRate": _ratio(track.frame_rate),
            "sar": "1:1",
        }
    else:
        attributes["audioSamplingRate"] = str(track.sample_rate_hz)
        count = {"schemeIdUri": _CHANNELS, "value": str(track.channels)}
        inside.append("        " + _empty("AudioChannelConfiguration", count))
    if has_template:
        inside += _template(f"{track.base}/", track, indent=8)
    yield "      " + _open("Representation", attributes)
    yield from inside
    yield "      </Representation>"


def _template(folder: str, track: TrackIndex, *, indent: int) -> Iterator[str]:
    attributes = {
        "timescale": str(track.timescale),
        "startNumber": "0",
        "initialization": f"{folder}init.mp4",
        "media": f"{folder}$Number$.m4s",
    }
    space = " " * indent
    yield space + _open("SegmentTemplate", attributes)
    yield f"{space}  <SegmentTimeline>"
    for start, duration, repeats in outline_of(track).timeline:
        more = f' r="{repeats}"' if repeats else ""
        yield f'{space}    <S t="{start}" d="{duration}"{more}/>'
    yield f"{space}  </SegmentTimeline>"
    yield f"{space}</SegmentTemplate>"


def _longest(track: TrackIndex) -> Fraction:
    longest = max([stretch.duration for stretch in outline_of(track).timeline])
    return max(Fraction(longest, track.timescale), track.longest_segment)


def _duration(seconds: Fraction) -> str:
    """Write an xs:duration in seconds, rounded up to the millisecond."""
    thousandths = ceil(seconds * 1000)
    return f"PT{thousandths // 1000}.{thousandths % 1000:03d}S"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ratio(rate: Fraction) -> str:
    if rate.denominator == 1:
        return str(rate.numerator)
    return f"{rate.numerator}/{rate.denominator}"


def _open(name: str, attributes: dict[str, str]) -> str:
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>"


def _empty(name: str, attributes: dict[str, str]) -> str:
    return _open(name, attributes)[:-1] + "/>"
