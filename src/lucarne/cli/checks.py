"""What ``lucarne check`` looks at on every machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lucarne.cli import sandbox_check
from lucarne.cli.check import ERROR, OK, WARNING, Finding, Look
from lucarne.core import clock, conf

# Nobody runs this version before it was written: an older clock has been reset.
_WRITTEN_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
_GIB: Final = 1 << 30
_LITTLE_ROOM: Final = 10 * _GIB


def _data_folder() -> Iterator[Finding]:
    data = conf.get().data
    if not data.is_dir():
        yield Finding(
            id="data-folder",
            level=ERROR,
            sentence=f"There is no data folder {data}.",
            remedy="Run `lucarne run` or `lucarne init`, or name another with --data.",
        )
        return
    try:
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"x")
    except OSError as error:
        yield Finding(
            id="data-folder",
            level=ERROR,
            sentence=f"Nothing can be written to {data} ({error.strerror}).",
            remedy=f"Give it to whoever runs Lucarne: chown -R USER {data}",
        )
        return
    yield Finding(id="data-folder", level=OK, sentence=f"{data} can be written to.")


def _disk() -> Iterator[Finding]:
    data, reserve = conf.get().data, conf.get().uploads.reserve_bytes
    existing = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    room = f"{free / _GIB:.1f} GiB are free for {data}"
    if free < reserve:
        yield Finding(
            id="disk",
            level=ERROR,
            sentence=f"{room}, less than uploads.reserve_bytes ({reserve} bytes): "
            "no film is taken in.",
            remedy="Delete films, or move the data folder to a larger disk.",
        )
    elif free < reserve + _LITTLE_ROOM:
        yield Finding(
            id="disk",
            level=WARNING,
            sentence=f"{room}: a long film may not fit.",
            remedy="Delete films, or move the data folder to a larger disk.",
        )
    else:
        yield Finding(id="disk", level=OK, sentence=f"{room}.")


def _ffmpeg() -> Iterator[Finding]:
    named = conf.get().media.ffmpeg
    try:
        lines, path = _ffmpeg_says(named)
    except Exception as error:  # noqa: BLE001  whatever it is, FFmpeg does not run
        yield Finding(
            id="ffmpeg",
            level=ERROR,
            sentence=f"FFmpeg does not run: {error}.",
            remedy="Correct media.ffmpeg."
            if named
            else "Install Lucarne again (make run); the imageio-ffmpeg package has it.",
        )
        return
    version = lines[0].split(" Copyright")[0]
    yield Finding(id="ffmpeg", level=OK, sentence=f"{version} runs, {path}.")
    if "libx264" not in " ".join(lines):
        yield Finding(
            id="ffmpeg-encoders",
            level=ERROR,
            sentence="This FFmpeg was built without x264.",
            remedy="Leave media.ffmpeg empty, or name a build with libx264.",
        )
    if "libzimg" not in " ".join(lines):
        yield Finding(
            id="ffmpeg-filters",
            level=ERROR,
            sentence="This FFmpeg was built without zimg: no film can be scaled.",
            remedy="Leave media.ffmpeg empty, or name a build with libzimg.",
        )
    if "libsvtav1" not in " ".join(lines) and "av1" in conf.get().fine.codecs:
        yield Finding(
            id="ffmpeg-av1",
            level=WARNING,
            sentence="This FFmpeg was built without SVT-AV1: films are made smaller in "
            "H.264 only.",
            remedy="Name a build with libsvtav1 (media.ffmpeg), or take av1 out of "
            "fine.codecs.",
        )


def _ffmpeg_says(named: str) -> tuple[list[str], Path]:
    from lucarne_engine import process

    if named:
        process.set_ffmpeg(Path(named))
    path = process.ffmpeg_path()
    done = process.run(
        [path, "-hide_banner", "-version"], sandbox=process.Sandbox(readable=(path,))
    )
    lines = done.stdout.decode(errors="replace").splitlines()
    if not lines:
        reason = done.stderr_tail.strip().splitlines()[-1:] or ["it said nothing"]
        raise OSError(reason[0])
    return lines, path


def _database() -> Iterator[Finding]:
    import django

    from lucarne.cli import database
    from lucarne.core.errors import LucarneError

    settings = conf.get()
    is_file = not settings.database.url.get_secret_value()
    if is_file and not settings.paths.database.is_file():
        yield Finding(
            id="database",
            level=ERROR,
            sentence=f"There is no database in {settings.data} yet.",
            remedy="Run `lucarne init` or `lucarne run`; or name another with --data.",
        )
        return
    django.setup()
    try:
        todo = database.pending()
    except LucarneError as error:
        yield Finding(
            id="database", level=ERROR, sentence=str(error), remedy="See the sentence."
        )
        return
    if todo:
        yield Finding(
            id="database-migrations",
            level=WARNING,
            sentence=f"The database is {len(todo)} steps behind this version.",
            remedy="Start `lucarne run`: it copies the database, then updates it.",
        )
    yield from _soundness(is_file=is_file)


def _soundness(*, is_file: bool) -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)" if is_file else "select version()")
        answer = str(cursor.fetchone()[0])
    if is_file and answer != "ok":
        yield Finding(
            id="database",
            level=ERROR,
            sentence=f"The database file is damaged: {answer}.",
            remedy="Stop the portal and restore the last backup (lucarne restore).",
        )
    else:
        what = "SQLite, and sound" if is_file else answer.split(",", maxsplit=1)[0]
        yield Finding(id="database", level=OK, sentence=f"The database opens: {what}.")


def _jobs() -> Iterator[Finding]:
    from lucarne.core import jobs
    from lucarne.core.jobs import State

    if not _has_database():
        return
    workers = jobs.workers_alive()
    waiting = len(jobs.list_jobs({State.WAITING, State.RUNNING}))
    failed = len(jobs.list_jobs({State.FAILED}))
    if failed:
        yield Finding(
            id="jobs-failed",
            level=WARNING,
            sentence=f"{failed} jobs have failed.",
            remedy="`lucarne jobs` says why; `lucarne jobs retry ID` tries again.",
        )
    if waiting and not workers:
        yield Finding(
            id="jobs",
            level=WARNING,
            sentence=f"{waiting} jobs wait and no process does them.",
            remedy="Start `lucarne run` or `lucarne work`.",
        )
    else:
        sentence = (
            f"{workers} processes do background work, {waiting} jobs are waiting."
        )
        yield Finding(id="jobs", level=OK, sentence=sentence)


def _has_database() -> bool:
    settings = conf.get()
    return bool(settings.database.url.get_secret_value()) or (
        settings.paths.database.is_file() and settings.paths.engine.is_file()
    )


def _clock() -> Iterator[Finding]:
    now = clock.now()
    if now < _WRITTEN_AT:
        yield Finding(
            id="clock",
            level=ERROR,
            sentence=f"This machine believes that it is {now:%Y-%m-%d %H:%M} UTC.",
            remedy="Set its clock (on Linux: timedatectl set-ntp true).",
        )
        return
    newest = _newest_change()
    if newest is not None and newest > now + timedelta(minutes=5):
        yield Finding(
            id="clock",
            level=WARNING,
            sentence=f"The database was written at {newest:%Y-%m-%d %H:%M} UTC, which "
            "this machine believes to be in the future.",
            remedy="Set its clock (on Linux: timedatectl set-ntp true).",
        )
        return
    sentence = f"The clock says {now:%Y-%m-%d %H:%M} UTC."
    yield Finding(id="clock", level=OK, sentence=sentence)


def _newest_change() -> datetime | None:
    file = conf.get().paths.database
    if not file.is_file():
        return None
    return clock.from_epoch_ms(int(file.stat().st_mtime * 1000))


LOOKS: Final[tuple[Look, ...]] = (
    _data_folder, _disk, _clock, _ffmpeg, sandbox_check.sandbox, _database, _jobs,
)  # fmt: skip
