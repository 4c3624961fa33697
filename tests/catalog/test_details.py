"""What is written about a film, by one person, by two at once, and by its file."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from lucarne.catalog import bin as rubbish, details, queries
from lucarne.catalog.chapters import Chapter
from lucarne.catalog.errors import (
    BadLanguage,
    BadTags,
    EditedMeanwhile,
    EmptyTitle,
    UnknownChannel,
    UnknownVideo,
)
from lucarne.catalog.models import Video, VideoTag
from lucarne.catalog.names import read_tags
from lucarne.core import events
from lucarne.core.models import AuditLine
from lucarne.media.events import AssetPlayable
from lucarne.media.models import Asset
from lucarne_engine.probe import codec, report as probed
from tests.catalog.conftest import AT, Film
from tests.engine.plan.reports import report

pytestmark = pytest.mark.django_db(transaction=True)
MARKS = "Three parts\n0:00 One\n1:00 Two\n2:00 Three"


def look(video: queries.VideoView) -> queries.VideoView:
    found = queries.find(video.video_id)
    assert found is not None
    return found


def edit(video: queries.VideoView, seen: Any = None, **changes: Any) -> dict[str, str]:
    return details.edit(
        video_id=video.video_id, changes=changes, seen=seen, actor="per_lea", at=AT
    )


def titles(video: queries.VideoView) -> list[str]:
    return [chapter.title for chapter in look(video).chapters]


def test_details_are_kept_in_one_spelling(row: Film) -> None:
    video = row()
    texts = edit(
        video, title=" A \u202e walk ", description=" One\r\ntwo \n", language="FRENCH",
        tags=read_tags("Sea, #boats; sea"), category="nature", license="cc-by",
        chapters=(Chapter(0, "In"), Chapter(61_500, "Out")),
    )  # fmt: skip
    edited = look(video)
    assert (edited.title, edited.description) == ("A walk", "One\ntwo")
    assert (edited.language, edited.category, edited.license) == (
        "fr", "nature", "cc-by",
    )  # fmt: skip
    assert edited.tags == ("Sea", "boats")
    assert edited.chapters == (Chapter(0, "In"), Chapter(61_500, "Out"))
    assert texts == {
        "title": "A walk", "description": "One\ntwo", "tags": "Sea, boats",
        "channel": video.channel.channel_id, "language": "fr", "category": "nature",
        "license": "cc-by", "chapters": "0:00 In\n1:01.5 Out",
    }  # fmt: skip
    line = AuditLine.objects.get(verb="video.edited")
    assert line.detail["fields"] == sorted(set(texts) - {"channel"})
    # Nothing new: nothing is written, not even a line.
    edit(video, title="A walk", language="fra")
    assert AuditLine.objects.filter(verb="video.edited").count() == 1


def test_films_are_found_by_their_tags(row: Film) -> None:
    first, second = row(), row("Waves")
    edit(first, tags=("Straße", "Été"))
    edit(second, tags=("STRASSE",))
    assert set(VideoTag.objects.filter(key="strasse").values_list("video__title", flat=True)) == {"The garden", "Waves"}  # fmt: skip
    edit(first, tags=("Été",))
    assert VideoTag.objects.get(video__title="The garden").key == "été"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": " \u202e "}, EmptyTitle),
        ({"channel": "nobody"}, UnknownChannel),
        ({"language": "<b>"}, BadLanguage),
        ({"category": "everything"}, ValueError),
        ({"license": "beerware"}, ValueError),
    ],
)
def test_details_are_edited_all_or_none(
    row: Film, changes: dict[str, str], error: type[Exception]
) -> None:
    video = row()
    with pytest.raises(error):
        edit(video, description="Changed", **changes)
    assert look(video) == video


def test_tags_have_an_end() -> None:
    assert read_tags(" , #") == ()
    with pytest.raises(BadTags):
        read_tags("x" * 61)
    with pytest.raises(BadTags):
        read_tags(",".join(map(str, range(31))))
    # As many characters as can become of one.
    assert details.clean("tags", read_tags("\ufdfa" * 60))


def test_two_people_change_different_details(row: Film) -> None:
    video = row()
    seen = edit(video)
    edit(video, seen, title="Mine", description="")
    edit(video, seen, title="The garden", description="Hers")
    assert (look(video).title, look(video).description) == ("Mine", "Hers")


def test_whoever_changes_the_same_second_is_told(row: Film) -> None:
    video = row()
    seen = edit(video)
    edit(video, seen, title="First", language="fr")
    with pytest.raises(EditedMeanwhile) as refusal:
        edit(video, seen, title="Second", language="fr", description="Lost?")
    assert refusal.value.theirs == {"title": "First"}
    assert look(video).description == ""
    # Now she has seen it, and may mean it.
    edit(video, seen | refusal.value.theirs, title="Second", description="Kept")
    assert (look(video).title, look(video).description) == ("Second", "Kept")


def test_what_is_in_the_bin_is_not_edited(row: Film) -> None:
    video = row()
    rubbish.put_in(video_id=video.video_id, actor="", at=AT + timedelta(days=1))
    with pytest.raises(UnknownVideo):
        edit(video, title="Ghost")


def with_chapters(*parts: tuple[int, int, str]) -> str:
    found = report(
        chapters=tuple(
            probed.Chapter(start=Fraction(start), end=Fraction(end), title=title)
            for start, end, title in parts
        )
    )
    return codec.to_json(found)


FILE = with_chapters((0, 60, "Dawn"), (60, 600, ""))


def test_a_film_has_the_chapters_of_its_file(row: Film) -> None:
    video = row(report=FILE)
    events.publish(AssetPlayable(asset_id=video.film.asset_id, at=AT))
    assert look(video).chapters == (Chapter(0, "Dawn"), Chapter(60_000, "2"))
    assert look(video).chapters_from == "file"


def test_chapters_that_were_forgotten_are_taken_later(row: Film) -> None:
    late, marked, without = row(report=FILE), row(description=MARKS), row(playable_at=None)
    details.find_forgotten_chapters()
    assert titles(late) == ["Dawn", "2"]
    assert titles(marked) == ["One", "Two", "Three"]
    assert look(without).chapters_from == ""
    Asset.objects.filter(public_id=late.film.asset_id).update(report="")
    details.find_forgotten_chapters()
    assert titles(late) == ["Dawn", "2"], "nobody looks twice"


def test_marks_in_the_description_go_before_the_file(row: Film) -> None:
    video = row(report=FILE)
    details.find_chapters(asset_id=video.film.asset_id)
    edit(video, description=MARKS)
    assert titles(video) == ["One", "Two", "Three"]
    edit(video, description="No marks any more")
    assert titles(video) == ["Dawn", "2"]


def test_what_a_person_wrote_stays(row: Film) -> None:
    video = row(report=FILE)
    details.find_chapters(asset_id=video.film.asset_id)
    edit(video, chapters=())
    edit(video, description=MARKS)
    details.find_chapters(asset_id=video.film.asset_id)
    assert (look(video).chapters, look(video).chapters_from) == ((), "person")
    for origin, found in (("file", 2), ("description", 3)):
        count = details.take_chapters(
            video_id=video.video_id, origin=origin, actor="", at=AT
        )
        assert count == found == len(look(video).chapters)
        assert look(video).chapters_from == origin


def test_chapters_found_meanwhile_are_not_taken_back(row: Film) -> None:
    """The page was opened before the film was looked into."""
    video = row(report=FILE)
    seen = edit(video)
    details.find_chapters(asset_id=video.film.asset_id)
    edit(video, seen, title="New", chapters=())
    assert titles(video) == ["Dawn", "2"]
    assert Video.objects.get().title == "New"
