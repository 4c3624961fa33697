"""Questions about captions and subtitles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf.locale import LANG_INFO
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lucarne.catalog.models import Caption, Version
from lucarne.core.prepared import Prepared
from lucarne.media import keys, text_sentences
from lucarne.media.queries import StoredFile
from lucarne_engine.captions.model import Finding


@dataclass(frozen=True, kw_only=True)
class CaptionView:
    """Words for one film, and how they are told apart."""

    caption_id: str
    video_id: str
    asset_id: str
    language: str  # RFC 5646 tag, "" when it is not known
    kind: str  # "captions" or "subtitles"
    title: str
    is_visible: bool
    is_from_film: bool
    source_name: str
    file_name: str
    cue_count: int
    size_bytes: int
    notes: list[list[Any]]
    created_at: datetime
    changed_at: datetime

    @property
    def is_for_deaf(self) -> bool:
        return self.kind == Caption.Kind.CAPTIONS

    @property
    def own_name(self) -> str:
        """The language as its speakers call it; manifests have no other language."""
        return _named(own_name(self.language) or "Subtitles", self.title)

    @property
    def label(self) -> str:
        """For a menu: its speakers' name, and in the reader's language whom it is for."""
        name = _named(own_name(self.language) or _("Subtitles"), self.title)
        if self.is_for_deaf:
            return _("{language}, for the deaf").format(language=name)
        return name

    @property
    def language_name(self) -> str:
        """The language in the reader's."""
        return _named(language_name(self.language), self.title)

    @property
    def note_sentences(self) -> tuple[str, ...]:
        """What was mended, or ought to be looked at, in the active language."""
        return tuple(
            text_sentences.sentence(
                Finding(code=code, line=line, text=text, more=more)
            )
            for code, line, text, more in self.notes
        )


def _named(language: str, title: str) -> str:
    # Many a film calls its French track "Français".
    is_said = title.casefold() in language.casefold()
    return language if is_said else f"{language} – {title}"


def _name(tag: str, key: str) -> str:
    """Look a name up: of the tag, else of its language with the tag behind."""
    tag = tag.lower()
    for known, behind in ((tag, ""), (tag.partition("-")[0], f" ({tag})")):
        info: dict[str, Any] = LANG_INFO.get(known, {})
        if key in info:
            # Django translates the names of its languages itself.
            name = str(info[key]) if key == "name_local" else _(info[key])
            return f"{name[:1].upper()}{name[1:]}{behind}"
    return tag


def own_name(tag: str) -> str:
    """Name a language as its speakers do; its tag where the name is not known."""
    return _name(tag, "name_local")


def language_name(tag: str) -> str:
    """Name a language in the active one; its tag where the name is not known."""
    return _name(tag, "name") if tag else _("Unknown language")


def languages() -> list[tuple[str, str]]:
    """Return tags and names in the active language, by name."""
    known = [tag for tag, info in LANG_INFO.items() if "name" in info]
    return sorted(((tag, language_name(tag)) for tag in known), key=lambda one: one[1])


_FIELDS: Final = (
    "public_id", "video__public_id", "video__asset__public_id", "language", "kind",
    "title", "is_visible", "is_from_film", "source_name", "file_name", "cue_count",
    "size_bytes", "notes", "created_at", "changed_at",
)  # fmt: skip
_NAMES: Final = (
    "caption_id", "video_id", "asset_id", "language", "kind", "title", "is_visible",
    "is_from_film", "source_name", "file_name", "cue_count", "size_bytes", "notes",
    "created_at", "changed_at",
)  # fmt: skip


def _captions() -> QuerySet[Caption, Any]:
    # In the order of menus: by language, subtitles after captions for the deaf.
    return Caption.objects.order_by("language", "kind", "title").values_list(*_FIELDS)


_OF_VIDEO: Final = Prepared(lambda video: _captions().filter(video__public_id=video))


def _shown_with(asset: Any) -> QuerySet[Caption, Any]:
    """Also with a former file: whoever still watches that one may choose them."""
    former = Version.objects.filter(asset__public_id=asset, replaced_at__isnull=False)
    is_of_film = Q(video__asset__public_id=asset) | Q(video__in=former.values("video"))
    return _captions().filter(is_of_film, is_visible=True)


_SHOWN: Final = Prepared(_shown_with)


def _view(values: Any) -> CaptionView:
    return CaptionView(**dict(zip(_NAMES, values, strict=True)))


def captions_of(video_id: str) -> tuple[CaptionView, ...]:
    """Return all of a video, shown or hidden. One query."""
    return tuple(map(_view, _OF_VIDEO.rows(video_id)))


def shown_captions(asset_id: str) -> tuple[CaptionView, ...]:
    """Return what viewers of a film may choose from. One query."""
    return tuple(map(_view, _SHOWN.rows(asset_id)))


def find_caption(video_id: str, caption_id: str) -> CaptionView | None:
    """Return one of a video."""
    values = _captions().filter(public_id=caption_id, video__public_id=video_id).first()
    return _view(values) if values else None


def known_files() -> Iterator[StoredFile]:
    """Every caption file that must be in the store, for ``lucarne check --storage``."""
    for view in map(_view, _captions().iterator()):
        key = keys.text(view.asset_id, view.file_name)
        yield StoredFile(key=key, size_bytes=view.size_bytes)
