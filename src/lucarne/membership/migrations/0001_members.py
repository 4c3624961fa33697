from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="MemberList",
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
                ("emails", models.JSONField()),
                ("bad", models.JSONField()),
                ("bad_count", models.IntegerField()),
                ("repeated", models.IntegerField()),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["read_at"], name="member_list_by_age")
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
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
                ("email", models.EmailField(max_length=254, unique=True)),
                ("began_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("added_by", models.CharField(max_length=24)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None),
                            ("ends_at__gte", models.F("began_at")),
                            _connector="OR",
                        ),
                        name="membership_ends_after_it_began",
                    )
                ],
            },
        ),
    ]
