"""What a database of an older version holds can be found in the table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lucarne.catalog import film_list
from lucarne.catalog.film_list import FilmFilter

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_films_that_were_there_are_found_by_their_text() -> None:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    old = MigrationExecutor(connection).migrate([("catalog", "0002_film_details")]).apps
    try:
        asset = old.get_model("media", "Asset").objects.create(
            public_id="ast_old", source_name="a.mp4", size_bytes=1, received_at=AT
        )
        channel = old.get_model("catalog", "Channel").objects.create(
            public_id="chn_old", slug="old", name="Old", created_at=AT
        )
        old.get_model("catalog", "Video").objects.create(
            public_id="vid_old", channel=channel, asset=asset, created_at=AT,
            title="L’Été", description="Un CŒUR",
        )  # fmt: skip
    finally:
        MigrationExecutor(connection).migrate(newest)
    page = film_list.film_page(FilmFilter(text="ete coeur"), per_page=9)
    assert [row.video_id for row in page.rows] == ["vid_old"]
    assert page.rows[0].folded_title == "l'ete"
