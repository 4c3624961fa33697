"""What a change of many films says, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lucarne.catalog import queries as catalog
from lucarne.catalog.bulk import FilmChange
from lucarne.studio.film_table import VISIBILITIES

LABELS: Mapping[str, str | Promise] = {
    "visibility": _("Visibility"),
    "channel": _("Channel"),
}


class Detail(NamedTuple):
    """One field of a film; ``before`` is "" where only what is asked for is known."""

    label: str
    before: str
    after: str


class Row(NamedTuple):
    """``title`` is "" when the film is gone."""

    video_id: str
    title: str
    details: tuple[Detail, ...]


def rows(changes: Iterable[FilmChange]) -> list[Row]:
    """Put films' changes into words. One query."""
    words = _Words()
    return [
        Row(
            one.video_id,
            one.title,
            tuple(
                Detail(
                    str(LABELS[name]),
                    words.of(name, one.before[name]),
                    words.of(name, after),
                )
                for name, after in one.after.items()
            ),
        )
        for one in changes
    ]


def asked(changes: Mapping[str, Any]) -> list[Detail]:
    """Put into words what was asked for. One query."""
    words = _Words()
    return [
        Detail(str(LABELS[name]), "", words.of(name, value))
        for name, value in changes.items()
    ]


class _Words:
    def __init__(self) -> None:
        self._channels = {one.channel_id: one.name for one in catalog.channels()}

    def of(self, name: str, value: Any) -> str:
        if name == "channel":
            return self._channels.get(value, str(value))
        return str(VISIBILITIES.get(value, value))
