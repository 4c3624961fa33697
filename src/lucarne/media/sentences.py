"""One sentence for a person per stable code: what is wrong, with what, what to do."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext, gettext_noop

REFUSALS: Final = {
    "empty": gettext_noop(
        "“{name}” is empty. Choose the file again, or export it once more."
    ),
    "not_media": gettext_noop(
        "“{name}” is not a film or a sound that can be read. "
        "Export it as MP4, WebM, MOV or MKV."
    ),
    "is_playlist": gettext_noop(
        "“{name}” is a list that points to other files, not a film. "
        "Choose the film itself."
    ),
    "truncated": gettext_noop(
        "“{name}” is cut short and nothing in it can be played. "
        "Copy it again from where it was made."
    ),
    "encrypted": gettext_noop(
        "“{name}” is encrypted. Export it without copy protection."
    ),
    "no_tracks": gettext_noop(
        "“{name}” holds neither picture nor sound. Choose another file."
    ),
    "no_video": gettext_noop("“{name}” holds no picture. Choose a film."),
    "undecodable": gettext_noop(
        "Not one picture of “{name}” can be decoded. "
        "Export it again, as MP4 with H.264 if you can."
    ),
    "absurd_dimensions": gettext_noop(
        "The picture of “{name}” has a size that no screen can show. "
        "Export it at 8K or smaller."
    ),
    "too_long": gettext_noop(
        "“{name}” holds more pictures than this portal accepts. "
        "Cut it into parts, or ask for a higher limit (media.max_decoded_frames)."
    ),
    "unsupported_codec": gettext_noop(
        "“{name}” uses a format that this portal cannot decode. "
        "Export it as MP4 with H.264."
    ),
    "is_folder": gettext_noop("“{name}” is a folder. Choose a file in it."),
    "missing": gettext_noop("“{name}” does not exist. Check the path."),
    "unreadable": gettext_noop(
        "“{name}” cannot be read. Change its permissions, or copy it elsewhere."
    ),
    "picture_empty": gettext_noop("“{name}” is empty. Choose the picture again."),
    "picture_unknown": gettext_noop(
        "“{name}” is no picture that can be read. Choose a JPEG, PNG, WebP or AVIF."
    ),
    "picture_broken": gettext_noop(
        "“{name}” is damaged and cannot be shown. Export the picture again."
    ),
    "picture_animated": gettext_noop(
        "“{name}” moves, and a poster stands still. Choose a single picture."
    ),
    "picture_heavy": gettext_noop(
        "“{name}” is larger than the 20 MB that a poster may have. Export it smaller."
    ),
    "picture_large": gettext_noop(
        "“{name}” has more pixels than a poster may have (60 million, 16,000 on a side). "
        "Export it smaller."
    ),
    "picture_small": gettext_noop(
        "“{name}” is too small for a poster. Choose a picture of 320 × 180 pixels at "
        "least."
    ),
    "unknown_poster": gettext_noop(
        "The poster “{name}” is not here any more. Choose one of those that are."
    ),
    "beyond_end": gettext_noop(
        "The film ends at {name}: choose a moment before, such as 1:23.4."
    ),
    "no_moment": gettext_noop(
        "No picture can be taken from “{name}”: it has none, or was not looked into yet. "
        "Send a picture of your own."
    ),
    "too_large": gettext_noop(
        "“{name}” is larger than this portal accepts. "
        "Make it smaller, or ask for a higher limit (uploads.max_bytes)."
    ),
    "disk_full": gettext_noop(
        "There is not enough disk space for “{name}”. Free some space, then try again."
    ),
    "stalled": gettext_noop(
        "Encoding “{name}” stopped making progress. Retry it; if it stops again, "
        "export the film in another format."
    ),
    "out_of_time": gettext_noop(
        "Encoding “{name}” took more time than allowed. Retry it when the machine "
        "has less to do."
    ),
    "out_of_memory": gettext_noop(
        "Encoding “{name}” needs more memory than allowed. "
        "Export it with a smaller picture."
    ),
    "encoder_failed": gettext_noop(
        "The encoder failed on “{name}”. Retry it; if it fails again, "
        "export the film in another format."
    ),
    "ffmpeg_missing": gettext_noop(
        "FFmpeg was not found, so “{name}” waits. Run `lucarne check`, "
        "then retry the film."
    ),
    "cancelled": gettext_noop("The work on “{name}” was canceled. Retry it to go on."),
    "upload_broken": gettext_noop(
        "The upload of “{name}” broke off before its end. Send it again."
    ),
    "unknown_asset": gettext_noop("There is no film “{name}”."),
    "unknown_upload": gettext_noop(
        "There is no upload “{name}” any more. Send the film again."
    ),
    "wrong_offset": gettext_noop(
        "The next part of “{name}” does not begin where the last one ended. "
        "Ask how much has arrived, and go on from there."
    ),
    "upload_busy": gettext_noop(
        "“{name}” is being sent from somewhere else at this moment. "
        "Wait for it, or stop it there."
    ),
    "too_much": gettext_noop(
        "“{name}” is longer than was announced. Choose the file again."
    ),
    "wrong_digest": gettext_noop(
        "A part of “{name}” arrived damaged and was dropped. Send it again."
    ),
    "upload_unfinished": gettext_noop("Not all of “{name}” has arrived yet. Send the rest."),
    "upload_whole": gettext_noop(
        "“{name}” was put together from parts: nothing can be added to it."
    ),
    "over_quota": gettext_noop(
        "“{name}” is more than you may have here. Delete films, or ask the portal’s "
        "owner for more."
    ),
    "bad_address": gettext_noop(
        "“{name}” is no address that a film can be fetched from: one begins with "
        "https:// or http:// and holds no password."
    ),
    "private_address": gettext_noop(
        "“{name}” leads into a private network, where this portal fetches nothing. "
        "Send the film itself, or ask for uploads.fetch_private_networks."
    ),
    "fetch_refused": gettext_noop(
        "The other server does not give “{name}”. Look whether the address opens in a "
        "browser without signing in."
    ),
    "fetch_failed": gettext_noop(
        "“{name}” could not be fetched: the other server does not answer, or breaks "
        "off every time. Try again later."
    ),
    "fetch_slow": gettext_noop(
        "Fetching “{name}” took longer than this portal allows "
        "(uploads.fetch_minutes). Try again, or send the film itself."
    ),
}

WARNINGS: Final = {
    "truncated": gettext_noop(
        "The file is cut short: only its beginning could be published."
    ),
    "duration_lies": gettext_noop(
        "The file claims another length than what it really holds."
    ),
    "some_pictures_broken": gettext_noop(
        "Some pictures of the file are damaged; the film may show faults there."
    ),
    "no_audio_decodable": gettext_noop(
        "The sound of the file cannot be decoded: the film was published without it."
    ),
    "size_changes": gettext_noop(
        "The picture changes its size in the middle of the file; "
        "it is shown at its first size."
    ),
    "some_audio_undecodable": gettext_noop(
        "One of the sound tracks cannot be decoded and was left out."
    ),
    "audio_shorter": gettext_noop("The sound ends before the picture does."),
    "sound_not_levelled": gettext_noop(
        "A sound track could not be made as loud as other films, or in surround sound: "
        "the film has the one that it came with."
    ),
    "pictures_failed": gettext_noop("No preview pictures could be made of this film."),
    "texts_failed": gettext_noop(
        "The captions inside the file could not be read. Add them as files of their own."
    ),
    "no_fine_ladder": gettext_noop(
        "The trial of this film told nothing: it has the ordinary sizes and qualities."
    ),
}


def refusal(code: str, *, name: str) -> str:
    """Return the sentence of an error code in the active language."""
    template = REFUSALS.get(code, REFUSALS["encoder_failed"])
    return gettext(template).format(name=name)


def about(name: str, sentence: str) -> str:
    """Put a film's name before a sentence that does not hold it."""
    return gettext("“{name}”: {sentence}").format(name=name, sentence=sentence)


def warning(code: str) -> str:
    """Return the sentence of a warning code in the active language, or ""."""
    template = WARNINGS.get(code)
    return gettext(template) if template else ""
