"""Plans as canonical JSON: what is stored, and what a plan's id is made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, fields, is_dataclass, replace
from fractions import Fraction
from types import UnionType
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

from lucarne_engine.plan.model import Plan

# Raise when the same plan gives other bytes (encoder settings, filters, fragments):
# the id is part of immutable URLs.
RECIPE: Final = 9


def to_json(plan: Plan) -> str:
    """Write canonical JSON: sorted keys, no spaces, fractions as "num/den"."""
    return _dump(_to_data(plan))


def from_json(text: str) -> Plan:
    """Read the plan that ``to_json`` wrote. Raises ``ValueError`` for anything else."""
    try:
        return cast("Plan", _from_data(Plan, json.loads(text)))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a plan: {error}") from error


def plan_id(plan: Plan) -> str:
    """Make twelve hex digits that name everything in the plan but the id itself."""
    content = {**_to_data(plan), "id": "", "recipe": RECIPE}
    return hashlib.sha256(_dump(content).encode()).hexdigest()[:12]


def with_id(plan: Plan) -> Plan:
    """Return the same plan carrying its id."""
    return replace(plan, id=plan_id(plan))


def _dump(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _to_data(value: Any) -> Any:
    if is_dataclass(value):
        # What is nothing by default is not written: plans without it keep their ids.
        return {
            f.name: _to_data(own)
            for f in fields(value)
            if (own := getattr(value, f.name)) is not None or f.default is not None
        }
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        return [_to_data(item) for item in value]
    return value


def _from_data(kind: Any, data: Any) -> Any:
    if get_origin(kind) is UnionType:
        kind = None if data is None else get_args(kind)[0]
    if kind is None:
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        # What an older plan does not name has its default.
        optional = {f.name for f in fields(kind) if f.default is not MISSING}
        names = [name for name in hints if name in data or name not in optional]
        return kind(**{name: _from_data(hints[name], data[name]) for name in names})
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        return tuple(_from_data(item, value) for value in data)
    if kind is Fraction:
        return Fraction(data)
    if type(data) is not kind:
        raise TypeError(f"{data!r} is no {kind.__name__}")
    return data
