"""The door for uploads that can be resumed: tus 1.0 at /uploads/.

    OPTIONS /uploads/        what is spoken here (open to all)
    POST    /uploads/        announce a film, or a part of one; or join parts
    HEAD    /uploads/<id>    how much has arrived
    PATCH   /uploads/<id>    the next bytes
    DELETE  /uploads/<id>    give it up

A native ASGI application: a part passes through this process a megabyte at a time,
and goes to the disk by threads. Everybody but OPTIONS needs the session of a person
who signed in, or a token (``Authorization: Bearer …``). Other sites cannot use the
session: no request is understood without Tus-Resumable, which browsers send nowhere
that does not allow it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from django.db import close_old_connections
from django.utils.translation import override

from lucarne.accounts import queries as people
from lucarne.api import protocol
from lucarne.api.protocol import BadRequest
from lucarne.catalog import quotas
from lucarne.catalog.errors import NotAllowed
from lucarne.catalog.names import UNNAMED, clean_line
from lucarne.catalog.rights import Action, Rights, rights_of
from lucarne.core import clock, conf
from lucarne.core.errors import LucarneError
from lucarne.media import uploads
from lucarne.media.errors import UnknownUpload, UploadBusy
from lucarne.media.parts import DIGESTS, PartWriter
from lucarne.media.uploads import UploadView

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PREFIX: Final = uploads.ADDRESS
THREADS: Final = 8
WRITE_BYTES: Final = 1024 * 1024
# A client that lost its network comes back before its old connection is known dead:
# the old one is told to stop, and may take this long to do it.
HAND_OVER_S: Final = 5.0
_STATUS: Final = {
    "unknown_upload": 404, "wrong_offset": 409, "too_large": 413, "too_much": 413,
    "upload_busy": 423, "wrong_digest": 460, "disk_full": 507, "upload_whole": 403,
    "upload_unfinished": 400, "over_quota": 413, "not_allowed": 403,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class _Person:
    person_id: str
    language: str
    rights: Rights


class _Gone(Exception):
    """The client left, or came back by another connection."""


class TusServer:
    """An ASGI application for everything below /uploads/."""

    def __init__(self, *, session_cookie: str) -> None:
        self._cookie = session_cookie
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="uploads")
        # By upload, who writes to it: set to make them stop.
        self._writing: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = _Request.read(scope, receive)
        person: _Person | None = None
        try:
            if refused := _unspoken(request):
                answer = refused
            else:
                person = await self._in_thread(_who, request, self._cookie)
                answer = await self._answer(request, person) if person else _STRANGER
        except BadRequest as error:
            answer = _refusal(400, "bad_request", str(error))
        except LucarneError as error:
            answer = _translated(error, person)
        except _Gone:
            answer = _refusal(408, "upload_broken", "The part broke off.")
        await _reply(answer, send, has_body=request.method != "HEAD")

    async def _answer(self, request: _Request, person: _Person) -> Answer:
        upload_id = request.path.removeprefix(PREFIX.rstrip("/")).strip("/")
        act = {
            (False, "POST"): self._create,
            (True, "HEAD"): self._look,
            (True, "PATCH"): self._append,
            (True, "DELETE"): self._give_up,
        }.get((bool(upload_id), request.method))
        if act is None:
            allowed = "OPTIONS, HEAD, PATCH, DELETE" if upload_id else "OPTIONS, POST"
            sentence = f"Only {allowed} work here."
            return _refusal(405, "method", sentence, allow=allowed)
        sends = request.method in {"POST", "PATCH"}
        if sends and not person.rights.may_anywhere(Action.UPLOAD):
            raise NotAllowed  # whoever may publish nowhere sends nothing
        return await act(request, person, upload_id)

    async def _create(self, request: _Request, person: _Person, _id: str) -> Answer:
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

    async def _look(self, _: _Request, person: _Person, upload_id: str) -> Answer:
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

    async def _append(
        self, request: _Request, person: _Person, upload_id: str
    ) -> Answer:
        if request.headers.get("content-type") != protocol.OFFSET_TYPE:
            sentence = f"A part has the Content-Type {protocol.OFFSET_TYPE}."
            return _refusal(415, "content_type", sentence)
        offset = protocol.read_number(request.headers, "upload-offset")
        found = await self._find(upload_id, person)
        received = await self._take(request, found, offset=offset)
        headers = {"upload-offset": str(received), **_expiry(found)}
        return Answer(status=204, headers=headers)

    async def _give_up(self, _: _Request, person: _Person, upload_id: str) -> Answer:
        await self._in_thread(
            uploads.give_up, upload_id=upload_id, person_id=person.person_id
        )
        if writing := self._writing.get(upload_id):
            writing.set()
        return Answer(status=204)

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

    async def _take(self, request: _Request, view: UploadView, *, offset: int) -> int:
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
        self, request: _Request, writer: PartWriter, stop: asyncio.Event
    ) -> None:
        """Write the body as it comes; raises _Gone when it breaks off.

        What came before stays, unless there is a digest that cannot be right then.
        """
        stopped = asyncio.ensure_future(stop.wait())
        waiting: list[bytes] = []
        size = 0
        try:
            async for data in _body(request.receive, stopped):
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


@dataclass(frozen=True, kw_only=True)
class _Request:
    method: str
    path: str
    origin: str  # scheme and host, as the client wrote them
    headers: Mapping[str, str]
    receive: Receive

    @classmethod
    def read(cls, scope: Scope, receive: Receive) -> _Request:
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        method: str = headers.get("x-http-method-override") or scope["method"]
        return cls(
            method=method.strip().upper(),
            path=scope["path"],
            origin=f"{scope['scheme']}://{headers.get('host', '')}",
            headers=headers,
            receive=receive,
        )

    @property
    def announced_bytes(self) -> int:
        """The length of the body; 0 when it is not said."""
        length = self.headers.get("content-length", "")
        return int(length) if length.isdecimal() and len(length) < 19 else 0


async def _body(receive: Receive, stopped: asyncio.Future[Any]) -> AsyncIterator[bytes]:
    """Give the body as it comes. Raises _Gone when it breaks off or is stopped."""
    while True:
        message = asyncio.ensure_future(receive())
        await asyncio.sleep(0)  # most pieces are here already
        if not message.done():
            await asyncio.wait(
                {message, stopped}, return_when=asyncio.FIRST_COMPLETED
            )
        if not message.done() or stopped.done():
            message.cancel()
            raise _Gone
        event = message.result()
        if event["type"] == "http.disconnect":
            raise _Gone
        if event.get("body"):
            yield event["body"]
        if not event.get("more_body"):
            return


def _begin(*, person_id: str, name: str, size_bytes: int, **more: Any) -> UploadView:
    quotas.check_person(person_id=person_id, name=name, size_bytes=size_bytes)
    return uploads.begin(
        person_id=person_id, name=name, size_bytes=size_bytes, **more
    )


def _who(request: _Request, cookie_name: str) -> _Person | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        person = people.person_of_token(secret.strip())
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


def _unspoken(request: _Request) -> Answer | None:
    """Answer what needs no person: OPTIONS, and another version of the protocol."""
    if request.method == "OPTIONS":
        return Answer(
            status=204,
            headers={
                "tus-version": protocol.VERSION,
                "tus-extension": ",".join(protocol.EXTENSIONS),
                "tus-max-size": str(conf.get().uploads.max_bytes),
                "tus-checksum-algorithm": ",".join(DIGESTS),
            },
        )
    if request.headers.get("tus-resumable", "").strip() != protocol.VERSION:
        sentence = f"Send Tus-Resumable: {protocol.VERSION}."
        return _refusal(412, "version", sentence, **{"tus-version": protocol.VERSION})
    return None


def _expiry(view: UploadView) -> dict[str, str]:
    return {"upload-expires": protocol.http_date(view.expires_at)}


def _refusal(status: int, code: str, sentence: str, **headers: str) -> Answer:
    return Answer(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=json.dumps({"code": code, "error": sentence}).encode(),
    )


def _translated(error: LucarneError, person: _Person | None) -> Answer:
    with override(person.language if person else None):
        return _refusal(_STATUS.get(error.code, 400), error.code, str(error))


_STRANGER: Final = _refusal(
    401,
    "sign_in",
    "Sign in, or send a token: Authorization: Bearer …",
    **{"www-authenticate": "Bearer"},
)


async def _reply(answer: Answer, send: Send, *, has_body: bool) -> None:
    body = answer.body if has_body else b""
    headers = {
        "tus-resumable": protocol.VERSION,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **answer.headers,
    }
    if answer.status != 204:
        headers["content-length"] = str(len(body))
    encoded = [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": encoded}
    )
    await send({"type": "http.response.body", "body": body})
