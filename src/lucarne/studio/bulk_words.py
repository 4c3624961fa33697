"""What a change of many films says, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from lucarne.catalog import language_tags, queries as catalog
from lucarne.catalog.bulk_preview import FilmChange
from lucarne.catalog.labels import LICENSES, category_name
from lucarne.studio.visibility_words import said

LABELS: Mapping[str, str | Promise] = {
    "visibility": _("Visibility"),
    "channel": _("Channel"),
    "tags": _("Tags"),
    "add_tags": _("Add tags"),
    "remove_tags": _("Take tags away"),
    "language": _("Language"),
    "category": _("Category"),
    "license": _("License"),
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
                words.detail(name, one.before[name], after)
                for name, after in one.after.items()
            ),
        )
        for one in changes
    ]


def asked(changes: Mapping[str, Any]) -> list[Detail]:
    """Put into words what was asked for. One query."""
    words = _Words()
    schedule = {name: changes.get(name, "") for name in ("publish_at", "publish_as")}
    return [
        words.detail(
            name,
            None,
            {"is": value, **schedule} if name == "visibility" else value,
        )
        for name, value in changes.items()
        if name in LABELS
    ]


class _Words:
    def __init__(self) -> None:
        self._channels = {one.channel_id: one.name for one in catalog.channels()}

    def detail(self, name: str, before: Any, after: Any) -> Detail:
        return Detail(
            str(LABELS[name]),
            "" if before is None else self._of(name, before),
            self._of(name, after),
        )

    def _of(self, name: str, value: Any) -> str:
        say: dict[str, Callable[[Any], Any]] = {
            "visibility": _visibility,
            "channel": lambda value: self._channels.get(value, value),
            "tags": ", ".join,
            "add_tags": ", ".join,
            "remove_tags": ", ".join,
            "language": language_tags.name_of,
            "category": category_name,
            "license": lambda value: LICENSES[value].name,
        }
        return str(say[name](value)) if value else gettext("(empty)")


def _visibility(value: Mapping[str, str]) -> str:
    publish_at = value["publish_at"]
    moment = datetime.fromisoformat(publish_at) if publish_at else None
    return said(value["is"], moment, value.get("publish_as", ""))
