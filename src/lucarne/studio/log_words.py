"""The lines of the audit log as sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from lucarne.accounts import queries as people
from lucarne.accounts.roles import Role
from lucarne.catalog import invitations, queries as catalog
from lucarne.core.audit_log import Line
from lucarne.membership import queries as members
from lucarne.studio.approval_words import LABELS
from lucarne.studio.film_table import VISIBILITIES
from lucarne.studio.role_words import ROLES
from lucarne.studio.visibility_words import said

# What can be asked for, and how the verbs of each kind begin.
KINDS: Final[dict[str, tuple[str | Promise, tuple[str, ...]]]] = {
    "films": (_("Films"), ("video.", "films.")),
    "captions": (_("Captions"), ("caption.",)),
    "approvals": (_("Approvals"), ("approval.",)),
    "team": (_("Team"), ("team.",)),
    "members": (_("Members"), ("member.",)),
    "settings": (_("Settings"), ("channel.", "quota.", "portal.")),
    "sign-ins": (
        _("Accounts"), ("person.", "owner.", "password.", "sign_in_link.", "token."),
    ),
}  # fmt: skip
OF_A_CHANNEL: Final = ("films", "captions", "approvals", "team", "settings")

SENTENCES: Final[dict[str, str | Promise]] = {
    "video.created": _("{who} added “{film}” ({visibility})."),
    "video.edited": _("{who} changed “{film}”: {fields}."),
    "video.visibility": _("{who} changed who can watch “{film}”: {visibility}."),
    "video.link_renewed": _("{who} replaced the private link of “{film}”."),
    "video.binned": _("{who} put “{film}” in the bin."),
    "video.restored": _("{who} took “{film}” out of the bin."),
    "video.deleted": _("{who} deleted “{film}” for good."),
    "video.tried_again": _("{who} had the work on “{film}” tried again."),
    "video.fine_started": _("{who} asked for smaller files of “{film}”."),
    "video.fine_stopped": _("{who} stopped the making of smaller files of “{film}”."),
    "video.work_stopped": _("{who} stopped the work on “{film}”."),
    "video.moved_in_line": _("{who} moved “{film}” in the line of work."),
    "video.poster": _("{who} changed the poster of “{film}”."),
    "video.replacing": _("{who} sent another file for “{film}”: “{file}”."),
    "video.replaced": _("{who} has another file shown for “{film}”: “{file}”."),
    "video.replace_canceled": _("{who} gave up the new file of “{film}”: “{file}”."),
    "video.file_restored": _("{who} had the former file of “{film}” shown again: “{file}”."),
    "video.former_deleted": _("{who} deleted a former file of “{film}”: “{file}”."),
    "films.changed": _("{who} changed {films} films at once."),
    "films.change_undone": _("{who} undid a change for {films} films."),
    "caption.added": _("{who} added captions to “{film}”: {language}."),
    "caption.replaced": _("{who} replaced captions of “{film}”: {language}."),
    "caption.changed": _("{who} changed captions of “{film}”: {language}."),
    "caption.shown": _("{who} showed captions of “{film}”: {language}."),
    "caption.hidden": _("{who} hid captions of “{film}”: {language}."),
    "caption.deleted": _("{who} deleted captions of “{film}”: {language}."),
    "caption.found": _("{who} found captions in “{film}”: {language}."),
    "approval.sent": _("{who} sent “{film}” for approval: {visibility}{fields}."),
    "approval.taken_back": _("{who} took “{film}” back from approval."),
    "approval.approved": _("{who} approved “{film}”."),
    "approval.sent_back": _("{who} sent “{film}” back: “{reason}”"),
    "team.invited": _("{who} invited {email} to the team: {role}."),
    "team.invitation_revoked": _("{who} revoked the invitation of {email}."),
    "team.joined": _("{who} joined the team: {role}."),
    "team.role_changed": _("{who} gave {person} another role: {before} → {role}."),
    "team.removed": _("{who} took {person} off the team ({role})."),
    "team.left": _("{who} left the team ({role})."),
    "member.added": _("{who} made {email} a member."),
    "member.list_imported": _(
        "{who} imported a list of members: {new} new, {again} taken up again."
    ),
    "member.ended": _("{who} set an end to the membership of {email}."),
    "member.taken_up": _("{who} took up the membership of {email} again."),
    "member.invited": _("{who} made a link for {email} to choose a password."),
    "channel.created": _("{who} made the channel “{name}”."),
    "channel.renamed": _("{who} renamed the channel: “{was}” → “{name}”."),
    "quota.changed": _("{who} changed how much fits here."),
    "portal.created": _("{who} named the portal."),
    "portal.changed": _("{who} changed the portal’s name or language."),
    "owner.created": _("{who} became the portal’s owner."),
    "person.created": _("{who} made an account."),
    "person.signed_in": _("{who} signed in."),
    "person.signed_out": _("{who} signed out."),
    "password.changed": _("{who} changed the password."),
    "sign_in_link.issued": _("{who} made a sign-in link for {person}."),
    "token.issued": _("{who} gave a token to the program “{name}”."),
    "token.revoked": _("{who} revoked a program’s token."),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line in words; ``film_id`` is "" where it is about no film."""

    at: datetime
    who: str
    sentence: str
    verb: str
    film_id: str
    film: str
    channel: str


def tell(lines: Iterable[Line]) -> list[Told]:
    """Put lines into words. Five queries, however many lines."""
    some = list(lines)
    words = _Words(some)
    return [words.tell(line) for line in some]


def who(actor: str, names: dict[str, str]) -> str:
    """Name whoever did something."""
    if actor in {"", "economy", "setting"}:
        return gettext("The portal")
    if not actor.startswith("per_"):
        return gettext("A command")
    return names.get(actor) or gettext("Somebody who is gone")


class _Words:
    def __init__(self, lines: list[Line]) -> None:
        self._names = people.names_of(
            {one for line in lines for one in (line.actor, line.subject)}
        )
        self._titles = catalog.titles_of(
            {line.subject for line in lines if line.subject.startswith("vid_")}
        )
        self._emails = invitations.emails_of(
            {line.subject for line in lines if line.subject.startswith("inv_")}
        )
        self._emails |= members.emails_of(
            {line.subject for line in lines if line.subject.startswith("mem_")}
        )
        self._channels = {one.channel_id: one.name for one in catalog.channels()}

    def tell(self, line: Line) -> Told:
        is_film = line.subject.startswith("vid_")
        title = self._titles.get(line.subject) or str(line.detail.get("title", ""))
        name = who(line.actor, self._names)
        facts = {**self._facts(line.detail), "who": name, "film": title or "?"}
        facts["person"] = self._names.get(line.subject) or gettext("somebody")
        facts["email"] = self._emails.get(line.subject) or gettext("somebody")
        sentence = SENTENCES.get(line.verb)
        return Told(
            at=line.at,
            who=name,
            # Every verb has its sentence (a test sees to it); an older log may have
            # others.
            sentence=str(sentence).format(**facts) if sentence else line.verb,
            verb=line.verb,
            film_id=line.subject if is_film else "",
            film=title,
            channel=self._channels.get(line.scope, ""),
        )

    def _facts(self, detail: dict[str, Any]) -> dict[str, Any]:
        fields = [str(LABELS.get(name, name)) for name in detail.get("fields", ())]
        return {
            "fields": ", ".join(fields),
            "visibility": _visibility(detail),
            "language": detail.get("language") or "?",
            "reason": detail.get("reason", ""),
            "films": detail.get("films", 0),
            "new": detail.get("new", 0),
            "again": detail.get("again", 0),
            "name": detail.get("name", ""),
            "file": detail.get("file", ""),
            "was": detail.get("was", ""),
            "role": _role(detail.get("role", "")),
            "before": _role(detail.get("before", "")),
        }


def _visibility(detail: dict[str, Any]) -> str:
    """Say who may watch, and of a schedule from when on; an older log may not know."""
    visibility, publish_at = detail.get("visibility", ""), detail.get("publish_at")
    moment = datetime.fromisoformat(publish_at) if publish_at else None
    if visibility not in VISIBILITIES:
        return ""
    return said(visibility, moment, detail.get("publish_as", ""))


def _role(name: Any) -> str:
    return str(ROLES[Role(name)]) if name in list(Role) else ""
