"""The segment index."""

from __future__ import annotations

import pytest

from lucarne_engine.package.index import Segment, numbered


def test_rows_become_segments() -> None:
    rows = [[0, 400, 1000, 10], [400, 300, 900, 9]]
    first, second = numbered(rows)
    assert first == Segment(
        number=0, start=0, duration=400, size_bytes=1000, iframe_bytes=10
    )
    assert (type(second), second.number, second.start) == (Segment, 1, 400)
    assert numbered([]) == ()
    with pytest.raises(ValueError, match="shorter"):
        numbered([[0, 400, 1000, 10], [400, 300]])
