"""Members in words: the rows of the page, and of the files that are sent."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lucarne.accounts import queries as people
from lucarne.membership.queries import Member
from lucarne.studio.film_csv import Cell
from lucarne.studio.log_words import who


@dataclass(frozen=True, kw_only=True)
class Row:
    """``is_member``: now; ``will_end``: at a time that is known."""

    member: Member
    is_member: bool
    will_end: bool
    added_by: str
    since: str
    until: str  # the last day, "" when nobody knows


def rows(members: Sequence[Member], *, at: datetime) -> list[Row]:
    """Put members into words. One query."""
    names = people.names_of({one.added_by for one in members})
    return [
        Row(
            member=one,
            is_member=one.is_member(at),
            will_end=one.ends_at is not None and one.ends_at > at,
            added_by=_by(who(one.added_by, names), one.added_by),
            since=_day(one.began_at, "DATE_FORMAT"),
            until=_last_day(one, "DATE_FORMAT"),
        )
        for one in members
    ]


def csv_rows(members: Iterable[Member], *, at: datetime) -> Iterator[list[Cell]]:
    """Return the lines of a file.

    Every word is translated now: the lines are asked for when the language of the
    request is forgotten.
    """
    head: list[Cell] = [
        _("Email"), _("Name"), _("Member since"), _("Last day"), _("Member now"),
        _("Account"),
    ]  # fmt: skip
    said = {True: _("yes"), False: _("no")}

    def line(one: Member) -> list[Cell]:
        return [
            one.email, one.name, _day(one.began_at), _last_day(one),
            said[one.is_member(at)], said[one.has_account],
        ]  # fmt: skip

    return itertools.chain([head], map(line, members))


def link_rows(
    made: Iterable[tuple[str, str]], around: Sequence[str]
) -> Iterator[list[Cell]]:
    """Return the lines of a file of links; ``around``: their address before and after."""
    head: list[Cell] = [_("Email"), _("Link")]
    before, after = around
    lines: Iterator[list[Cell]] = (
        [email, f"{before}{token}{after}"] for email, token in made
    )
    return itertools.chain([head], lines)


def _by(name: str, actor: str) -> str:
    """Write who did it as it stands within a sentence: names keep their capitals."""
    return name if actor.startswith("per_") else name[:1].lower() + name[1:]


def _last_day(member: Member, style: str = "") -> str:
    # What ends at midnight ended the day before.
    return _day(member.ends_at - timedelta(seconds=1), style) if member.ends_at else ""


def _day(moment: datetime, style: str = "") -> str:
    local = localtime(moment)
    return date_format(local, style) if style else f"{local:%Y-%m-%d}"
