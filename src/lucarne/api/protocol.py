"""What tus 1.0 says in headers: read here, once, and refused when it makes no sense.

https://tus.io/protocols/resumable-upload (version 1.0.0): the core protocol and the
extensions creation, creation-with-upload, expiration, checksum, termination and
concatenation.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from lucarne.media.parts import DIGESTS

VERSION: Final = "1.0.0"
EXTENSIONS: Final = (
    "creation",
    "creation-with-upload",
    "expiration",
    "checksum",
    "termination",
    "concatenation",
)
OFFSET_TYPE: Final = "application/offset+octet-stream"
# What pages of other sites may do, with a token: "*" allows no cookie
# (https://fetch.spec.whatwg.org/#http-cors-protocol).
ACROSS_SITES: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": (
        "Location, Tus-Version, Tus-Resumable, Tus-Max-Size, Tus-Extension,"
        " Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Metadata,"
        " Upload-Concat, Upload-Expires"
    ),
}
ASKED_FIRST: Final = {
    "access-control-allow-methods": "POST, HEAD, GET, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": (
        "Authorization, Content-Type, Tus-Resumable, Upload-Offset, Upload-Length,"
        " Upload-Metadata, Upload-Concat, Upload-Checksum, X-HTTP-Method-Override,"
        " X-Requested-With, X-Request-ID"
    ),
    "access-control-max-age": "86400",
}
METADATA_MAX: Final = 8 * 1024
MOST_PARTS: Final = 1000
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_KEY: Final = re.compile(r"[!-+\--~]+")  # ASCII without space and comma
_LENGTHS: Final = {"sha1": 20, "sha256": 32, "sha512": 64, "md5": 16}


class BadRequest(ValueError):
    """A header that the protocol does not allow; the text says which, and why."""


@dataclass(frozen=True, kw_only=True)
class Creation:
    """What a POST announces."""

    size_bytes: int | None  # None: that of the parts it is put together from
    name: str
    metadata: str
    concat: str
    is_partial: bool
    part_ids: tuple[str, ...]


def read_creation(headers: Mapping[str, str]) -> Creation:
    """Read the headers of a POST. Raises BadRequest."""
    metadata = headers.get("upload-metadata", "")
    values = read_metadata(metadata)
    concat = headers.get("upload-concat", "").strip()
    is_final = concat.startswith("final;")
    if concat and not is_final and concat != "partial":
        raise BadRequest("Upload-Concat is “partial”, or “final;” and addresses.")
    part_ids = _part_ids(concat) if is_final else ()
    if "upload-defer-length" in headers:
        raise BadRequest("Upload-Defer-Length is not supported: send Upload-Length.")
    if is_final and "upload-length" in headers:
        raise BadRequest("A final upload has no Upload-Length of its own.")
    size = None if is_final else read_number(headers, "upload-length")
    return Creation(
        size_bytes=size,
        name=values.get("filename") or values.get("name") or "",
        metadata=metadata,
        concat=concat,
        is_partial=concat == "partial",
        part_ids=part_ids,
    )


def read_number(headers: Mapping[str, str], name: str) -> int:
    """Read a header that is a number of bytes, 0 or more. Raises BadRequest."""
    text = headers.get(name, "").strip()
    if not _NUMBER.fullmatch(text):
        raise BadRequest(f"{name.title()} must be a number of bytes, 0 or more.")
    return int(text)


def read_metadata(header: str) -> dict[str, str]:
    """Read ``key base64, key base64, …``; bytes that are no text are replaced.

    Raises BadRequest for an empty or repeated key, or a value that is not Base64.
    """
    if len(header) > METADATA_MAX:
        raise BadRequest(f"Upload-Metadata is longer than {METADATA_MAX} bytes.")
    values: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in values:
            raise BadRequest("Upload-Metadata has an empty, odd or repeated key.")
        values[key] = _decode(value.strip(), "Upload-Metadata").decode(
            "utf-8", "replace"
        )
    return values


def read_digest(headers: Mapping[str, str]) -> tuple[str, bytes] | None:
    """Read Upload-Checksum: name and value, or None. Raises BadRequest."""
    header = headers.get("upload-checksum")
    if header is None:
        return None
    name, _, value = header.strip().partition(" ")
    if name not in DIGESTS:
        raise BadRequest(f"Upload-Checksum knows {', '.join(DIGESTS)}, not “{name}”.")
    digest = _decode(value.strip(), "Upload-Checksum")
    if len(digest) != _LENGTHS[name]:
        raise BadRequest(f"This is no {name}: it has {len(digest)} bytes.")
    return name, digest


def http_date(at: datetime) -> str:
    """Write a time as HTTP does (RFC 9110, 5.6.7); ``at`` is aware."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _part_ids(concat: str) -> tuple[str, ...]:
    """Take the last piece of each address, whole or relative."""
    addresses = concat.removeprefix("final;").split()
    found = tuple(address.rstrip("/").rpartition("/")[2] for address in addresses)
    if not 1 <= len(found) <= MOST_PARTS or len(set(found)) < len(found):
        raise BadRequest(f"A final upload names 1 to {MOST_PARTS} parts, each once.")
    return found


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(f"{what} holds something that is not Base64.") from None
