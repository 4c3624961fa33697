"""Public ids: opaque, unguessable, with a prefix that says what they name.

Sixteen characters of a 32-letter alphabet are 80 random bits. The alphabet is
Crockford's base 32 in lower case: no i, l, o or u, so that an id can be read aloud.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH: Final = 16
_PREFIX: Final = re.compile(r"[a-z]{2,5}")
_BODY: Final = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


def new(prefix: str) -> str:
    """Make an id such as ``vid_4k2m…``; raises ValueError for an odd prefix."""
    if not _PREFIX.fullmatch(prefix):
        msg = f"an id's prefix is two to five letters, not {prefix!r}"
        raise ValueError(msg)
    # Asked for at once: a list of members needs tens of thousands.
    body = "".join(
        ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(LENGTH)
    )
    return f"{prefix}_{body}"


def is_valid(public_id: str, prefix: str) -> bool:
    """Say whether the text has the form of an id with this prefix."""
    start, _, body = public_id.partition("_")
    return start == prefix and _BODY.fullmatch(body) is not None
