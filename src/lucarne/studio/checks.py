"""What is worth a look before a film is published. Advice: nothing waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from lucarne.catalog.queries import VideoView
from lucarne.core.templatetags.times import duration_words
from lucarne.media.progress import AssetProgress

# Quieter than any service brings films to: viewers turn it up and are startled by the
# next one. (Broadcasters have -23 LUFS, EBU R 128; streaming services -14 to -16.)
QUIET_LUFS: Final = -27
LOUD_LUFS: Final = -11
# The details that something is said of.
ADVISED: Final = frozenset({"language", "chapters"})


@dataclass(frozen=True, kw_only=True)
class Check:
    """``anchor`` is where on the page it can be mended, "" where it cannot."""

    name: str
    is_good: bool
    sentence: str
    anchor: str = ""


def checks(
    video: VideoView,
    work: AssetProgress,
    *,
    caption_count: int,
    length_changed_ms: int = 0,
) -> tuple[Check, ...]:
    """Look at language, poster, loudness, and at captions where something is heard.

    ``length_changed_ms``: by how much the film is longer than the file it had before.
    """
    return (
        _language(video),
        *(_captions(caption_count) if work.sounds else ()),
        *_poster(video, work),
        *_loudness(work),
        *_chapters(video),
        *_length(length_changed_ms, caption_count),
    )


def _language(video: VideoView) -> Check:
    if video.language:
        sentence = _("The language is said.")
        return Check(name="language", is_good=True, sentence=sentence)
    return Check(
        name="language",
        is_good=False,
        sentence=_("Say in which language the film is: people and search engines ask."),
        anchor="id_language",
    )


def _captions(count: int) -> Iterator[Check]:
    sentence = _("There are captions.")
    if not count:
        sentence = _("There are no captions: people who do not hear miss what is said.")
    yield Check(
        name="captions",
        is_good=bool(count),
        sentence=sentence,
        anchor="" if count else "captions",
    )


def _poster(video: VideoView, work: AssetProgress) -> Iterator[Check]:
    if video.film.has_poster:
        yield Check(name="poster", is_good=True, sentence=_("There is a poster."))
    elif work.is_finished and work.is_playable:
        yield Check(
            name="poster",
            is_good=False,
            sentence=_("There is no poster: lists show the film without a picture."),
            anchor="poster",
        )


def _chapters(video: VideoView) -> Iterator[Check]:
    late = len(video.chapters) - len(video.shown_chapters)
    if late:
        sentence = ngettext(
            "%(count)d chapter begins after the end of the film: viewers do not see it.",
            "%(count)d chapters begin after the end of the film: viewers do not see them.",
            late,
        )
        yield Check(
            name="chapters", is_good=False, sentence=sentence % {"count": late},
            anchor="id_chapters",
        )  # fmt: skip


def _length(changed_ms: int, caption_count: int) -> Iterator[Check]:
    """Captions and chapters were written for a file of another length."""
    if not changed_ms:
        return
    pattern = _("The film is %(time)s longer than its former file: see whether captions and chapters still fit.")
    if changed_ms < 0:
        pattern = _("The film is %(time)s shorter than its former file: see whether captions and chapters still fit.")
    yield Check(
        name="length", is_good=False,
        sentence=pattern % {"time": duration_words(abs(changed_ms))},
        anchor="captions" if caption_count else "id_chapters",
    )  # fmt: skip


def _loudness(work: AssetProgress) -> Iterator[Check]:
    """Judge what viewers hear, which is what was measured and what was done about it."""
    heard = [sound.lufs + sound.gain_db for sound in work.sounds]
    if not heard:
        return
    odd = next((lufs for lufs in heard if not QUIET_LUFS <= lufs <= LOUD_LUFS), None)
    if odd is None:
        yield Check(name="loudness", is_good=True, sentence=_("It is as loud as others."))
        return
    pattern = _("It is louder than most films: %(lufs)s LUFS.")
    if odd < QUIET_LUFS:
        pattern = _("It is much quieter than other films: %(lufs)s LUFS.")
    shown = number_format(round(odd, 1), decimal_pos=1).replace("-", "−")
    yield Check(name="loudness", is_good=False, sentence=pattern % {"lufs": shown})
