from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import lucarne.catalog.fields
from lucarne.catalog.names import fold

BATCH = 500


def fold_texts(apps: Any, schema_editor: object) -> None:
    """Write what the table searches and sorts by for the videos that are here."""
    Video = apps.get_model("catalog", "Video")
    last = 0
    while True:
        rows = Video.objects.filter(pk__gt=last).order_by("pk")
        videos = list(rows.only("title", "description")[:BATCH])
        if not videos:
            return
        for video in videos:
            video.folded_title = fold(video.title)[:200]
            video.folded_description = fold(video.description)
        Video.objects.bulk_update(videos, ["folded_title", "folded_description"])
        last = videos[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_film_details"),
        ("media", "0008_films_table"),
    ]

    operations = [
        migrations.AddField(
            model_name="video",
            name="folded_title",
            field=lucarne.catalog.fields.FoldedField(of="title", max_length=200),
        ),
        migrations.AddField(
            model_name="video",
            name="folded_description",
            field=lucarne.catalog.fields.FoldedField(of="description"),
        ),
        migrations.RunPython(fold_texts, migrations.RunPython.noop, elidable=True),
        migrations.CreateModel(
            name="BulkEdit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("public_id", models.CharField(max_length=24, unique=True)),
                ("actor", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("changes", models.JSONField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-made_at"], name="bulk_edit_newest_first")
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkEditLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("video_id", models.CharField(max_length=24)),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "edit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="catalog.bulkedit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("edit", "video_id"), name="bulk_edit_line_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["created_at", "public_id", "visibility", "channel"],
                name="video_by_created",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["published_at", "public_id", "visibility", "channel"],
                name="video_by_published",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["folded_title", "public_id", "visibility", "channel"],
                name="video_by_title",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["channel", "created_at", "public_id"],
                name="video_created_of_channel",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["visibility", "created_at", "public_id"],
                name="video_created_of_visibility",
            ),
        ),
    ]
