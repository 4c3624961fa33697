"""Pages for viewers."""

from django.urls import path

from lucarne.portal import plays, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("watch/<str:video_id>", views.watch, name="watch"),
    path("watch/<str:video_id>/state", views.state, name="state"),
    path("watch/<str:video_id>/played", plays.played, name="played"),
    path("watch/<str:video_id>/preview", views.preview, name="preview"),
    path("link/<slug:key>", views.link, name="link"),
    path("link/<slug:key>/state", views.link_state, name="link_state"),
    path("c/<slug:slug>", views.channel, name="channel"),
    path("audience", plays.counted, name="audience"),
    path("language", views.language, name="language"),
    path("robots.txt", views.robots, name="robots"),
]
