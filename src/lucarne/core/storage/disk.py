"""A store that is a folder. Content is moved into place with one rename."""

from __future__ import annotations

import contextlib
import errno
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lucarne.core.storage.port import NotStored, checked, checked_prefix

# Begins with a dot, as no key can: half-written content is never listed or served.
_DRAFTS: Final = ".drafts"
_TRIES: Final = 20


class DiskStore:
    """See ``port.Store``. Drafts live in ``.drafts`` on the same file system.

    There is no fsync: after a power cut a key may be missing or empty, and the job
    that made it runs again, since its row was not committed or is checked.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def put_file(self, source: Path, key: str) -> None:
        target = self._path(key)
        try:
            self._place(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._via_draft(lambda draft: _copy(source, draft), target)
            source.unlink()

    def put_bytes(self, data: bytes, key: str) -> None:
        self._via_draft(lambda draft: _write(data, draft), self._path(key))

    def local_path(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise NotStored(key)
        return path

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotStored(key) from None

    def size(self, key: str) -> int:
        return self.local_path(key).stat().st_size

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> bool:
        path = self._path(key)
        if not path.is_file():
            return False
        path.unlink(missing_ok=True)
        self._prune(path.parent)
        return True

    def delete_prefix(self, prefix: str) -> int:
        folder = self._folder(prefix)
        count = sum(1 for _ in self.keys(prefix))
        if folder == self.root:
            for child in self._children(folder):
                shutil.rmtree(child) if child.is_dir() else child.unlink()
        else:
            shutil.rmtree(folder, ignore_errors=not folder.is_dir())
            self._prune(folder.parent)
        return count

    def keys(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        for path in self._files(self._folder(prefix)):
            with contextlib.suppress(FileNotFoundError):
                yield path.relative_to(self.root).as_posix(), path.stat().st_size

    def drop_drafts(self) -> int:
        """Delete what a killed process left half-written; only while none writes."""
        drafts = self.root / _DRAFTS
        left = list(drafts.iterdir()) if drafts.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    def _folder(self, prefix: str) -> Path:
        return self.root / checked_prefix(prefix)

    def _via_draft(self, fill: Callable[[Path], None], target: Path) -> None:
        drafts = self.root / _DRAFTS
        drafts.mkdir(parents=True, exist_ok=True)
        draft = drafts / secrets.token_hex(12)
        try:
            fill(draft)
            self._place(draft, target)
        finally:
            draft.unlink(missing_ok=True)

    def _place(self, source: Path, target: Path) -> None:
        # Whoever deletes a neighbor prunes empty folders, perhaps the one just made:
        # then it is made again.
        for tries_left in reversed(range(_TRIES)):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
            except (FileNotFoundError, FileExistsError):
                if not tries_left or not source.exists():
                    raise
            else:
                return

    def _prune(self, folder: Path) -> None:
        """Remove folders that became empty, up to the store's own."""
        while folder != self.root and folder.is_relative_to(self.root):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _children(self, folder: Path) -> list[Path]:
        try:
            return sorted(p for p in folder.iterdir() if p.name[0] != ".")
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _files(self, folder: Path) -> Iterator[Path]:
        for child in sorted(self._children(folder), key=_order):
            if child.is_dir():
                yield from self._files(child)
            else:
                yield child


def _order(path: Path) -> str:
    # "a-b" sorts before "a/b" as keys do, though as names "a" comes before "a-b".
    return f"{path.name}/" if path.is_dir() else path.name


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _write(data: bytes, target: Path) -> None:
    target.write_bytes(data)
