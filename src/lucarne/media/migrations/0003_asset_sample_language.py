from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0002_track_longest_segment")]

    operations = [
        migrations.AddField(
            model_name="asset",
            name="sample_language",
            field=models.CharField(blank=True, default="", max_length=2),
        )
    ]
