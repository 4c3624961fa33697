"""What a database of an older version holds is right after its upgrade."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lucarne.media import posters, queries
from lucarne.media.models import Asset
from lucarne_engine.manifest.outline import begun
from tests.media.outlined import assert_outlined

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEFORE = ("media", "0006_upload")


@pytest.mark.django_db(transaction=True)
def test_tracks_that_were_there_are_outlined() -> None:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    executor = MigrationExecutor(connection)
    old = executor.migrate([BEFORE]).apps
    try:
        _fill(old)
    finally:
        MigrationExecutor(connection).migrate(newest)
    asset = Asset.objects.get()
    assert assert_outlined(asset) == {"h264-360": 6, "h264-720": 0}
    state = queries.play_state(asset.public_id)
    assert state is not None
    index = queries.film_outline(state)
    assert index is not None
    assert [track.name for track in begun(index.video)] == ["h264-360"]
    posters.show_automatic(asset_id="ast_old", at=AT)
    asset.refresh_from_db()
    assert (asset.has_poster, asset.poster, asset.color) == (True, "", "#123456")


def _fill(apps: object) -> None:
    """Make a film as version 4 wrote it: one track with a gap, one that has not begun."""
    asset = apps.get_model("media", "Asset").objects.create(  # type: ignore[attr-defined]
        public_id="ast_old", source_name="a.mp4", size_bytes=1, received_at=AT,
        plan_id="p", duration_ms=20_000, playable_at=AT, state="encoding",
        has_poster=True, color="#123456",
    )  # fmt: skip
    track = apps.get_model("media", "Track")  # type: ignore[attr-defined]
    facts = {"asset": asset, "plan_id": "p", "kind": "video", "codec": "avc1.64001e"}
    track.objects.create(name="h264-720", timescale=90_000, init_bytes=700, **facts)
    row = track.objects.create(
        name="h264-360", timescale=90_000, init_bytes=700, longest_segment="4", **facts
    )
    for first in (0, 3, 7):  # of three segments each
        segments = [[n * 360_000, 360_000, 1000 + n, 100] for n in range(first, first + 3)]
        row.runs.create(first_number=first, segments=segments)
