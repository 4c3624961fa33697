from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("media", "0012_posters"),
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
