"""What a program shows with every request: a token (RFC 6750, section 2.1)."""

from __future__ import annotations


def secret_in(authorization: str) -> str | None:
    """Return the token of an ``Authorization`` header; None when it holds none."""
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None
