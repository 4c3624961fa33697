"""A film that arrives in a form, streamed into the store of uploads as it comes.

Django would first spool the whole body to a temporary folder and copy it from
there; this handler writes each piece once. What broke off is dropped. The studio's
form and the API (siblings, which may not know each other) both take films by it.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

from lucarne.catalog import queries, quotas
from lucarne.catalog.errors import KnownFilm
from lucarne.catalog.names import clean_line
from lucarne.catalog.rights import Rights, may_know
from lucarne.core import clock
from lucarne.core.errors import LucarneError
from lucarne.media import digests, incoming, streams, uploads
from lucarne.media.errors import MediaError

FIELD: Final = "film"
NAME_MAX: Final = 300
# What the other fields and the multipart headers may add to the film's own bytes.
_FORM_BYTES: Final = 64 * 1024
_CHUNK_BYTES: Final = 1024 * 1024


class ReceivedFilm(UploadedFile):  # type: ignore[type-arg]  # no generic at run time
    """A film whose bytes are all here."""

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

    def __init__(
        self, *, person_id: str, body_bytes: int, adds_film: bool = True
    ) -> None:
        """``adds_film``: it is one of its own, not another file of one."""
        super().__init__()
        self._adds_film = adds_film
        self.stream: streams.Stream | None = None
        self.refusal: LucarneError | None = None
        self._person_id = person_id
        self._body_bytes = body_bytes

    def new_file(self, field_name: str, file_name: str, *args: Any, **kw: Any) -> None:
        """Begin with the film; other files are skipped."""
        if field_name != FIELD or self.stream is not None:
            raise SkipFile
        super().new_file(field_name, file_name, *args, **kw)
        name = name_in_form(file_name)
        who, most = self._person_id, self._body_bytes
        try:
            quotas.check_person(
                person_id=who, name=name, size_bytes=max(0, most - _FORM_BYTES),
                adds_film=self._adds_film,
            )  # fmt: skip
            self.stream = streams.Stream(
                person_id=who, name=name, most_bytes=most, at=clock.now()
            )
        except LucarneError as error:
            self.refusal = error
            raise StopUpload(connection_reset=True) from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Write the bytes down, or stop reading when there is no place for them."""
        assert self.stream is not None  # noqa: S101  new_file ran first
        try:
            self.stream.write(raw_data)
        except MediaError as error:
            self.refusal = error
            raise StopUpload(connection_reset=True) from error

    def file_complete(self, file_size: int) -> ReceivedFilm | None:
        """Hand out the film once every byte of it is written.

        Django calls this when it meets the boundary behind the film, so never for a
        body that broke off inside it.
        """
        if self.stream is None or self.refusal is not None:
            return None
        try:
            self.stream.finish()
        except MediaError as error:
            self.refusal = error
            return None
        return ReceivedFilm(name=self.stream.name, size_bytes=file_size)

    def __enter__(self) -> FilmUploadHandler:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.stream is not None:
            self.stream.__exit__(kind, error, trace)


class StillLooking(Exception):
    """Whether the film is here already is being found out."""


def check_known(
    rights: Rights, *, person_id: str, upload_id: str, may_wait: bool
) -> None:
    """Raise KnownFilm when this is, byte for byte, a film that the person may see.

    Raises StillLooking while that is not known, to those who can ask again.
    """
    view = uploads.find(upload_id=upload_id, person_id=person_id, at=clock.now())
    same = digests.same_films(view)
    if same is None and may_wait:
        raise StillLooking
    for asset_id in same or ():
        video = queries.find_by_asset(asset_id)
        if video and may_know(rights, video):
            raise KnownFilm(
                name=view.name, title=video.title, video_id=video.video_id
            )


def check_room(
    *, name: str, body_bytes: int, person_id: str, adds_film: bool = True
) -> None:
    """Refuse by the announced length alone.

    Raises TooLarge, NoSpace or OverQuota.
    """
    size = max(0, body_bytes - _FORM_BYTES)
    if size:
        shown = shown_name(name)
        incoming.check_room(name=shown, size_bytes=size)
        quotas.check_person(
            person_id=person_id, name=shown, size_bytes=size, adds_film=adds_film
        )


def shown_name(name: str) -> str:
    """A file's name as people may see it: one line, nothing that reorders text."""
    return clean_line(name)[:NAME_MAX]


def name_in_form(name: str) -> str:
    """A file's name as a browser writes it in a form, made a shown one again.

    Browsers escape what would end the name, and nothing else (HTML, "multipart/form-data
    encoding algorithm"): a per cent sign of the file's own stays as it is.
    """
    for written, meant in (("%22", '"'), ("%0D", " "), ("%0A", " ")):
        name = name.replace(written, meant)
    return shown_name(name)
