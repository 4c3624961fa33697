from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0008_films_table"),
    ]

    operations = [
        migrations.AlterField(
            model_name="unit",
            name="kind",
            field=models.CharField(
                choices=[
                    ("video", "Video"),
                    ("audio", "Audio"),
                    ("poster", "Poster"),
                    ("pictures", "Pictures"),
                    ("text", "Text"),
                    ("trial", "Trial"),
                    ("fine", "Fine"),
                    ("score", "Score"),
                ],
                max_length=8,
            ),
        ),
    ]
