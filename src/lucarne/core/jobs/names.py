"""How jobs are named: ``<kind>:<key>``, and ``<kind>:<key>#2`` for the second run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_KIND: Final = re.compile(r"[a-z][a-z0-9_.]{0,59}")
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./+@\-]{0,199}")


def job_id(kind: str, key: str, run: int = 1) -> str:
    """Name the n-th run of a job; raises ValueError for an odd kind or key."""
    if not _KIND.fullmatch(kind) or not _KEY.fullmatch(key):
        msg = f"a job's kind or key is not well formed: {kind!r} {key!r}"
        raise ValueError(msg)
    return f"{kind}:{key}" if run == 1 else f"{kind}:{key}#{run}"


def split(name: str) -> tuple[str, str, int]:
    """Return kind, key and run of a job's id."""
    kind, _, rest = name.partition(":")
    key, _, run = rest.partition("#")
    return kind, key, int(run) if run.isdigit() else 1


def run_of(name: str) -> int:
    """Return 1 for the first run of a job, 2 for the next."""
    return split(name)[2]


def plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords as a reader of JSON sees them; TypeError if they are not."""
    copied: dict[str, Any] = json.loads(json.dumps(dict(arguments)))
    return copied
