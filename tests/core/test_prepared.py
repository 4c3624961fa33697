"""A prepared question answers as the ORM does, on each database."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from django.db.utils import ConnectionHandler

from lucarne.core.models import AuditLine
from lucarne.core.prepared import Prepared
from lucarne.site.settings import _postgres

AT = dt.datetime(2026, 11, 24, 12, 30, 15, 123456, tzinfo=dt.UTC)
FIELDS = ("at", "verb", "detail")


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
    autouse=True,
)
def lines(request: pytest.FixtureRequest, db: None) -> Iterator[None]:  # noqa: ARG001
    """Write five lines into the default database of this thread."""
    ours = connections["default"]
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        connections["default"] = ConnectionHandler({"default": _postgres(url)})[
            "default"
        ]
        with connections["default"].schema_editor() as editor:
            editor.create_model(AuditLine)
    for n in range(5):
        AuditLine.objects.create(
            at=AT + dt.timedelta(seconds=n),
            verb=f"verb.{n % 2}",
            subject="100 %s?",
            detail={"n": n, "é": [None, True]},
        )
    yield
    if request.param == "postgres":
        connections["default"].close()
    connections["default"] = ours


def of_verb(verb: str) -> list[list[object]]:
    asked = AuditLine.objects.filter(verb=verb).order_by("id")
    return [list(row) for row in asked.values_list(*FIELDS)]


OF_VERB = Prepared(
    lambda verb: AuditLine.objects.filter(verb=verb).order_by("id").values_list(*FIELDS)
)
OF_SUBJECT_AND_VERB = Prepared(
    lambda subject, verb: (
        AuditLine.objects.filter(verb=verb, subject=subject, at__gte=AT)
        .order_by("-id")
        .values_list("at")
    )
)
NEWEST = Prepared(lambda: AuditLine.objects.order_by("-at").values_list("verb", "at"))


def test_rows_are_those_of_the_orm() -> None:
    for verb, count in (("verb.0", 3), ("verb.1", 2), ("' or 1=1", 0), ("", 0)):
        assert OF_VERB.rows(verb) == of_verb(verb)
        assert len(OF_VERB.rows(verb)) == count
    assert OF_VERB.rows("verb.0")[0] == [AT, "verb.0", {"n": 0, "é": [None, True]}]


def test_parameters_go_where_they_belong() -> None:
    found = OF_SUBJECT_AND_VERB.rows("100 %s?", "verb.1")
    assert found == [[AT + dt.timedelta(seconds=n)] for n in (3, 1)]
    assert OF_SUBJECT_AND_VERB.rows("verb.1", "100 %s?") == []


def test_a_part_of_the_rows() -> None:
    whole = NEWEST.rows()
    assert len(whole) == 5
    assert NEWEST.rows(limit=2) == whole[:2]
    assert NEWEST.rows(limit=2, offset=4) == whole[4:]
    assert NEWEST.rows(limit=2, offset=6) == []
    assert NEWEST.first() == whole[0]
    assert OF_VERB.first("verb.9") is None


def test_only_texts_are_parameters() -> None:
    number = Prepared(lambda n: AuditLine.objects.filter(id=n).values_list("verb"))
    with pytest.raises(ValueError, match="place 0"):
        number.rows("1")
    unused = Prepared(lambda _: AuditLine.objects.values_list("verb"))
    with pytest.raises(TypeError, match="text"):
        unused.rows("x")
    with pytest.raises(TypeError):
        OF_VERB.rows()


def test_a_wrong_number_of_parameters_is_an_error_the_second_time_too() -> None:
    assert OF_VERB.rows("verb.1")
    for wrong in ((), ("verb.1", "verb.2")):
        with pytest.raises(TypeError):
            OF_VERB.rows(*wrong)


def test_each_thread_has_its_own() -> None:
    mine = OF_VERB._compiled(1)
    assert OF_VERB._compiled(1) is mine
    theirs = []
    thread = threading.Thread(target=lambda: theirs.append(OF_VERB._compiled(1)))
    thread.start()
    thread.join()
    assert theirs[0].connection is not mine.connection
    assert theirs[0].connection is not OF_VERB._compiled(1).connection
