"""A film that arrives in a form, streamed to ``<data>/incoming`` as it comes.

Django would first spool the whole body to a temporary folder and copy it from
there; this handler writes each piece once, and drops it all when anything is wrong.
"""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

from lucarne.catalog.names import clean_line
from lucarne.core import conf
from lucarne.media import incoming
from lucarne.media.errors import MediaError

FIELD: Final = "film"
NAME_MAX: Final = 300
# What the other fields and the multipart headers may add to the film's own bytes.
_FORM_BYTES: Final = 64 * 1024
_CHUNK_BYTES: Final = 1024 * 1024


class ReceivedFilm(UploadedFile):  # type: ignore[type-arg]  # no generic at run time
    """A film whose bytes are all in ``incoming``."""

    def __init__(self, *, name: str, size_bytes: int) -> None:
        super().__init__(file=None, name="film", size=size_bytes)
        self.source_name = name

    def close(self) -> None:
        """Nothing is open here: the handler owns the file."""


class FilmUploadHandler(FileUploadHandler):
    """Takes the one film of a form; as a context manager it leaves nothing behind.

    ``refusal`` is set when the film grew too large or the disk too full: the rest of
    the body is then not read.
    """

    chunk_size = _CHUNK_BYTES

    def __init__(self) -> None:
        super().__init__()
        self.incoming: incoming.IncomingFile | None = None
        self.refusal: MediaError | None = None
        self._looked_at_bytes = 0

    def new_file(self, field_name: str, file_name: str, *args: Any, **kw: Any) -> None:
        """Begin with the film; other files are skipped."""
        if field_name != FIELD or self.incoming is not None:
            raise SkipFile
        super().new_file(field_name, file_name, *args, **kw)
        self.incoming = incoming.IncomingFile(name=shown_name(file_name))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Write the bytes down, or stop reading when there is no place for them."""
        assert self.incoming is not None  # noqa: S101  new_file ran first
        try:
            self.incoming.write(raw_data)
            self._look_at_disk(self.incoming)
        except MediaError as error:
            self.refusal = error
            raise StopUpload(connection_reset=True) from error

    def _look_at_disk(self, file: incoming.IncomingFile) -> None:
        if file.size_bytes - self._looked_at_bytes >= incoming.LOOK_EVERY_BYTES:
            self._looked_at_bytes = file.size_bytes
            incoming.check_reserve(name=file.name)

    def file_complete(self, file_size: int) -> ReceivedFilm | None:
        """Hand out the film once every byte of it is written.

        Django calls this when it meets the boundary behind the film, so never for a
        body that broke off inside it.
        """
        if self.incoming is None or self.refusal is not None:
            return None
        try:
            self.incoming.finish()
        except MediaError as error:
            self.refusal = error
            return None
        return ReceivedFilm(name=self.incoming.name, size_bytes=file_size)

    def __enter__(self) -> FilmUploadHandler:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.incoming is not None:
            self.incoming.__exit__(kind, error, trace)


def check_room(*, name: str, body_bytes: int) -> None:
    """Refuse by the announced length alone.

    Raises TooLarge or NoSpace.
    """
    incoming.check_room(
        name=shown_name(name), size_bytes=max(0, body_bytes - _FORM_BYTES)
    )


def shown_name(name: str) -> str:
    """A file's name as people may see it: one line, nothing that reorders text."""
    return clean_line(name)[:NAME_MAX]


def limits() -> tuple[int, int]:
    """The largest film in bytes, and how many bytes still fit on the disk."""
    uploads = conf.get().uploads
    free = shutil.disk_usage(incoming.folder()).free - uploads.reserve_bytes
    return uploads.max_bytes, max(0, free)
