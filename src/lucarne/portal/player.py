"""Words and facts that the player's markup carries for its script."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lucarne.catalog import language_tags
from lucarne.catalog.labels import LICENSES, category_name
from lucarne.catalog.queries import VideoView
from lucarne.playback.queries import Decision

SPEEDS = ("0.25", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2", "2.5", "3")


def facts(
    video: VideoView, decision: Decision, *, state_url: str, played_url: str
) -> dict[str, object]:
    """Return what the script must know of the film, by data attribute.

    ``played_url``: where it says what was played, "" when that is not counted.
    """
    return {
        **addresses(decision),
        "state": state_url,
        "played": played_url,
        "duration-ms": decision.duration_ms,
        "complete": "true" if decision.is_ready else "false",
        "title": video.title,
        "channel": video.channel.name,
        "artwork": decision.poster,
        "chapters": json.dumps(
            [[one.start_ms / 1000, one.title] for one in video.shown_chapters],
            ensure_ascii=False,
        ),
    }


def addresses(decision: Decision) -> dict[str, str]:
    """Return where the film is, by data attribute."""
    return {
        "hls": decision.hls, "mp4": decision.mp4, "storyboard": decision.storyboard
    }  # fmt: skip


def frame(decision: Decision) -> dict[str, str]:
    """Return the size of the picture, or a usual one while it is unknown."""
    width, height = decision.width or 1280, decision.height or 720
    return {"width": str(width), "height": str(height)}


class ChapterLink(NamedTuple):
    """``address`` is relative: it leads to the same page at another time."""

    address: str
    start_ms: int
    title: str


def chapters(video: VideoView) -> tuple[ChapterLink, ...]:
    """Return a link to each chapter of a film."""
    return tuple(
        ChapterLink(f"?t={Decimal(one.start_ms) / 1000:f}", one.start_ms, one.title)
        for one in video.shown_chapters
    )


def start_fragment(asked: str) -> str:
    """Return where a bare <video> begins for ``?t=`` (Media Fragments 1.0, 4.2.1)."""
    return f"#t={asked}" if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", asked) else ""


class Fact(NamedTuple):
    """Something that is said about a film, with a link where there is one."""

    label: str
    text: str
    url: str = ""


def film_facts(video: VideoView) -> tuple[Fact, ...]:
    """Return the language, category and license of a film, those that it has."""
    license_ = LICENSES.get(video.license)
    found = (
        Fact(_("Language"), language_tags.name_of(video.language)),
        Fact(_("Category"), category_name(video.category)),
        Fact(_("License"), str(license_.name), license_.url) if license_ else None,
    )
    return tuple(fact for fact in found if fact and fact.text)


def words() -> dict[str, str]:
    """Return what the script says, in the active language.

    ``{at}``, ``{total}`` and ``{now}`` are filled in by the script.
    """
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "replay": _("Watch again"),
        "mute": _("Mute"),
        "unmute": _("Turn the sound on"),
        "muted": _("Muted"),
        "fullscreen": _("Full screen"),
        "leaveFullscreen": _("Leave full screen"),
        "position": _("{at} of {total}"),
        "auto": _("Automatic"),
        "autoNow": _("Automatic ({now})"),
        "buffering": _("The film is loading slowly: your connection is busy."),
        "nextPart": _("The next part is still being prepared. It goes on by itself."),
        "stillToCome": _("This part is still being prepared."),
        "offline": _("You are offline. The film goes on when the connection is back."),
        "retrying": _("The connection was lost. Trying again…"),
        "network": _("The film cannot be reached. Check your connection."),
        "expired": _("This page has been open for long. Reload it to go on watching."),
        "broken": _("This browser cannot play the film."),
        "noPictureInPicture": _("This browser cannot show the film in a small window."),
        "noFullscreen": _("This browser cannot fill the screen."),
    }


def speeds() -> tuple[tuple[str, str], ...]:
    """Return each speed as the script knows it and as the reader writes it."""
    return tuple((speed, number_format(Decimal(speed))) for speed in SPEEDS)


def caption_looks() -> tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...]:
    """Return how captions may look: name, title, the usual value, all values."""
    sizes = (
        ("75", _("Small")), ("100", _("Normal")), ("150", _("Large")), ("200", _("Huge")),
    )  # fmt: skip
    colors = (("white", _("White")), ("yellow", _("Yellow")), ("black", _("Black")))
    grounds = (
        ("dark", _("Dark")), ("solid", _("Solid")), ("light", _("Light")), ("none", _("None")),
    )  # fmt: skip
    return (
        ("size", _("Size of captions"), "100", sizes),
        ("color", _("Color"), "white", colors),
        ("ground", _("Background"), "dark", grounds),
    )


def shortcuts() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return keys and what they do, for the list that ``?`` shows."""
    return (
        (("K", _("Space")), _("Play or pause")),
        (("J", "L"), _("Back or forward 10 seconds")),
        (("←", "→"), _("Back or forward 5 seconds")),
        (("↑", "↓"), _("Louder or quieter")),
        (("0", "9"), _("Go to a tenth of the film")),
        ((_("Home"), _("End")), _("Go to the beginning or the end")),
        ((",", "."), _("One picture back or forward")),
        (("<", ">"), _("Slower or faster")),
        (("M",), _("Mute")),
        (("C",), _("Captions")),
        (("F",), _("Full screen")),
        (("T",), _("Theater")),
        (("I",), _("Picture in picture")),
        (("?",), _("This list")),
    )
