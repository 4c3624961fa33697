from django.apps import AppConfig


class PlaybackConfig(AppConfig):
    name = "lucarne.playback"
    label = "playback"
