"""The watched folder: films that lie in it are published, each once.

    <folder>/film.mp4          in the first channel
    <folder>/news/film.mp4     in the channel "news"
    <folder>/done/film.mp4     published
    <folder>/failed/film.mp4   not; film.mp4.txt beside it says why

A file is complete when it stood still between two looks, half a minute apart. Names
that begin with a dot, or end as unfinished copies do, are left alone: who copies can
also rename into the folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from lucarne.catalog import bin as rubbish, imports, operations
from lucarne.catalog.queries import ChannelView, find, find_channel
from lucarne.core import conf, jobs
from lucarne.core.errors import LucarneError
from lucarne.media import fetching, sentences, streams

KIND: Final = "catalog.watched"
ACTOR: Final = "folder"
DONE: Final = "done"
FAILED: Final = "failed"
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True, kw_only=True)
class _Seen:
    size_bytes: int
    changed_ns: int
    moved_ns: int  # ctime: also set when a file is renamed in, or back


# By path, how this process last saw it.
_seen: dict[str, _Seen] = {}


def look() -> None:
    """Take up what stood still since the last look."""
    named = conf.get().uploads.watched_folder
    if not named:
        return
    folder = Path(named)
    now = {str(path.relative_to(folder)): _state(path) for path in _films(folder)}
    for name, state in now.items():
        if state is not None and _seen.get(name) == state:
            # One job for each state of each file, whoever saw it first.
            key = hashlib.sha256(f"{name}\0{state}".encode()).hexdigest()[:24]
            jobs.enqueue(KIND, key=key, priority=30, name=name)
    _seen.clear()
    _seen.update({name: state for name, state in now.items() if state is not None})


def _films(folder: Path) -> Iterator[Path]:
    """Yield the files in the folder and in those that channels are named after."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and path.name not in {DONE, FAILED}:
            yield from (one for one in sorted(path.iterdir()) if _is_film(one))
        elif _is_film(path):
            yield path


def _is_film(path: Path) -> bool:
    name = path.name.lower()
    is_hidden = name.startswith(".") or name.endswith(_UNFINISHED)
    return not is_hidden and path.is_file() and not path.is_symlink()


def _state(path: Path) -> _Seen | None:
    try:
        found = path.stat()
    except OSError:
        return None  # somebody took it away meanwhile
    return _Seen(
        size_bytes=found.st_size, changed_ns=found.st_mtime_ns, moved_ns=found.st_ctime_ns
    )


def publish(*, name: str, cancel: Event, clock: operations.Clock) -> None:
    """Publish one file, and move it where it tells what became of it.

    A process that dies in between leaves it where it is; the next one sees by what is
    written in the database whether it was published.
    """
    folder = Path(conf.get().uploads.watched_folder)
    path = folder / name
    state = _state(path)
    if state is None:
        return
    try:
        channel = _channel(folder, path)
        guid = f"file:{path.name}:{state.size_bytes}:{state.changed_ns}"
        if not imports.known(channel=channel, guids={guid}):
            _publish(path, channel, guid, cancel=cancel, clock=clock)
    except LucarneError as error:
        _move(path, folder / FAILED, sentence=str(error))
    else:
        _move(path, folder / DONE)


def _channel(folder: Path, path: Path) -> ChannelView:
    if path.parent == folder:
        return find_channel(None)
    return find_channel(path.parent.name)


def _publish(
    path: Path,
    channel: ChannelView,
    guid: str,
    *,
    cancel: Event,
    clock: operations.Clock,
) -> None:
    def on_bytes(_: int) -> None:
        if cancel.is_set():
            raise fetching.Stopped

    with streams.taken(
        path, name=path.name, person_id=ACTOR, at=clock(), on_bytes=on_bytes
    ) as film:
        made = operations.publish_film(
            upload_id=film.upload_id, title="", channel_id=channel.channel_id,
            guid=guid, actor=ACTOR, clock=clock, at=clock(),
        )  # fmt: skip
    video = find(made.video_id)
    if video is not None and video.error_code:
        # It is no film: its file says so, and the studio is not filled with it.
        code, at = video.error_code, clock()
        rubbish.put_in(video_id=made.video_id, actor=ACTOR, at=at)
        rubbish.delete(video_id=made.video_id, actor=ACTOR, at=at)
        imports.forget(channel=channel, guid=guid)
        raise LucarneError(code, sentences.refusal(code, name=path.name))


def _move(path: Path, target: Path, *, sentence: str = "") -> None:
    target.mkdir(exist_ok=True)
    free = target / path.name
    number = 2
    while free.exists():
        free = target / f"{path.stem}-{number}{path.suffix}"
        number += 1
    if sentence:
        free.with_name(f"{free.name}.txt").write_text(f"{sentence}\n", "utf-8")
    path.rename(free)


def forget_seen() -> None:
    """Begin as a process that has not looked yet."""
    _seen.clear()
