from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "lucarne.media"
    label = "media"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lucarne.media import tasks  # noqa: F401  registers the job handlers
