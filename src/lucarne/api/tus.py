"""The door for uploads that can be resumed: tus 1.0 at /uploads/.

    OPTIONS /uploads/        what is spoken here (open to all)
    POST    /uploads/        announce a film, or a part of one; or join parts
    HEAD    /uploads/<id>    how much has arrived
    GET     /uploads/<id>    what has arrived (no part of tus; its servers have it)
    PATCH   /uploads/<id>    the next bytes
    DELETE  /uploads/<id>    give it up
    PUT     /uploads/<id>/index    the index of a film, before its turn comes

The last is no part of tus: with it a film is prepared while it arrives (``ahead`` of
``media``), and the upload goes on as without it.

A native ASGI application: a part passes through this process a megabyte at a time,
and goes to the disk by threads. Everybody but OPTIONS needs the session of a person
who signed in, or a token (``Authorization: Bearer …``). Pages of other sites may come
with a token, never with the session: browsers ask first for everything that changes
something, since it needs Tus-Resumable, and "*" allows nothing that has a cookie.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from django.db import close_old_connections
from django.utils.translation import override

from lucarne.accounts import queries as people
from lucarne.api import protocol
from lucarne.api.protocol import BadRequest
from lucarne.api.tokens import secret_in
from lucarne.api.wire import (
    Answer,
    Gone,
    Receive,
    Request,
    Scope,
    Send,
    refusal,
    reply,
)
from lucarne.catalog import quotas
from lucarne.catalog.errors import NotAllowed
from lucarne.catalog.names import UNNAMED, clean_line
from lucarne.catalog.rights import Action, Rights, rights_of
from lucarne.core import clock, conf
from lucarne.core.errors import LucarneError
from lucarne.media import ahead, parts, uploads
from lucarne.media.errors import UnknownUpload, UploadBusy
from lucarne.media.parts import DIGESTS, PartWriter
from lucarne.media.uploads import UploadView
from lucarne_engine.arriving import MOST_INDEX_BYTES

PREFIX: Final = uploads.ADDRESS
THREADS: Final = 8
WRITE_BYTES: Final = 1024 * 1024
# How much of a part that was refused is read and dropped, so that its answer is heard.
READ_ON_BYTES: Final = 32 * 1024 * 1024
# A client that lost its network comes back before its old connection is known dead:
# the old one is told to stop, and may take this long to do it.
HAND_OVER_S: Final = 5.0
_STATUS: Final = {
    "unknown_upload": 404, "wrong_offset": 409, "too_large": 413, "too_much": 413,
    "upload_busy": 423, "wrong_digest": 460, "disk_full": 507, "upload_whole": 403,
    "upload_unfinished": 400, "over_quota": 413, "not_allowed": 403,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Person:
    person_id: str
    language: str
    rights: Rights


_Act = Callable[[Request, _Person, str], Awaitable[Answer]]


class TusServer:
    """An ASGI application for everything below /uploads/."""

    def __init__(self, *, session_cookie: str) -> None:
        self._cookie = session_cookie
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="uploads")
        # By upload, who writes to it: set to make them stop.
        self._writing: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = Request(scope, receive)
        person: _Person | None = None
        try:
            if refused := _unspoken(request):
                answer = refused
            else:
                person = await self._in_thread(_who, request, self._cookie)
                answer = await self._answer(request, person) if person else _STRANGER
        except BadRequest as error:
            answer = refusal(400, "bad_request", str(error))
        except LucarneError as error:
            answer = _translated(error, person)
            # Who still sends would find the line cut, and never read why.
            await request.drop(READ_ON_BYTES)
        except Gone:
            answer = refusal(408, "upload_broken", "The part broke off.")
        has_body = request.method != "HEAD"
        await reply(answer, send, has_body=has_body, in_thread=self._in_thread)

    async def _answer(self, request: Request, person: _Person) -> Answer:
        path = request.path.removeprefix(PREFIX.rstrip("/")).strip("/")
        upload_id, _, what = path.partition("/")
        acts = self._acts(what if upload_id else None)
        if (act := acts.get(request.method)) is None:
            allowed = ", ".join(["OPTIONS", *acts])
            sentence = f"Only {allowed} work here."
            return refusal(405, "method", sentence, allow=allowed)
        if request.method in {"POST", "PATCH", "PUT"}:
            _check_may_send(person)
        return await act(request, person, upload_id)

    def _acts(self, what: str | None) -> Mapping[str, _Act]:
        """What may be asked of an upload ("") or a part of it; None: of all uploads."""
        if what is None:
            return {"POST": self._create}
        if what == "index":
            return {"PUT": self._take_index}
        if what:
            raise UnknownUpload(what)
        return {
            "HEAD": self._look, "GET": self._give, "PATCH": self._append,
            "DELETE": self._give_up,
        }  # fmt: skip

    async def _create(self, request: Request, person: _Person, _id: str) -> Answer:
        asked = protocol.read_creation(request.headers)
        common = {
            "person_id": person.person_id,
            "name": clean_line(asked.name)[:300] or UNNAMED,
            "metadata": asked.metadata,
            "at": clock.now(),
        }
        if asked.size_bytes is None:
            made = await self._in_thread(
                uploads.join, part_ids=asked.part_ids, concat=asked.concat, **common
            )
        else:
            made = await self._in_thread(
                _begin, size_bytes=asked.size_bytes,
                is_partial=asked.is_partial, **common,
            )  # fmt: skip
        # Whole: one client takes the beginning slash of a path for a mistake.
        where = f"{request.origin}{PREFIX}{made.upload_id}"
        headers = {"location": where, **_expiry(made)}
        if request.headers.get("content-type") == protocol.OFFSET_TYPE:
            offset = await self._take(request, made, offset=0)
            headers["upload-offset"] = str(offset)
        return Answer(status=201, headers=headers)

    async def _look(self, _: Request, person: _Person, upload_id: str) -> Answer:
        # Who asks wants to go on: the offset must not move under them.
        await self._end_others(await self._find(upload_id, person))
        found = await self._find(upload_id, person)
        headers = {
            "upload-offset": str(found.received_bytes),
            "upload-length": str(found.size_bytes),
            **_expiry(found),
        }
        if found.metadata:
            headers["upload-metadata"] = found.metadata
        if found.concat:
            headers["upload-concat"] = found.concat
        return Answer(status=200, headers=headers)

    async def _give(self, _: Request, person: _Person, upload_id: str) -> Answer:
        found = await self._find(upload_id, person)
        file = await self._in_thread(parts.read, upload_id)
        headers = {
            "content-type": "application/octet-stream",
            "content-disposition": "attachment",
            "cross-origin-resource-policy": "same-origin",
            "upload-offset": str(found.received_bytes),
        }
        return Answer(status=200, headers=headers, file=(file, found.received_bytes))

    async def _append(
        self, request: Request, person: _Person, upload_id: str
    ) -> Answer:
        if request.headers.get("content-type") != protocol.OFFSET_TYPE:
            sentence = f"A part has the Content-Type {protocol.OFFSET_TYPE}."
            return refusal(415, "content_type", sentence)
        offset = protocol.read_number(request.headers, "upload-offset")
        found = await self._find(upload_id, person)
        received = await self._take(request, found, offset=offset)
        headers = {"upload-offset": str(received), **_expiry(found)}
        return Answer(status=204, headers=headers)

    async def _give_up(self, _: Request, person: _Person, upload_id: str) -> Answer:
        await self._in_thread(
            uploads.give_up, upload_id=upload_id, person_id=person.person_id
        )
        if writing := self._writing.get(upload_id):
            writing.set()
        return Answer(status=204)

    async def _take_index(
        self, request: Request, person: _Person, upload_id: str
    ) -> Answer:
        """Keep the index of a film that is sent before its turn comes."""
        found = await self._find(upload_id, person)
        offset = protocol.read_number(request.headers, "upload-offset")
        size = request.announced_bytes
        if not 0 < size <= min(MOST_INDEX_BYTES, found.size_bytes - offset):
            sentence = f"An index has 1 to {MOST_INDEX_BYTES} bytes of the film."
            return refusal(413, "index_size", sentence)
        data = bytearray()
        never = asyncio.get_running_loop().create_future()
        async for piece in request.body(never):
            data += piece
            if len(data) > size:
                raise Gone
        is_kept = await self._in_thread(
            ahead.take_index, upload_id=upload_id, offset=offset, data=data
        )
        if is_kept:
            return Answer(status=204)
        sentence = "This index is of no use: the film is prepared when all of it is here."
        return refusal(422, "index_useless", sentence)

    async def _find(self, upload_id: str, person: _Person) -> UploadView:
        found: UploadView = await self._in_thread(
            uploads.find,
            upload_id=upload_id,
            person_id=person.person_id,
            at=clock.now(),
        )
        if not found.is_sent_in_parts:
            raise UnknownUpload(upload_id)  # others write to it
        return found

    # -- a part

    async def _take(self, request: Request, view: UploadView, *, offset: int) -> int:
        """Append the body; return how many bytes of the upload are here now."""
        digest = protocol.read_digest(request.headers)
        await self._end_others(view)
        stop = self._writing[view.upload_id] = asyncio.Event()
        try:
            writer: PartWriter = await self._in_thread(
                uploads.writer, view, offset=offset, digest=digest,
                announced_bytes=request.announced_bytes,
            )  # fmt: skip
            try:
                await self._copy(request, writer, stop)
                received: int = await self._in_thread(writer.commit)
            finally:
                await self._in_thread(writer.close)
            return received
        finally:
            if self._writing.get(view.upload_id) is stop:
                del self._writing[view.upload_id]

    async def _end_others(self, view: UploadView) -> None:
        """Tell who writes to it to stop, and wait for it. Raises UploadBusy."""
        loop = asyncio.get_running_loop()
        until = loop.time() + HAND_OVER_S
        while other := self._writing.get(view.upload_id):
            other.set()
            if loop.time() > until:
                raise UploadBusy(view.name)
            await asyncio.sleep(0.02)

    async def _copy(
        self, request: Request, writer: PartWriter, stop: asyncio.Event
    ) -> None:
        """Write the body as it comes; raises Gone when it breaks off.

        What came before stays, unless there is a digest that cannot be right then.
        """
        stopped = asyncio.ensure_future(stop.wait())
        waiting: list[bytes] = []
        size = 0
        try:
            async for data in request.body(stopped):
                waiting.append(data)
                size += len(data)
                if size >= WRITE_BYTES:
                    # Taken out first: what is refused must not be written below.
                    whole, waiting, size = b"".join(waiting), [], 0
                    await self._in_thread(writer.write, whole)
        finally:
            stopped.cancel()
            if waiting:
                await self._in_thread(writer.write, b"".join(waiting))

    async def _in_thread(
        self, function: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        def call() -> Any:
            close_old_connections()
            try:
                return function(*args, **kwargs)
            finally:
                close_old_connections()

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call)


def _begin(*, person_id: str, name: str, size_bytes: int, **more: Any) -> UploadView:
    quotas.check_person(person_id=person_id, name=name, size_bytes=size_bytes)
    return uploads.begin(
        person_id=person_id, name=name, size_bytes=size_bytes, **more
    )


def _who(request: Request, cookie_name: str) -> _Person | None:
    secret = secret_in(request.headers.get("authorization", ""))
    if secret is not None:
        person = people.person_of_token(secret)
    else:
        try:
            cookies = SimpleCookie(request.headers.get("cookie", ""))
        except CookieError:
            return None
        key = cookies[cookie_name].value if cookie_name in cookies else ""
        person = people.person_of_session(key) if key else None
    if person is None:
        return None
    return _Person(
        person_id=person.public_id, language=person.language, rights=rights_of(person)
    )


def _check_may_send(person: _Person) -> None:
    """Whoever may publish nowhere sends nothing. Raises NotAllowed."""
    if not person.rights.may_anywhere(Action.UPLOAD):
        raise NotAllowed


def _unspoken(request: Request) -> Answer | None:
    """Answer what needs no person: OPTIONS, and another version of the protocol."""
    if request.method == "OPTIONS":
        return Answer(
            status=204,
            headers={
                "tus-version": protocol.VERSION,
                "tus-extension": ",".join(protocol.EXTENSIONS),
                "tus-max-size": str(conf.get().uploads.max_bytes),
                "tus-checksum-algorithm": ",".join(DIGESTS),
                **protocol.ASKED_FIRST,
            },
        )
    # Who reads changes nothing, and tus says nothing of GET.
    is_reading = request.method == "GET"
    version = request.headers.get("tus-resumable", "").strip()
    if not is_reading and version != protocol.VERSION:
        sentence = f"Send Tus-Resumable: {protocol.VERSION}."
        return refusal(412, "version", sentence, **{"tus-version": protocol.VERSION})
    return None


def _expiry(view: UploadView) -> dict[str, str]:
    return {"upload-expires": protocol.http_date(view.expires_at)}


def _translated(error: LucarneError, person: _Person | None) -> Answer:
    with override(person.language if person else None):
        return refusal(_STATUS.get(error.code, 400), error.code, str(error))


_STRANGER: Final = refusal(
    401,
    "sign_in",
    "Sign in, or send a token: Authorization: Bearer …",
    **{"www-authenticate": "Bearer"},
)
