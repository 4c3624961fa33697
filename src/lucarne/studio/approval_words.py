"""What was sent for approval, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lucarne.catalog import language_tags, queries as catalog
from lucarne.catalog.approval import SubmissionView
from lucarne.catalog.labels import LICENSES, category_name
from lucarne.studio.bulk_words import Detail
from lucarne.studio.visibility_words import said

LABELS: dict[str, str | Promise] = {
    "title": _("Title"),
    "channel": _("Channel"),
    "description": _("Description"),
    "tags": _("Tags"),
    "language": _("Language"),
    "category": _("Category"),
    "license": _("License"),
    "chapters": _("Chapters"),
    "visibility": _("Visibility"),
}


def asked(sent: SubmissionView) -> list[Detail]:
    """Return what shall become otherwise, each detail before and after."""
    found = [
        Detail(
            str(LABELS[one.name]), _text(one.name, one.before), _text(one.name, one.after)
        )
        for one in sent.changes
    ]
    if sent.visibility:
        words = said(sent.visibility, sent.publish_at, sent.publish_as)
        found.append(Detail(str(LABELS["visibility"]), "", words))
    return found


def written(texts: Mapping[str, str]) -> list[Detail]:
    """Return what is written about a film, to be read."""
    return [
        Detail(str(LABELS[name]), "", found)
        for name, text in texts.items()
        if (found := _text(name, text))
    ]


def _text(name: str, text: str) -> str:
    if not text:
        return ""
    if name == "channel":
        named = {one.channel_id: one.name for one in catalog.channels()}
        return named.get(text, text)
    if name == "language":
        return language_tags.name_of(text)
    if name == "category":
        return category_name(text)
    if name == "license":
        return str(LICENSES[text].name)
    return text
