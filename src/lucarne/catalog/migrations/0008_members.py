import django.db.models.deletion
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
        ("catalog", "0007_version"),
    ]

    operations = [
        migrations.AlterField(
            model_name="video",
            name="visibility",
            field=models.CharField(
                choices=VISIBILITIES, default="public", max_length=10
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="visibility",
            field=models.CharField(
                blank=True, choices=VISIBILITIES, default="", max_length=10
            ),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="channel",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.channel",
            ),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("owner", "owner"),
                    ("editor", "editor"),
                    ("contributor", "contributor"),
                    ("analyst", "analyst"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["email"], name="invitation_by_email"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel__isnull", True), ("role", "")),
                    models.Q(
                        ("channel__isnull", False),
                        models.Q(("role", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="invitation_role_in_channel",
            ),
        ),
    ]
