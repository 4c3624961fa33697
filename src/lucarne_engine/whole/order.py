"""What is wanted of one film."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lucarne_engine.plan.model import Plan, Policy
from lucarne_engine.probe.report import SourceReport

READ_WHOLE: Final = 64 << 20  # bytes
_BLOCKS: Final = 64
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Order:
    """A film and what to make of it."""

    source: Path
    film: str  # its ``identity``
    report: SourceReport
    policy: Policy
    plan: Plan  # of ``report`` and ``policy``
    codecs: tuple[str, ...] = ()  # of the fine ladder; () is the plan's own ladder


def identity(path: Path) -> str:
    """Name a film by its bytes: two films may well have the same plan.

    Of a large film, its size and a megabyte from each of 64 places are looked at.
    Raises OSError.
    """
    size = path.stat().st_size
    digest = hashlib.blake2b(str(size).encode(), digest_size=12)
    with path.open("rb") as file:
        if size <= READ_WHOLE:
            digest.update(file.read())
        else:
            for number in range(_BLOCKS):
                file.seek((size - _BLOCK) * number // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK))
    return digest.hexdigest()
