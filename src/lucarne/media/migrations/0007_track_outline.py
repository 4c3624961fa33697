from typing import Any

from django.db import migrations, models

from lucarne.media import outlines


def outline(apps: Any, schema_editor: object) -> None:  # noqa: ARG001
    """Outline the segments that tracks have."""
    tracks = apps.get_model("media", "Track").objects
    for pk in list(tracks.values_list("pk", flat=True)):
        track = tracks.get(pk=pk)
        runs = track.runs.order_by("first_number")
        track.outline = outlines.outline(
            runs.values_list("first_number", "segments"),
            timescale=track.timescale,
            longest_segment=track.longest_segment,
        )
        track.save(update_fields=["outline"])


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0006_upload"),
    ]

    operations = [
        migrations.AddField(
            model_name="track",
            name="outline",
            field=models.JSONField(null=True),
        ),
        migrations.RunPython(outline, migrations.RunPython.noop),
    ]
