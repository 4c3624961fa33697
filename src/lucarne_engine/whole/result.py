"""What lies in the folder when all is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lucarne_engine.package.index import FilmIndex
from lucarne_engine.plan.model import Plan
from lucarne_engine.whole.folder import DASH, HLS


@dataclass(frozen=True, kw_only=True)
class Result:
    """A film that any web server can serve."""

    folder: Path
    plan: Plan  # its id names the folder of everything but the manifests
    ladder: Plan  # where the rungs come from: ``plan``, or the fine one
    film: FilmIndex
    files: tuple[str, ...]  # poster, thumbnails, storyboard, below the plan's folder
    problems: tuple[str, ...]  # codes of what is odd, each once

    @property
    def hls(self) -> Path:
        return self.folder / HLS

    @property
    def dash(self) -> Path:
        return self.folder / DASH
