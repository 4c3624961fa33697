"""Progress on a terminal: one bar per stage and rendition, with speed and ETA."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from lucarne.media.progress import RenditionView, Stage


class Shown(Protocol):
    """Where the work on a film is."""

    @property
    def stages(self) -> Sequence[Stage]: ...

    @property
    def renditions(self) -> Sequence[RenditionView]: ...


class _Detail(ProgressColumn):
    """Speed and time left, as far as they are known."""

    def render(self, task: Task) -> Text:
        return Text(str(task.fields.get("detail", "")), style="dim")


def clock(seconds: float) -> str:
    """Write so many seconds as ``0:41`` or ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def detail(speed: float, eta_s: float | None) -> str:
    """Say how fast it goes and when it ends: ``3.2x, 0:41 left``."""
    parts = []
    if speed > 0:
        parts.append(f"{speed:.1f}x")
    if eta_s is not None and eta_s >= 0.5:
        parts.append(f"{clock(eta_s)} left")
    return ", ".join(parts)


class Meter:
    """Shows a film's progress on standard error; silent when nobody can look."""

    def __init__(self, *, is_quiet: bool) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),  # a file may be "[/b]"
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            _Detail(),
            console=console,
            disable=is_quiet or not console.is_terminal,
            transient=False,
        )
        self._tasks: dict[str, TaskID] = {}

    @property
    def is_shown(self) -> bool:
        """Whether somebody can look."""
        return not self._progress.disable

    def title(self, text: str) -> None:
        """Name what the bars below are about."""
        self._progress.console.print(text, markup=False, highlight=False)

    def __enter__(self) -> Meter:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def _set(self, name: str, label: str, fraction: float, text: str = "") -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(label, total=1.0, detail="")
        self._progress.update(self._tasks[name], completed=fraction, detail=text)

    def receiving(self, name: str, size_bytes: int) -> None:
        """Begin a film."""
        self._size = size_bytes
        self._set("file", name[:40], 0.0)

    def received(self, size_bytes: int) -> None:
        """So many bytes have arrived."""
        self._progress.update(
            self._tasks["file"], completed=size_bytes / max(self._size, 1)
        )

    def show(self, now: Shown) -> None:
        """Show where the work is."""
        for stage in now.stages:
            if stage.name in {"received", "first"}:
                continue  # what arrives has a line already, what plays is told at once
            text = detail(stage.speed, stage.eta_s)
            self._set(stage.name, f"  {stage.label}", stage.fraction, text)
        for rendition in now.renditions:
            label = f"    {rendition.height}p {rendition.codec.split('.')[0]}"
            text = f"{rendition.bitrate_kbps} kb/s" if rendition.bitrate_kbps else ""
            self._set(rendition.name, label, rendition.fraction, text)
