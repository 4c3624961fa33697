from django.db import migrations, models

VISIBILITIES = [
    ("public", "Public"),
    ("members", "Members"),
    ("unlisted", "Unlisted"),
    ("link", "Link"),
    ("private", "Private"),
    ("scheduled", "Scheduled"),
    ("draft", "Draft"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_members"),
    ]

    operations = [
        migrations.AddField(
            model_name="video",
            name="publish_as",
            field=models.CharField(
                choices=VISIBILITIES, default="public", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="publish_as",
            field=models.CharField(
                choices=VISIBILITIES, default="public", max_length=10
            ),
        ),
        migrations.AddConstraint(
            model_name="video",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("publish_as", "public"),
                    models.Q(("publish_as", "members"), ("visibility", "scheduled")),
                    _connector="OR",
                ),
                name="video_scheduled_to_be_listed",
            ),
        ),
    ]
