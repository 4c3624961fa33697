"""What a database of an older version holds is found, and nobody loses rights."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lucarne.accounts.models import Person
from lucarne.catalog import film_list, rights, teams
from lucarne.catalog.film_list import FilmFilter
from lucarne.core.models import AuditLine

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_what_was_there_is_found_and_everybody_may_do_what_she_could() -> None:
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
        for name in ("Léa", "Anne"):
            old.get_model("accounts", "Person").objects.create(
                public_id=f"per_{name}", email=f"{name}@example.org", name=name,
                language="fr", is_owner=name == "Léa", created_at=AT,
            )  # fmt: skip
        for subject in ("vid_old", "chn_old", "per_Anne"):
            old.get_model("core", "AuditLine").objects.create(
                at=AT, verb="video.edited", subject=subject
            )
    finally:
        MigrationExecutor(connection).migrate(newest)
    page = film_list.film_page(FilmFilter(text="ete coeur"), per_page=9)
    assert [row.video_id for row in page.rows] == ["vid_old"]
    assert page.rows[0].folded_title == "l'ete"
    assert [one.role for one in teams.team_of("chn_old")] == ["owner", "owner"]
    anne = rights.rights_of(Person.objects.get(name="Anne"))
    assert all(anne.may(action, "chn_old") for action in rights.Action)
    assert dict(AuditLine.objects.values_list("subject", "scope")) == {
        "vid_old": "chn_old", "chn_old": "chn_old", "per_Anne": ""
    }  # fmt: skip
