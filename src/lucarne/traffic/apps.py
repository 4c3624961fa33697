from django.apps import AppConfig


class TrafficConfig(AppConfig):
    name = "lucarne.traffic"
    label = "traffic"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lucarne.traffic import hooks  # noqa: F401  registers the chores
