from pathlib import Path

from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "lucarne.media"
    label = "media"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lucarne.core import conf
        from lucarne.media import tasks  # noqa: F401  registers the job handlers
        from lucarne_engine import process

        if named := conf.get().media.ffmpeg:
            process.set_ffmpeg(Path(named))
