"""The folder of one film: whose it is, and how finished files come into it.

<plan>/<track>/init.mp4, 0.m4s …   moved here when their unit is finished
<plan>/poster.jpg, storyboard.vtt …
main.m3u8, manifest.mpd            written last
lucarne.json                       what is finished
.lucarne/                          what is being made; of no use afterwards
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from lucarne_engine.errors import EncoderError, FolderError
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.whole import state as states
from lucarne_engine.whole.order import Order
from lucarne_engine.whole.state import Made, Run, State

HLS: Final = "main.m3u8"
DASH: Final = "manifest.mpd"
_WORK: Final = ".lucarne"


def check_folder(folder: Path) -> None:
    """Raise FolderError when a film cannot be made there; changes nothing."""
    try:
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise FolderError("folder_is_file", str(folder)) from None
    if names <= {states.DRAFT}:
        return
    try:
        is_ours = states.load(folder) is not None
    except ValueError as error:
        raise FolderError("folder_not_ours", str(error)) from error
    if not is_ours:
        raise FolderError("folder_not_ours", str(folder))


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder, made if need be, against all other processes.

    The kernel frees it with the process. Raises FolderError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise FolderError("folder_is_file", str(folder)) from None
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError("folder_in_use", str(folder)) from None
        yield
    finally:
        os.close(handle)


def take_up(folder: Path, order: Order, *, is_new: bool) -> State:
    """Return where the work stands, without units whose files are not all there.

    ``is_new``: begin anew, whatever was made before. Raises FolderError when it was
    made of another film or in another way.
    """
    check_folder(folder)
    known = states.load(folder)
    fresh = State(film=order.film, plan_id=order.plan.id, codecs=order.codecs)
    if known is not None and not is_new:
        if known.film != order.film:
            raise FolderError("folder_of_another_film", str(folder))
        if (known.plan_id, known.codecs) != (fresh.plan_id, fresh.codecs):
            raise FolderError("folder_of_another_plan", str(folder))
        clear_work(folder)
        place = folder / known.plan_id
        there = {n: made for n, made in known.units.items() if _is_there(place, made)}
        return replace(known, units=there)
    if known is not None:
        _clear(folder, known)
    states.save(folder, fresh)
    return fresh


def _is_there(place: Path, made: Made) -> bool:
    wanted = dict(made.files)
    for run in made.runs:
        wanted[f"{run.name}/init.mp4"] = run.init_bytes
        wanted |= {f"{run.name}/{s.number}.m4s": s.size_bytes for s in run.segments}
    return all(_size(place / name) == size for name, size in wanted.items())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _clear(folder: Path, known: State) -> None:
    """Remove what we made; the state goes last, by being replaced."""
    for name in (HLS, DASH):
        (folder / name).unlink(missing_ok=True)
    if known.plan_id.isalnum():  # a name that we gave
        shutil.rmtree(folder / known.plan_id, ignore_errors=True)


def work_folder(folder: Path, unit: str) -> Path:
    """Return an empty folder for a unit, on the disk of the result."""
    path = folder / _WORK / unit
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def clear_work(folder: Path) -> None:
    """Remove what was being made when a process ended."""
    shutil.rmtree(folder / _WORK, ignore_errors=True)


def move_track(track: EncodedTrack, place: Path, *, is_known: bool) -> Run:
    """Move a run of segments into the plan's folder ``place``.

    ``is_known``: other runs of the track are there already. Raises EncoderError when
    they were not encoded alike.
    """
    target = place / track.name
    init_bytes = track.init.stat().st_size
    init = target / "init.mp4"
    if not is_known:
        _move(track.init, init)
    elif init.read_bytes() != track.init.read_bytes():
        raise EncoderError("encoder_failed", f"{track.name}: init differs")
    for segment, path in zip(track.segments, track.files, strict=True):
        _move(path, target / f"{segment.number}.m4s")
    return Run(
        name=track.name,
        codec=track.codec,
        timescale=track.timescale,
        init_bytes=init_bytes,
        segments=track.segments,
    )


def move_files(
    files: Iterable[Path], out: Path, place: Path
) -> tuple[tuple[str, int], ...]:
    """Move files below ``out`` to the same places below ``place``."""
    moved = []
    for path in files:
        name = path.relative_to(out).as_posix()
        moved.append((name, path.stat().st_size))
        _move(path, place / name)
    return tuple(moved)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(source, os.O_RDONLY)
    try:
        os.fsync(handle)  # or a loss of power leaves an empty file with a name
    finally:
        os.close(handle)
    source.replace(target)
