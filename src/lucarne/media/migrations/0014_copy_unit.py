from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("media", "0013_urgency_and_failures"),
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
                    ("opening", "Opening"),
                    ("copy", "Copy"),
                    ("text", "Text"),
                    ("trial", "Trial"),
                    ("fine", "Fine"),
                    ("score", "Score"),
                    ("frame", "Frame"),
                ],
                max_length=8,
            ),
        ),
    ]
