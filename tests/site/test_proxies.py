from __future__ import annotations

from typing import Any

import pytest

from lucarne.site.proxies import believed, networks

TRUSTED = networks(["127.0.0.1", "10.0.0.0/8", "::1"])


def _scope(client: str, **headers: str) -> dict[str, Any]:
    return {
        "client": (client, 5), "scheme": "http",
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.5", "6.6.6.6", "203.0.113.5"),
    ],
)
def test_who_asks(client: str, forwarded: str, expected: str) -> None:
    found = believed(_scope(client, x_forwarded_for=forwarded), TRUSTED)
    assert found["client"][0] == expected


def test_the_scheme_is_believed_from_a_proxy_only() -> None:
    for client, scheme in (("127.0.0.1", "https"), ("203.0.113.5", "http")):
        found = believed(_scope(client, x_forwarded_proto="https"), TRUSTED)
        assert found["scheme"] == scheme


def test_nonsense_is_not_believed() -> None:
    found = believed(_scope("127.0.0.1", x_forwarded_proto="javascript"), TRUSTED)
    assert found["scheme"] == "http"


def test_without_trusted_proxies_nothing_changes() -> None:
    scope = _scope("127.0.0.1", x_forwarded_for="1.2.3.4")
    assert believed(scope, ()) is scope
