from django.urls import path

from lucarne.studio.views import changes, films, fine, publish, table, welcome

app_name = "studio"
urlpatterns = [
    path("welcome", welcome.welcome, name="welcome"),
    path("studio/", table.films, name="films"),
    path("studio/films.csv", table.films_csv, name="films_csv"),
    path("studio/change", changes.change, name="change"),
    path("studio/changes", changes.changes, name="changes"),
    path("studio/changes/<str:edit_id>", changes.changed, name="changed"),
    path("studio/changes/<str:edit_id>/undo", changes.undo, name="undo"),
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
]
