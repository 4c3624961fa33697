"""The demuxer is chosen by content, and nothing that names other files gets through."""

from __future__ import annotations

import av
import pytest
from hypothesis import given, strategies as st

from lucarne_engine.errors import SOURCE_CODES, SourceError
from lucarne_engine.probe.sniff import HEAD_BYTES, sniff
from tests.engine.films import film

DEMUXERS = {
    "h264_aac": "mov", "h264_fragmented": "mov", "rotated": "mov", "audio_only": "mov",
    "h264_mkv": "matroska", "vp9_opus": "matroska", "wrong_suffix": "matroska",
    "h264_ts": "mpegts", "mpeg2_ts": "mpegts", "h264_raw": "h264", "wav": "wav",
    "mjpeg_avi": "avi", "theora": "ogg",
}  # fmt: skip

DEMUXER_NAMES = set(av.formats_available)


@pytest.mark.parametrize("name", DEMUXERS)
def test_films_are_known_by_their_first_bytes(name: str) -> None:
    assert sniff(film(name).read_bytes()[:HEAD_BYTES]) == DEMUXERS[name]


@pytest.mark.parametrize(
    "text",
    [
        b"#EXTM3U\n#EXTINF:4,\nhttp://x/a.ts\n",
        b"\xef\xbb\xbf#EXTM3U\n",
        b"\n\n  #extm3u\n",
        "#EXTM3U\n".encode("utf-16"),
        b"ffconcat version 1.0\nfile x\n",
        b"<?xml version='1.0'?><!-- x --><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'>",
        b"<SmoothStreamingMedia MajorVersion='2'>",
        b"<smil><head/></smil>",
        b"<ASX version='3'>",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
        b"[playlist]\nFile1=http://x\n",
        b"[Reference]\nRef1=http://x\n",
        b"RTSPtextRTSP://x\n",
        b"#!/bin/sh\ncurl http://x\n",
        b"http://127.0.0.1/film.mp4\n",
        b"<?xml version='1.0'?><CompositionPlaylist xmlns='x'>",
    ],
)
def test_what_names_other_files_is_refused(text: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        sniff(text)
    assert caught.value.code == "is_playlist"


@pytest.mark.parametrize(
    "text", [b"Hello", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"PK\3\4"]
)
def test_what_is_no_film_is_refused(text: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        sniff(text + bytes(4000))
    assert caught.value.code == "not_media"


@given(st.binary(max_size=1500))
def test_any_bytes_are_a_demuxer_or_a_refusal(head: bytes) -> None:
    try:
        found = sniff(head)
    except SourceError as error:
        found = error.code
    assert found in DEMUXER_NAMES | SOURCE_CODES


@given(st.integers(0, 187), st.sampled_from([188, 192, 204]))
def test_a_transport_stream_may_begin_anywhere(garbage: int, size: int) -> None:
    packet = b"\x47" + b"\x00" * (size - 1)
    assert sniff(b"\xaa" * garbage + packet * 10) == "mpegts"
