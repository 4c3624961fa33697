"""``lucarne team``: the operator lists, invites and takes off."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from lucarne.catalog import operations, teams
from lucarne.catalog.models import TeamMember
from lucarne.cli import team
from lucarne.cli.main import build_parser
from lucarne.core import clock
from lucarne.core.errors import LucarneError
from lucarne.core.models import AuditLine
from tests.studio.teams import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("folder")
def test_the_operator_makes_a_team(
    capsys: pytest.CaptureFixture[str], settings: object
) -> None:
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]
    channel = operations.create_channel(name="Nature", actor="cli", at=clock.now())
    parser, _ = build_parser(["team"])

    def told(*args: str) -> str:
        assert team.run(parser.parse_args(["team", *args])) == 0
        return capsys.readouterr().out.strip()

    assert told().startswith("Nobody is on this team.")
    invited = json.loads(
        told("--invite", "Zoe@example.org", "--role", "contributor", "--json")
    )
    assert (invited["email"], invited["role"]) == ("zoe@example.org", "contributor")
    path = "/invitation/" + invited["link"].rpartition("/")[2]
    Client().post(path, {"name": "Zoé", "password": PASSWORD})
    assert told("--channel", "nature").split() == ["contributor", "zoe@example.org", "Zoé"]
    told("--remove", "zoe@example.org")
    assert teams.team_of(channel.channel_id) == ()
    assert not TeamMember.objects.exists()
    removed = AuditLine.objects.get(verb="team.removed")
    assert (removed.actor, removed.scope) == ("cli", channel.channel_id)
    for email in ("zoe@example.org", "nobody@example.org"):
        with pytest.raises(LucarneError):
            told("--remove", email)
