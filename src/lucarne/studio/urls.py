from django.urls import path

from lucarne.studio.views import films, fine, publish, uploads, welcome

app_name = "studio"
urlpatterns = [
    path("welcome", welcome.welcome, name="welcome"),
    path("studio/", films.films, name="films"),
    path("studio/publish", publish.publish, name="publish"),
    path("studio/uploads", uploads.announce, name="upload_announce"),
    path("studio/uploads/fetch", uploads.fetch, name="upload_fetch"),
    path("studio/uploads/<str:upload_id>", uploads.state, name="upload_state"),
    path("studio/uploads/<str:upload_id>/draft", uploads.draft, name="upload_draft"),
    path("studio/uploads/<str:upload_id>/forget", uploads.forget, name="upload_forget"),
    path(
        "studio/uploads/<str:upload_id>/again", uploads.fetch_again, name="upload_again"
    ),
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
]
