from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from lucarne.playback import ranges
from lucarne.playback.ranges import Chain, Piece, Unsatisfiable

HEAD = b"HEAD"
FILES = [("0", 3), ("1", 1), ("2", 7), ("3", 2)]
WHOLE = HEAD + b"000" + b"1" + b"2222222" + b"33"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=0-9", (0, 10)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=2-99", (2, 10)),
        ("Bytes=1-2", (1, 3)),
        ("bytes=0-1,4-5", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=١-2", None),
        ("lines=0-1", None),
    ],
)
def test_parse(header: str | None, expected: tuple[int, int] | None) -> None:
    assert ranges.parse(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_nothing_there(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        ranges.parse(header, 10)


@pytest.mark.parametrize(
    ("header", "is_match"),
    [
        (None, False), ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True),
        ('"b"', False), ("a", False),
    ],
)  # fmt: skip
def test_if_none_match(header: str | None, is_match: bool) -> None:
    assert ranges.matches(header, '"a"') is is_match


def _bytes(piece: Piece) -> bytes:
    if isinstance(piece, bytes):
        return piece
    content = {name: name.encode() * size for name, size in FILES}[piece.path.name]
    assert piece.offset >= 0
    assert piece.offset + piece.size <= len(content)
    return content[piece.offset : piece.offset + piece.size]


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
def test_a_chain_cuts_like_the_bytes_themselves(start: int, end: int) -> None:
    chain = Chain(HEAD, FILES, Path("/films"))
    assert chain.size == len(WHOLE)
    cut = b"".join(_bytes(piece) for piece in chain.cut(start, max(start, end)))
    assert cut == WHOLE[start : max(start, end)]


def test_a_chain_of_a_head_alone() -> None:
    chain = Chain(HEAD, [], Path("/films"))
    assert chain.size == 4
    assert list(chain.cut(1, 3)) == [b"EA"]
