"""Our SQLite backend answers as Django's own does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.models import F, Max

from lucarne.core.models import AuditLine

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 24, 12, 30, 15, 123456, tzinfo=dt.UTC)


def test_times_come_back_as_they_went_in() -> None:
    for at in (AT, AT.replace(microsecond=0), AT.replace(year=1, fold=1)):
        line = AuditLine.objects.create(at=at, verb="v", subject="s", detail={})
        line.refresh_from_db()
        assert line.at == at
        assert line.at.tzinfo is dt.UTC
    paris = dt.timezone(dt.timedelta(hours=1))
    line.at = AT.astimezone(paris)
    line.save()
    assert AuditLine.objects.aggregate(newest=Max("at")) == {"newest": AT}
    assert AuditLine.objects.filter(at=F("at")).values_list("at", flat=True)[0] == AT


def test_no_time_stays_no_time() -> None:
    assert AuditLine.objects.aggregate(newest=Max("at")) == {"newest": None}


def test_statements_are_understood_with_and_without_parameters() -> None:
    for times in range(2):  # written, and remembered
        with connection.cursor() as cursor:
            cursor.execute("SELECT '100 %%', %s, '%%s'", [times])
            assert cursor.fetchone() == ("100 %", times, "%s")
            cursor.execute("SELECT '100 %%'")
            assert cursor.fetchone() == ("100 %%",)
            cursor.execute("SELECT %(a)s || %(b)s || '%%'", {"a": "x", "b": "y"})
            assert cursor.fetchone() == ("xy%",)
