"""How jobs are named: ``<kind>:<key>``, so that the same work has the same name.

And what DBOS calls ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

# Bump only when the order of steps inside a workflow changes; ours have no steps.
VERSION: Final = "engine-1"
APPLICATION: Final = "lucarne"
WORKFLOW: Final = "lucarne.job"
SERIALIZATION: Final = "lucarne_json"

_KIND: Final = re.compile(r"[a-z][a-z0-9_.]{0,59}")
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+@\-]{0,199}")


def job_id(kind: str, key: str) -> str:
    """Name a job; raises ValueError for an odd kind or key."""
    if not _KIND.fullmatch(kind) or not _KEY.fullmatch(key):
        msg = f"a job's kind or key is not well formed: {kind!r} {key!r}"
        raise ValueError(msg)
    return f"{kind}:{key}"


def split(name: str) -> tuple[str, str]:
    """Return kind and key of a job's id."""
    kind, _, key = name.partition(":")
    return kind, key


def plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords as a reader of JSON sees them; TypeError if they are not."""
    copied: dict[str, Any] = json.loads(json.dumps(dict(arguments)))
    return copied
