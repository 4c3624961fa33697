"""What programs ask for; uploads in parts have their own door (``api.tus``)."""

from django.urls import path

from lucarne.api import videos

app_name = "api"
urlpatterns = [
    path("api/videos", videos.publish, name="videos"),
    path("api/videos/<str:video_id>", videos.video, name="video"),
]
