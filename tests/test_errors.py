"""The errors that a person reads are one tree, and each is a sentence in her language."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import UTC, datetime

import pytest
from django.utils import translation

import lucarne
from lucarne.accounts import errors as accounts
from lucarne.catalog import errors as catalog
from lucarne.core.errors import ConfigError, LucarneError
from lucarne.media import errors as media
from lucarne.membership import errors as membership
from lucarne.studio import errors as studio
from lucarne.traffic import errors as traffic
from lucarne_engine.captions.model import Finding

ROOTS = {
    accounts.AccountsError, catalog.CatalogError, media.MediaError, media.UploadError,
    catalog.CaptionError, catalog.TeamError, studio.StudioError, traffic.TrafficError,
    membership.MembershipError,
}  # fmt: skip
EXAMPLES: list[LucarneError] = [
    accounts.OwnerExists(),
    accounts.EmailTaken(),
    accounts.BadEmail(),
    accounts.WeakPassword(("Too short.",)),
    accounts.WrongCredentials(),
    accounts.TooManyAttempts(datetime(2026, 11, 25, tzinfo=UTC)),
    accounts.UnknownToken("tok_x"),
    catalog.UnknownVideo("vid_x"),
    catalog.UnknownChannel("Nature"),
    catalog.EmptyTitle(),
    catalog.NothingChosen(),
    catalog.NothingToChange(),
    catalog.TooManyTags("A film"),
    catalog.FilmsChanged(),
    catalog.UnknownEdit("blk_x"),
    catalog.BadLanguage("frenchy"),
    catalog.BadTags("x" * 61),
    catalog.BadChapters("end", line=2, text="9:00 Late", end="1:00"),
    catalog.BadSchedule(is_past=True),
    catalog.EditedMeanwhile({"title": "Hers"}),
    catalog.BadCaptions((Finding(code="bad_time", line=3, text="noon"),)),
    catalog.CaptionThere(),
    catalog.UnknownCaption(),
    catalog.OverQuota(name="a.mp4", channel="News", limit="3 GB", used="2 GB"),
    catalog.NotAFeed("a.xml"),
    catalog.SameFile("a.mp4"),
    catalog.BeingReplaced(),
    catalog.UnknownVersion(),
    catalog.KnownFilm(name="a.mp4", title="A film", video_id="vid_x"),
    catalog.NotAllowed(),
    catalog.LastOwner(),
    catalog.OnTheTeam("anne@example.org"),
    catalog.NotOnTheTeam(),
    catalog.BadInvitation("expired"),
    catalog.NothingWaits(),
    catalog.NoReason(),
    media.UnknownAsset("ast_x"),
    media.TooLarge("a.mp4"),
    media.NoSpace("a.mp4"),
    media.Unreadable("a.mp4"),
    media.UnknownPoster("o123"),
    media.BadPicture("picture_unknown", name="a.png"),
    media.BeyondEnd(9000),
    media.NoMoment("a.mp4"),
    media.UnknownUpload("upl_x"),
    media.WrongOffset("a.mp4", 5),
    media.UploadBusy("a.mp4"),
    media.TooMuch("a.mp4"),
    media.WrongDigest("a.mp4"),
    media.UploadUnfinished("a.mp4"),
    media.UploadWhole("a.mp4"),
    media.NotFetched("private_address", name="a.mp4"),
    membership.UnknownMember("mem_x"),
    membership.AlreadyMember("anne@example.org"),
    membership.PastEnd(),
    membership.BadList("empty"),
    membership.UnknownList(),
    traffic.BadReport("spans"),
    traffic.TooManyReports(),
    studio.BadSetUp("channel", "bad_channel", "Give the channel a name."),
]


def errors_of_rooms() -> set[type[Exception]]:
    found = set()
    for room in pkgutil.iter_modules(lucarne.__path__):
        name = f"lucarne.{room.name}.errors"
        if not room.ispkg or importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        found |= {
            kind
            for _, kind in inspect.getmembers(module, inspect.isclass)
            if issubclass(kind, Exception) and kind.__module__ == name
        }
    return found


def test_every_error_of_a_room_is_in_the_tree() -> None:
    found = errors_of_rooms()
    assert media.NoSpace in found, "the search found nothing"
    assert {kind for kind in found if not issubclass(kind, LucarneError)} == set()
    assert found - ROOTS - {LucarneError, ConfigError} == set(map(type, EXAMPLES))


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: error.code)
def test_an_error_is_one_sentence_with_a_code(error: LucarneError) -> None:
    assert error.code.isidentifier()
    assert str(error).endswith(".")
    assert "\n" not in str(error)


# The sentences of the others are made, in a language, where they are raised.
TRANSLATED = [
    error
    for error in EXAMPLES
    if not isinstance(error, accounts.WeakPassword | studio.BadSetUp)
]


@pytest.mark.parametrize("error", TRANSLATED, ids=lambda error: error.code)
def test_an_error_that_was_raised_speaks_the_language_of_its_reader(
    error: LucarneError,
) -> None:
    with translation.override("en"):
        english = str(error)
    with translation.override("fr"):
        assert str(error) != english


def test_what_is_named_is_in_the_sentence() -> None:
    for error, name in (
        (media.NoSpace("été {x} %s.mp4"), "été {x} %s.mp4"),
        (catalog.UnknownChannel("{name}"), "{name}"),
        (catalog.UnknownVideo("vid_x"), "vid_x"),
    ):
        for language in ("en", "fr"):
            with translation.override(language):
                assert name in str(error)
