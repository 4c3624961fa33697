from django.urls import path

from lucarne.studio.views import captions, films, fine, publish, welcome

app_name = "studio"
urlpatterns = [
    path("welcome", welcome.welcome, name="welcome"),
    path("studio/", films.films, name="films"),
    path("studio/publish", publish.publish, name="publish"),
    path("studio/sample", publish.sample, name="sample"),
    path("studio/films/<str:video_id>", films.film, name="film"),
    path(
        "studio/films/<str:video_id>/progress",
        films.film_progress,
        name="film_progress",
    ),
    path("studio/films/<str:video_id>/retry", films.retry, name="film_retry"),
    path("studio/films/<str:video_id>/smaller", fine.start, name="fine_start"),
    path("studio/films/<str:video_id>/smaller/stop", fine.cancel, name="fine_cancel"),
    path("studio/films/<str:video_id>/delete", films.delete, name="film_delete"),
    path(
        "studio/films/<str:video_id>/captions", captions.film_captions, name="captions"
    ),
    path(
        "studio/films/<str:video_id>/captions/<str:caption_id>",
        captions.caption,
        name="caption",
    ),
    path(
        "studio/films/<str:video_id>/captions/<str:caption_id>/replace",
        captions.replace,
        name="caption_replace",
    ),
    path(
        "studio/films/<str:video_id>/captions/<str:caption_id>/visible",
        captions.visible,
        name="caption_visible",
    ),
    path(
        "studio/films/<str:video_id>/captions/<str:caption_id>/delete",
        captions.delete,
        name="caption_delete",
    ),
    path(
        "studio/films/<str:video_id>/captions/<str:caption_id>/file",
        captions.file,
        name="caption_file",
    ),
]
