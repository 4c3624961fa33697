from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("media", "0010_upload_origin_and_draft"),
    ]

    operations = [
        migrations.AddField(
            model_name="asset",
            name="urgency",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="unit",
            name="failures",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
