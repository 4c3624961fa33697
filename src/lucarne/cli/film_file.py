"""A film that somebody names on the command line, and why it is refused."""

from __future__ import annotations

import stat
from pathlib import Path


class Refused(Exception):
    """A film that was not taken, with the sentence that says why."""

    def __init__(self, code: str, sentence: str, video_id: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.video_id = video_id


def shown(path: Path) -> str:
    """A file's name on one line, and nothing in it that reorders text."""
    from lucarne.catalog.names import clean_line

    return clean_line(path.name) or clean_line(str(path))


def refused(code: str, path: Path, video_id: str = "") -> Refused:
    """Make the error of a code; its sentence is in the active language."""
    from lucarne.media import sentences

    return Refused(code, sentences.refusal(code, name=shown(path)), video_id)


def check_file(path: Path) -> int:
    """Return the file's size; raise Refused for what cannot be a film."""
    try:
        status = path.stat()
    except PermissionError:
        raise refused("unreadable", path) from None
    except OSError:  # not there, or a name that no file can have
        raise refused("missing", path) from None
    if stat.S_ISDIR(status.st_mode):
        raise refused("is_folder", path)
    if not stat.S_ISREG(status.st_mode):
        raise refused("not_media", path)
    if status.st_size == 0:
        raise refused("empty", path)
    return status.st_size
