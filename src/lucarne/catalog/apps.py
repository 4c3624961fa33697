from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "lucarne.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lucarne.catalog import (  # noqa: F401  subscribe to events, do jobs
            hooks,
            tasks,
        )
