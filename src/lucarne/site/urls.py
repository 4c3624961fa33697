"""Every page of the portal; media have their own door (``playback.media_server``)."""

from django.urls import include, path

urlpatterns = [
    path("", include("lucarne.portal.urls")),
    path("", include("lucarne.accounts.urls")),
    path("", include("lucarne.studio.urls")),
    path("", include("lucarne.api.urls")),
]
