"""Whether what is written down of a film's segments is what the segments say."""

from __future__ import annotations

from lucarne.media import outlines, queries
from lucarne.media.models import Asset, Track
from lucarne_engine.manifest import hls
from lucarne_engine.manifest.outline import outline_of


def assert_outlined(asset: Asset) -> dict[str, int]:
    """Compare each track's row with its segments; return how many each has."""
    tracks = queries.track_indexes(asset.public_id, asset.plan_id)
    rows = {row.name: row for row in Track.objects.filter(asset=asset)}
    assert set(rows) == {track.name for track in tracks}
    for track in tracks:
        written = rows[track.name].outline
        assert (written is None) <= (not track.segments), track.name
        assert not written or outlines.read(written) == outline_of(track), track.name
    state = queries.play_state(asset.public_id)
    assert state is not None
    index, outline = queries.film_index(state), queries.film_outline(state)
    assert (index is None) == (outline is None)
    if index is not None and outline is not None:
        assert hls.multivariant(outline) == hls.multivariant(index)
    return {track.name: len(track.segments) for track in tracks}
