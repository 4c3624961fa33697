from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "lucarne.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lucarne.core import chores  # noqa: F401  registers the kernel's chores
