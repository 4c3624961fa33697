from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "lucarne.membership"
    label = "membership"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lucarne.membership import hooks  # noqa: F401  registers the chore
