"""Films stand in a line for the encoder, and can be moved in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lucarne.core import jobs
from lucarne.media import line, progress, worklist
from lucarne.media.errors import UnknownAsset
from lucarne.media.models import Asset, Unit
from lucarne.media.worklist import Urgency
from tests.media.planned import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def films() -> list[Asset]:
    made = [planned(at=AT, name=name) for name in "abc"]
    for one in made:
        worklist.enqueue(one)
    return made


def order() -> list[str]:
    """Name the films in the order in which their pictures would be encoded."""
    waiting = jobs.list_jobs([jobs.State.WAITING])
    encodes = [job for job in waiting if ":video-" in job.key]
    found = []
    for job in sorted(encodes, key=lambda job: job.priority):
        asset = Asset.objects.get(public_id=job.key.partition(":")[0])
        found.append(asset.source_name)
    return found


def before(films: list[Asset]) -> list[int | None]:
    return [line.films_before(one.public_id) for one in films]


def move(asset: Asset, urgency: Urgency) -> None:
    line.set_urgency(asset_id=asset.public_id, urgency=urgency)


def test_films_take_turns_chunk_by_chunk(films: list[Asset]) -> None:
    assert "".join(order()) == "abcabcabc"
    assert before(films) == [0, 1, 2]


def test_a_film_goes_before_or_after_all_others_at_once(films: list[Asset]) -> None:
    _, second, third = films
    move(third, Urgency.SOONER)
    assert "".join(order()) == "cccababab"
    assert before(films) == [1, 2, 0]
    move(second, Urgency.SOONER)
    assert order()[-3:] == ["a"] * 3
    move(second, Urgency.LATER)
    assert "".join(order()) == "cccaaabbb"
    assert before(films) == [1, 2, 0]
    for one in (second, third):
        move(one, Urgency.NORMAL)
    assert "".join(order()) == "abcabcabc"
    assert progress.progress(third.public_id).urgency == 0


def test_whoever_is_encoded_stands_in_no_line(films: list[Asset]) -> None:
    Unit.objects.filter(asset=films[2], name="video-00000").update(state="running")
    assert before(films) == [1, 2, None]
    assert progress.progress(films[1].public_id).films_before == 2
    assert progress.progress(films[2].public_id).films_before is None
    # What is moved forward still waits for what runs.
    move(films[1], Urgency.SOONER)
    assert before(films) == [2, 1, None]


def test_work_that_comes_later_has_its_films_place(films: list[Asset]) -> None:
    move(films[1], Urgency.LATER)
    name = f"{films[1].public_id}:video-00000"
    jobs.cancel(f"media.encode:{name}")
    worklist.enqueue(Asset.objects.get(pk=films[1].pk), again=True)
    assert order()[-3:] == ["b"] * 3


def test_places_never_mix() -> None:
    first, last = worklist.FIRST, 100 + 2000  # of a film of a day
    assert worklist.place(first, Urgency.SOONER) >= 1
    assert worklist.place(last, Urgency.SOONER) < worklist.place(30, Urgency.NORMAL)
    assert worklist.place(900, Urgency.NORMAL) < worklist.place(first, Urgency.LATER)


def test_an_unknown_film_is_named() -> None:
    with pytest.raises(UnknownAsset):
        line.set_urgency(asset_id="ast_gone", urgency=Urgency.SOONER)
    assert line.films_before("ast_gone") is None
