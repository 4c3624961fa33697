"""Where media content lives: one port, a disk store, and a double for tests."""

from __future__ import annotations

from lucarne.core import conf
from lucarne.core.storage.disk import DiskStore
from lucarne.core.storage.memory import MemoryStore
from lucarne.core.storage.port import BadKey, NotStored, Store

__all__ = [
    "BadKey",
    "DiskStore",
    "MemoryStore",
    "NotStored",
    "Store",
    "get_store",
    "set_store",
]

_chosen: Store | None = None


def get_store() -> Store:
    """Return the store that the settings name, or what ``set_store`` chose."""
    return _chosen if _chosen is not None else DiskStore(conf.get().paths.store)


def set_store(store: Store | None) -> None:
    """Use another store in this process (tests); None goes back to the settings."""
    global _chosen  # noqa: PLW0603  one process, one store
    _chosen = store
