"""``lucarne members``: the operator lists, adds, imports and ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from django.test import Client

from lucarne.cli import members
from lucarne.cli.main import build_parser
from lucarne.core.errors import LucarneError
from lucarne.core.models import AuditLine
from lucarne.membership.models import Membership
from tests.studio.teams import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("folder")
def test_the_operator_names_members(
    capsys: pytest.CaptureFixture[str], settings: object, tmp_path: Path
) -> None:
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]
    parser, _ = build_parser(["members"])

    def told(*args: str) -> str:
        assert members.run(parser.parse_args(["members", *args])) == 0
        return capsys.readouterr().out.strip()

    assert told().startswith("Nobody is a member.")
    link = told("add", "Zoe@example.org")
    path = "/invitation/" + link.rpartition("/")[2]
    Client().post(path, {"name": "Zoé", "password": PASSWORD})
    (zoe,) = json.loads(told("list", "--json"))
    assert (zoe["email"], zoe["name"], zoe["state"]) == ("zoe@example.org", "Zoé", "member")

    file = tmp_path / "staff.csv"
    file.write_text("email\nzoe@example.org\nanne@example.org\nnobody\n")
    assert told("import", str(file), "--dry-run") == "1 new, 0 again, 1 known, 1 left out"
    assert Membership.objects.count() == 1
    assert json.loads(told("import", str(file), "--json"))["new"] == 1
    assert json.loads(told("import", str(file), "--json"))["known"] == 2
    (head, anne) = csv.reader(told("links").splitlines())
    assert (head, anne[0]) == (["email", "link"], "anne@example.org")

    ended = json.loads(told("end", "zoe@example.org", "--json"))
    assert ended["state"] == "ended"
    told("end", "anne@example.org", "--on", "2099-12-31")
    lines = told().splitlines()
    assert [line.split()[0] for line in lines] == ["member", "ended"]
    assert "2099-12-31  anne@example.org" in lines[0]
    assert set(AuditLine.objects.filter(verb="member.ended").values_list("actor")) == {
        ("cli",)
    }
    for args in (("end", "who@example.org"), ("add", "anne@example.org"), ("add", "x")):
        with pytest.raises(LucarneError):
            told(*args)
    with pytest.raises(SystemExit):
        parser.parse_args(["members", "end", "x", "--on", "soon"])
