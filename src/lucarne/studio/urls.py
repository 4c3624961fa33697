from django.urls import path

from lucarne.studio.views import (
    approvals,
    captions,
    changes,
    film,
    films,
    fine,
    invitation,
    log,
    member_lists,
    members,
    poster,
    publish,
    replace,
    sign_in_links,
    statistics,
    table,
    team,
    uploads,
    welcome,
    work,
)

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
    path("studio/uploads", uploads.announce, name="upload_announce"),
    path("studio/uploads/fetch", uploads.fetch, name="upload_fetch"),
    path("studio/uploads/<str:upload_id>", uploads.state, name="upload_state"),
    path("studio/uploads/<str:upload_id>/draft", uploads.draft, name="upload_draft"),
    path("studio/uploads/<str:upload_id>/forget", uploads.forget, name="upload_forget"),
    path(
        "studio/uploads/<str:upload_id>/again", uploads.fetch_again, name="upload_again"
    ),
    path("studio/sample", publish.sample, name="sample"),
    path("studio/films/<str:video_id>", film.film, name="film"),
    path(
        "studio/films/<str:video_id>/progress",
        film.film_progress,
        name="film_progress",
    ),
    path("studio/films/<str:video_id>/retry", film.retry, name="film_retry"),
    path("studio/films/<str:video_id>/stop", work.stop, name="film_stop"),
    path("studio/films/<str:video_id>/urgency", work.urgency, name="film_urgency"),
    path("studio/films/<str:video_id>/log", work.log, name="film_log"),
    path("studio/films/<str:video_id>/smaller", fine.start, name="fine_start"),
    path("studio/films/<str:video_id>/smaller/stop", fine.cancel, name="fine_cancel"),
    path(
        "studio/films/<str:video_id>/visibility",
        film.visibility,
        name="film_visibility",
    ),
    path("studio/films/<str:video_id>/link", film.renew_link, name="film_link"),
    path(
        "studio/films/<str:video_id>/chapters",
        film.take_chapters,
        name="film_chapters",
    ),
    path(
        "studio/films/<str:video_id>/statistics",
        statistics.statistics,
        name="statistics",
    ),
    path(
        "studio/films/<str:video_id>/statistics/<slug:table>.csv",
        statistics.statistics_csv,
        name="statistics_csv",
    ),
    path("studio/films/<str:video_id>/poster", poster.poster, name="poster"),
    path("studio/films/<str:video_id>/poster/state", poster.state, name="poster_state"),
    path(
        "studio/films/<str:video_id>/poster/choose", poster.choose, name="poster_choose"
    ),
    path(
        "studio/films/<str:video_id>/poster/moment", poster.moment, name="poster_moment"
    ),
    path(
        "studio/films/<str:video_id>/poster/picture",
        poster.picture,
        name="poster_picture",
    ),
    path(
        "studio/films/<str:video_id>/poster/<str:name>/crop",
        poster.crop,
        name="poster_crop",
    ),
    path(
        "studio/films/<str:video_id>/poster/<str:name>/picture",
        poster.own,
        name="poster_own",
    ),
    path("studio/films/<str:video_id>/replace", replace.replace, name="replace"),
    path(
        "studio/films/<str:video_id>/replace/state", replace.state, name="replace_state"
    ),
    path(
        "studio/films/<str:video_id>/replace/cancel",
        replace.cancel,
        name="replace_cancel",
    ),
    path(
        "studio/films/<str:video_id>/replace/retry", replace.retry, name="replace_retry"
    ),
    path("studio/films/<str:video_id>/replace/back", replace.back, name="replace_back"),
    path("studio/films/<str:video_id>/delete", films.delete, name="film_delete"),
    path("studio/bin", films.bin_, name="bin"),
    path("studio/bin/<str:video_id>/restore", films.restore, name="restore"),
    path("studio/bin/<str:video_id>/delete", films.delete_now, name="delete_now"),
    path("studio/approvals", approvals.approvals, name="approvals"),
    path("studio/films/<str:video_id>/approve", approvals.approve, name="approve"),
    path(
        "studio/films/<str:video_id>/send-back", approvals.send_back, name="send_back"
    ),
    path(
        "studio/films/<str:video_id>/take-back", approvals.take_back, name="take_back"
    ),
    path("studio/channels", team.channels, name="channels"),
    path("studio/channels/<str:channel_id>", team.team, name="team"),
    path("studio/channels/<str:channel_id>/name", team.rename, name="channel_name"),
    path(
        "studio/channels/<str:channel_id>/members/<str:person_id>/role",
        team.change_role,
        name="team_role",
    ),
    path(
        "studio/channels/<str:channel_id>/members/<str:person_id>/remove",
        team.remove,
        name="team_remove",
    ),
    path(
        "studio/channels/<str:channel_id>/invitations/<str:invitation_id>/revoke",
        team.revoke,
        name="invitation_revoke",
    ),
    path(
        "studio/people/<str:person_id>/link",
        sign_in_links.sign_in_link,
        name="sign_in_link",
    ),
    path("studio/channels/<str:channel_id>/log", log.log, name="log"),
    path("studio/channels/<str:channel_id>/log.csv", log.log_csv, name="log_csv"),
    path("studio/log", log.log, name="log_of_everything"),
    path("studio/log.csv", log.log_csv, name="log_of_everything_csv"),
    path("studio/members", members.members, name="members"),
    path("studio/members.csv", members.members_csv, name="members_csv"),
    path("studio/members/links.csv", members.links_csv, name="member_links"),
    path("studio/members/import", member_lists.new, name="member_list_new"),
    path(
        "studio/members/import/<str:list_id>",
        member_lists.member_list,
        name="member_list",
    ),
    path("studio/members/<str:member_id>/link", members.link, name="member_link"),
    path("studio/members/<str:member_id>/end", members.end, name="member_end"),
    path(
        "studio/members/<str:member_id>/take-up", members.take_up, name="member_take_up"
    ),
    path("invitation/<str:token>", invitation.invitation, name="invitation"),
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
