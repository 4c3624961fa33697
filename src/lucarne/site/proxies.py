"""Whom a request comes from, when a proxy that we trust stands in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """Parse addresses and networks; raises ValueError for what is neither."""
    return tuple(ip_network(name, strict=False) for name in names)


def believed(
    scope: Mapping[str, Any], trusted: tuple[Network, ...]
) -> Mapping[str, Any]:
    """Return the scope with the client and scheme that trusted proxies report.

    X-Forwarded-For is read from its end: whatever stands left of the first address
    that is no proxy of ours was written by a stranger.
    """
    client = scope.get("client")
    if not trusted or not client or not _is_in(client[0], trusted):
        return scope
    headers = dict(scope["headers"])
    changed = dict(scope)
    chain = [part.strip() for part in _text(headers, b"x-forwarded-for").split(",")]
    for address in reversed([part for part in chain if part]):
        changed["client"] = (address, 0)
        if not _is_in(address, trusted):
            break
    scheme = _text(headers, b"x-forwarded-proto").rpartition(",")[2].strip().lower()
    if scheme in {"http", "https"}:
        changed["scheme"] = scheme
    return changed


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _is_in(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip.version == net.version and ip in net for net in trusted)
