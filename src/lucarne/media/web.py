"""Asking other servers for a film, and never one of our own network's.

Every name is resolved here, every address that comes of it is judged, and the
connection goes to the address that was judged: a name whose answer changes in between
(DNS rebinding) leads nowhere else. Each redirect goes through the same door.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from lucarne.core import conf
from lucarne.media.errors import NotFetched

MOST_REDIRECTS: Final = 8
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# How long another server may say nothing.
SILENCE_S: Final = 60.0
_PORTS: Final = {"http": 80, "https": 443}
# An IPv4 address in the last four bytes of an IPv6 one (RFC 6052, 2.1).
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_KEPT: Final = "%/:=&?~+!$,;'@()*[]"

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What another server says; ``read`` gives its next bytes, b"" at the end."""

    status: int
    headers: Message
    url: str  # behind all redirects
    _response: http.client.HTTPResponse

    def read(self, size: int) -> bytes:
        return self._response.read1(size)


def shown(url: str) -> str:
    """An address as it may be shown: without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"[:300] or url[:300]


def is_public(address: str) -> bool:
    """Whether an address is one of the internet's, and not of a network inside it.

    What an IPv6 address carries within (mapped, 6to4, Teredo, NAT64) must be so too.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(
        one.is_global and not one.is_multicast and not one.is_reserved
        for one in (_inner(ip) or (ip,))
    )


def _inner(ip: _Address) -> tuple[_Address, ...]:
    if isinstance(ip, ipaddress.IPv4Address):
        return ()
    if ip in _NAT64:
        return (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF),)
    if ip.teredo:
        return ip.teredo
    embedded = ip.ipv4_mapped or ip.sixtofour
    return (embedded,) if embedded else ()


def check_form(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port. Raises NotFetched for what is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # a port, a bracket or a name that cannot be
        raise NotFetched("bad_address", name=url[:300]) from None
    is_plain = parts.username is None and parts.password is None
    if parts.scheme not in _PORTS or not host or not is_plain:
        raise NotFetched("bad_address", name=shown(url))
    return parts.scheme, host, port or _PORTS[parts.scheme]


@contextlib.contextmanager
def asked(
    url: str, *, headers: Mapping[str, str], seconds: float
) -> Iterator[Answer]:
    """Ask for a page or a film, whatever redirects lie between.

    After so many seconds the connection is cut, wherever it is. Raises NotFetched, or
    OSError and http.client.HTTPException when the network or the server fails.
    """
    with contextlib.ExitStack() as open_:
        for _ in range(MOST_REDIRECTS + 1):
            connection = _Connection(url)
            open_.callback(connection.close)
            cut = threading.Timer(max(0.1, seconds), connection.cut)
            cut.daemon = True
            cut.start()
            open_.callback(cut.cancel)
            connection.request(
                "GET",
                _target(url),
                headers={"Accept-Encoding": "identity", "User-Agent": "Lucarne"}
                | dict(headers),
            )
            response = connection.getresponse()
            if response.status not in _REDIRECTS:
                yield Answer(
                    status=response.status, headers=response.headers, url=url,
                    _response=response,
                )  # fmt: skip
                return
            url = urljoin(url, response.headers.get("Location", ""))
            open_.close()
        raise NotFetched("fetch_refused", name=shown(url))


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=_KEPT)
    return f"{path}?{quote(parts.query, safe=_KEPT)}" if parts.query else path


class _Connection(http.client.HTTPConnection):
    """Connects to an address that was judged, whatever its name says by then."""

    def __init__(self, url: str) -> None:
        self._scheme, host, port = check_form(url)
        self._shown = shown(url)
        super().__init__(host, port, timeout=SILENCE_S)
        # Not said when it is the usual one: some servers know only their name.
        self.default_port = _PORTS[self._scheme]

    def connect(self) -> None:
        failed: OSError | None = None
        for family, kind, protocol, _, address in self._judged():
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(SILENCE_S)
                sock.connect(address)
                if self._scheme == "https":
                    context = ssl.create_default_context()
                    self.sock = context.wrap_socket(sock, server_hostname=self.host)
                else:
                    self.sock = sock
            except OSError as error:
                sock.close()
                failed = error
            else:
                return
        raise failed or OSError("no address")

    def _judged(self) -> list[tuple[Any, ...]]:
        """Resolve the name. Raises NotFetched if any answer is not of the internet."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        is_open = conf.get().uploads.fetch_private_networks
        if not is_open and not all(is_public(str(one[4][0])) for one in found):
            raise NotFetched("private_address", name=self._shown)
        return list(found)

    def cut(self) -> None:
        """End it from another thread, even in the middle of a read."""
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
