from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0007_track_outline"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                fields=["duration_ms", "public_id"], name="asset_by_duration"
            ),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                fields=["size_bytes", "public_id"], name="asset_by_size"
            ),
        ),
    ]
