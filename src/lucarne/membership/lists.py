"""Lists of members from elsewhere: read a file, say what it would do, do it.

A list is a CSV file with an address somewhere in each line, as spreadsheets and the
programs of newsletters write them; other columns do not matter. What was read is kept
for a day, so that whoever sent it can look at the preview first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Final

from django.db import transaction

from lucarne.accounts.errors import BadEmail
from lucarne.accounts.queries import clean_email
from lucarne.catalog.names import clean_line
from lucarne.core import ids
from lucarne.membership.errors import BadList, UnknownList
from lucarne.membership.models import MemberList, Membership
from lucarne.membership.operations import Added, add_many
from lucarne.membership.queries import batches

MOST_BYTES: Final = 20_000_000
MOST_EMAILS: Final = 200_000
BAD_SHOWN: Final = 50
KEPT_FOR: Final = timedelta(days=1)
_LONGEST_SHOWN: Final = 80
_SEPARATORS: Final = ",;\t"


@dataclass(frozen=True, kw_only=True)
class BadLine:
    """A line without an address that is one; ``text`` is what stands in it."""

    number: int
    text: str


@dataclass(frozen=True, kw_only=True)
class ReadList:
    """What a file holds: each address once, as accounts spells them."""

    emails: tuple[str, ...]
    bad: tuple[BadLine, ...]  # the first of them
    bad_count: int
    repeated: int  # lines with an address that came before


@dataclass(frozen=True, kw_only=True)
class ListPreview:
    """What an import would do now."""

    read: ReadList
    new: int
    again: int  # memberships that had ended and would be taken up again
    known: int

    @property
    def more_bad(self) -> int:
        """How many bad lines are not among those that are shown."""
        return self.read.bad_count - len(self.read.bad)


def read(data: bytes) -> ReadList:
    """Read the addresses of a file. Raises BadList."""
    if len(data) > MOST_BYTES:
        raise BadList("large")
    text = _decoded(data)
    emails: dict[str, None] = {}
    bad: list[BadLine] = []
    bad_count = repeated = 0
    for number, cells in _rows(text):
        email = _email_in(cells)
        if email in emails:
            repeated += 1
        elif email:
            emails[email] = None
        else:
            bad_count += 1
            if len(bad) < BAD_SHOWN:
                shown = clean_line(", ".join(cells))[:_LONGEST_SHOWN]
                bad.append(BadLine(number=number, text=shown))
    if not emails:
        raise BadList("empty")
    if len(emails) > MOST_EMAILS:
        raise BadList("many")
    return ReadList(
        emails=tuple(emails), bad=tuple(bad), bad_count=bad_count, repeated=repeated
    )


def _decoded(data: bytes) -> str:
    """Return the text: UTF-8, or what spreadsheets on Windows write."""
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadList("binary")
    for encoding in ("utf-16" if b"\0" in data else "utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadList("binary")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that says something, with its number; not the names of columns."""
    first_line = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    is_first = True
    try:
        for row in reader:
            cells = [cell for cell in row if cell.strip()]
            is_head = is_first and not any("@" in cell for cell in cells)
            if cells and not is_head:
                yield reader.line_num, cells
            is_first = is_first and not cells
    except csv.Error:
        raise BadList("binary") from None


def _email_in(cells: list[str]) -> str:
    """Return the first address of a line, also of “Anne <anne@…>”; "" without one."""
    for cell in cells:
        if "@" in cell:
            try:
                return clean_email(parseaddr(cell)[1] if "<" in cell else cell)
            except BadEmail:
                continue
    return ""


@transaction.atomic
def keep(data: bytes, *, at: datetime) -> str:
    """Read a file and keep what it holds for a day; returns its id. Raises BadList."""
    found = read(data)
    forget(at=at)
    row = MemberList.objects.create(
        public_id=ids.new("mls"),
        emails=found.emails,
        bad=[[line.number, line.text] for line in found.bad],
        bad_count=found.bad_count,
        repeated=found.repeated,
        read_at=at,
    )
    return row.public_id


def preview(list_id: str, *, at: datetime) -> ListPreview:
    """Say what an import of a kept list would do. Raises UnknownList."""
    row = _find(list_id, at=at)
    return preview_of(
        ReadList(
            emails=tuple(row.emails),
            bad=tuple(BadLine(number=number, text=text) for number, text in row.bad),
            bad_count=row.bad_count,
            repeated=row.repeated,
        ),
        at=at,
    )


def preview_of(found: ReadList, *, at: datetime) -> ListPreview:
    """Say what an import of these addresses would do. A query for each 500 of them."""
    known = again = 0
    for some in batches(found.emails):
        ends = Membership.objects.filter(email__in=some).values_list(
            "ends_at", flat=True
        )
        ended = [end is not None and end <= at for end in ends]
        again += sum(ended)
        known += len(ended) - sum(ended)
    return ListPreview(
        read=found, new=len(found.emails) - known - again, again=again, known=known
    )


def take_in(*, list_id: str, actor: str, at: datetime) -> Added:
    """Make members of a kept list. Raises UnknownList."""
    row = _find(list_id, at=at)
    added = add_many(emails=row.emails, actor=actor, at=at)
    row.delete()
    return added


def forget(*, at: datetime) -> None:
    """Forget lists that nobody said yes to."""
    MemberList.objects.filter(read_at__lt=at - KEPT_FOR).delete()


def _find(list_id: str, *, at: datetime) -> MemberList:
    rows = MemberList.objects.filter(public_id=list_id, read_at__gte=at - KEPT_FOR)
    row = rows.first()
    if row is None:
        raise UnknownList
    return row
