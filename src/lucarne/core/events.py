"""How a lower room tells the rooms above it: an event, delivered after commit.

    @dataclass(frozen=True, kw_only=True)
    class AssetReady: ...

    @events.subscribe(AssetReady)          # in hooks.py of an upper room
    def show_it(event: AssetReady) -> None: ...

    events.publish(AssetReady(...))        # in operations.py of the lower room

A rollback delivers nothing. A handler that raises is logged and does not keep the
others, or the publisher, from going on: what must not be lost is a job, not an event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

Event = TypeVar("Event")
Handler = Callable[[Event], object]

_log = logging.getLogger(__name__)
_handlers: dict[type, list[Callable[[Any], object]]] = {}


def subscribe(kind: type[Event]) -> Callable[[Handler[Event]], Handler[Event]]:
    """Have the function called with every event of exactly this class."""

    def register(handler: Handler[Event]) -> Handler[Event]:
        known = _handlers.setdefault(kind, [])
        if handler not in known:
            known.append(handler)
        return handler

    return register


def unsubscribe(kind: type[Event], handler: Handler[Event]) -> None:
    """Stop calling the function; unknown ones are ignored."""
    if handler in _handlers.get(kind, []):
        _handlers[kind].remove(handler)


def publish(event: object) -> None:
    """Deliver the event once the surrounding transaction has committed."""
    transaction.on_commit(lambda: _deliver(event))


def _deliver(event: object) -> None:
    for handler in tuple(_handlers.get(type(event), ())):
        try:
            handler(event)
        except Exception:  # noqa: BLE001  the others must still hear of it
            _log.exception("%s failed on %s", handler.__qualname__, event)
