"""tus 1.0, sentence by sentence: each test names the MUST of the protocol it is for.

https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import resource
import socket
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from lucarne.core import clock
from tests.api.conftest import MAX_BYTES, Client
from tests.live_portal import EMAIL, PASSWORD, Portal, until

DATA = bytes(range(256)) * 40


def digest(name: str, data: bytes) -> str:
    return f"{name} {base64.b64encode(hashlib.new(name, data).digest()).decode()}"


def error_of(answer: httpx.Response) -> str:
    body = answer.json()
    assert body["error"].endswith(".") or body["error"].endswith("…")
    return str(body["code"])


# -- the core protocol


def test_head_always_says_the_offset_and_is_never_stored(client: Client) -> None:
    where = client.create(10)
    found = client.ask("HEAD", where)
    assert found.status_code == 200
    assert found.headers["Upload-Offset"] == "0"
    assert found.headers["Upload-Length"] == "10"
    assert found.headers["Cache-Control"] == "no-store"


def test_head_of_what_is_not_there_has_no_offset(client: Client) -> None:
    found = client.ask("HEAD", "/uploads/upl_0000000000000000")
    assert found.status_code == 404
    assert "Upload-Offset" not in found.headers


def test_patch_appends_and_says_the_new_offset(client: Client) -> None:
    where = client.create(len(DATA))
    first = client.patch(where, DATA[:1000], 0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "1000")
    second = client.patch(where, DATA[1000:], 1000)
    assert (second.status_code, second.headers["Upload-Offset"]) == (
        204,
        str(len(DATA)),
    )
    assert client.stored(where) == DATA


def test_patch_needs_its_content_type(client: Client) -> None:
    where = client.create(10)
    answer = client.ask(
        "PATCH", where, content=b"1", Upload_Offset=0, Content_Type="text/plain"
    )
    assert (answer.status_code, error_of(answer)) == (415, "content_type")
    assert client.offset(where) == 0


@pytest.mark.parametrize("offset", [0, 4, 6, 9])
def test_another_offset_is_a_conflict_that_changes_nothing(
    client: Client, offset: int
) -> None:
    where = client.create(10)
    client.patch(where, b"12345", 0)
    answer = client.patch(where, b"xx", offset)
    assert (answer.status_code, error_of(answer)) == (409, "wrong_offset")
    assert client.stored(where) == b"12345"


@pytest.mark.parametrize("offset", ["-1", "", "x", "1.0", "9" * 30])
def test_an_offset_that_is_no_number_is_refused(client: Client, offset: str) -> None:
    where = client.create(10)
    answer = client.patch(where, b"1", offset)  # type: ignore[arg-type]
    assert (answer.status_code, error_of(answer)) == (400, "bad_request")


def test_patch_of_what_is_not_there_is_404(client: Client) -> None:
    answer = client.patch("/uploads/upl_0000000000000000", b"1", 0)
    assert (answer.status_code, error_of(answer)) == (404, "unknown_upload")


def test_options_needs_nobody_and_says_what_is_spoken(client: Client) -> None:
    answer = httpx.options(f"{client.portal.url}/uploads/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(MAX_BYTES)
    extensions = set(answer.headers["Tus-Extension"].split(","))
    assert extensions == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination",
        "concatenation",
    }  # fmt: skip
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"].split(",")


@pytest.mark.parametrize("version", ["0.2.2", "2.0.0", ""])
def test_another_version_is_412_and_nothing_is_done(
    client: Client, version: str
) -> None:
    where = client.create(10)
    answer = client.patch(where, b"1", 0, Tus_Resumable=version)
    assert answer.status_code == 412
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert client.offset(where) == 0


def test_every_answer_says_the_version(client: Client) -> None:
    where = client.create(1)
    answers = [
        client.ask("HEAD", where), client.ask("HEAD", "/uploads/none"),
        client.patch(where, b"1", 0), client.patch(where, b"1", 7),
        client.ask("POST"), client.ask("GET", where), client.ask("DELETE", where),
        httpx.get(f"{client.portal.url}/uploads/"),
    ]  # fmt: skip
    assert {one.headers["Tus-Resumable"] for one in answers} == {"1.0.0"}


@pytest.mark.parametrize("actual", ["POST", "GET"])
def test_the_method_of_the_header_counts(client: Client, actual: str) -> None:
    where = client.create(3)
    answer = client.ask(
        actual, where, content=b"abc", Upload_Offset=0, X_HTTP_Method_Override="PATCH",
        Content_Type="application/offset+octet-stream",
    )  # fmt: skip
    assert answer.status_code == 204
    assert client.stored(where) == b"abc"


def test_other_methods_are_named(client: Client) -> None:
    assert client.ask("PUT").headers["Allow"] == "OPTIONS, POST"
    answer = client.ask("PUT", client.create(1))
    assert (answer.status_code, error_of(answer)) == (405, "method")


def test_its_sender_reads_what_is_here(client: Client) -> None:
    """As with tusd, whose version a plain GET does not name."""
    where = client.create(len(DATA))
    client.patch(where, DATA[:5000], 0)
    mine = {"Authorization": f"Bearer {client.token}"}
    answer = httpx.get(f"{client.portal.url}{where}", headers=mine)
    assert (answer.status_code, answer.content) == (200, DATA[:5000])
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert httpx.get(f"{client.portal.url}{where}").status_code == 401
    assert client.ask("DELETE", where).status_code == 204
    assert client.ask("GET", where).status_code == 404


def test_pages_of_other_sites_come_with_a_token_only(client: Client) -> None:
    """A browser refuses "*" for a request that has a cookie."""
    where = f"{client.portal.url}/uploads/"
    asked = httpx.options(where, headers={"Origin": "https://cms.example.org"})
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in asked.headers
    allowed = asked.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "tus-resumable", "upload-checksum"} <= set(
        allowed.split(", ")
    )
    made = client.ask("POST", Upload_Length=1, Origin="https://cms.example.org")
    assert made.headers["Access-Control-Allow-Origin"] == "*"
    assert "Location" in made.headers["Access-Control-Expose-Headers"]


# -- creation


def test_creation_says_where_and_begins_with_nothing(client: Client) -> None:
    made = client.ask("POST", Upload_Length=100)
    assert made.status_code == 201
    assert client.offset(made.headers["Location"]) == 0


def test_an_empty_upload_is_whole_at_once(client: Client) -> None:
    where = client.create(0)
    assert client.ask("HEAD", where).headers["Upload-Length"] == "0"


@pytest.mark.parametrize("length", ["", "-1", "x", "1e3", "1" * 19])
def test_a_length_that_is_no_number_is_refused(client: Client, length: str) -> None:
    answer = client.ask("POST", Upload_Length=length)
    assert (answer.status_code, error_of(answer)) == (400, "bad_request")


def test_the_length_must_be_said(client: Client) -> None:
    assert client.ask("POST").status_code == 400
    assert client.ask("POST", Upload_Defer_Length=1).status_code == 400


def test_more_than_the_largest_size_is_413(client: Client) -> None:
    answer = client.ask("POST", Upload_Length=MAX_BYTES + 1)
    assert (answer.status_code, error_of(answer)) == (413, "too_large")


def test_metadata_comes_back_as_it_was_sent(client: Client) -> None:
    metadata = "filename w6l0w6kubXA0,is_confidential,size MTI="
    made = client.ask("POST", Upload_Length=1, Upload_Metadata=metadata)
    found = client.ask("HEAD", made.headers["Location"])
    assert found.headers["Upload-Metadata"] == metadata


@pytest.mark.parametrize(
    "metadata",
    ["a MQ==,a Mg==", "a ###", ",", "é MQ==", "a MQ==,,b MQ==", "a x" * 9000],
)
def test_metadata_without_sense_is_refused(client: Client, metadata: str) -> None:
    answer = client.http.request(
        "POST",
        "/uploads/",
        headers={"Upload-Length": "1", "Upload-Metadata": metadata.encode()},  # type: ignore[dict-item]
    )
    assert answer.status_code == 400


# -- creation with upload


def test_the_first_bytes_may_come_at_once(client: Client) -> None:
    made = client.ask(
        "POST", content=DATA[:700], Upload_Length=len(DATA),
        Content_Type="application/offset+octet-stream",
    )  # fmt: skip
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "700")
    client.patch(made.headers["Location"], DATA[700:], 700)
    assert client.stored(made.headers["Location"]) == DATA


def test_more_bytes_than_announced_make_no_part(client: Client) -> None:
    where = client.create(10)
    answer = client.patch(where, b"12345678901", 0)
    assert (answer.status_code, error_of(answer)) == (413, "too_much")
    assert client.offset(where) == 0
    # Also where the length of the body is not said.
    streamed = client.patch(where, iter([b"123456789", b"01"]), 0)
    assert (streamed.status_code, error_of(streamed)) == (413, "too_much")
    assert client.offset(where) == 0


def test_of_too_long_a_stream_nothing_is_kept(client: Client) -> None:
    where = client.create(2_500_000)
    client.patch(where, b"12345", 0)
    pieces = (bytes([number]) * 100_000 for number in range(40))
    answer = client.patch(where, pieces, 5)
    assert (answer.status_code, error_of(answer)) == (413, "too_much")
    assert client.stored(where) == b"12345"


# -- expiration


def test_the_end_of_an_upload_is_said(client: Client) -> None:
    made = client.ask("POST", Upload_Length=10)
    part = client.patch(made.headers["Location"], b"1", 0)
    for answer in (made, part):
        expires = parsedate_to_datetime(answer.headers["Upload-Expires"])
        assert 6 < (expires - clock.now()).total_seconds() / 86_400 < 7.01


# -- checksum


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha512", "md5"])
def test_a_part_with_its_digest_is_kept(client: Client, name: str) -> None:
    where = client.create(len(DATA))
    for start in (0, 5000):
        part = DATA[start : start + 5000] if not start else DATA[start:]
        answer = client.patch(where, part, start, Upload_Checksum=digest(name, part))
        assert answer.status_code == 204
    assert client.stored(where) == DATA


def test_a_part_with_another_digest_is_460_and_dropped(client: Client) -> None:
    where = client.create(len(DATA))
    client.patch(where, DATA[:10], 0)
    answer = client.patch(where, DATA[10:], 10, Upload_Checksum=digest("sha1", b"x"))
    assert (answer.status_code, error_of(answer)) == (460, "wrong_digest")
    assert client.stored(where) == DATA[:10]


@pytest.mark.parametrize("value", ["crc32 AAAA", "sha1", "sha1 ###", "sha1 AAAA", ""])
def test_a_digest_that_is_not_known_is_400(client: Client, value: str) -> None:
    where = client.create(10)
    answer = client.patch(where, b"1", 0, Upload_Checksum=value)
    assert (answer.status_code, error_of(answer)) == (400, "bad_request")
    assert client.offset(where) == 0


# -- termination


def test_what_was_given_up_is_gone(client: Client) -> None:
    where = client.create(10)
    client.patch(where, b"123", 0)
    assert client.ask("DELETE", where).status_code == 204
    assert client.ask("HEAD", where).status_code == 404
    assert client.ask("DELETE", where).status_code == 404
    assert not (client.portal.data / "incoming" / where.rpartition("/")[2]).exists()


# -- concatenation


def test_parts_become_one_in_the_order_that_is_said(client: Client) -> None:
    parts = [DATA[:3000], DATA[3000:9000], DATA[9000:]]
    places = [client.create(len(one), Upload_Concat="partial") for one in parts]
    for place, data in reversed(list(zip(places, parts, strict=True))):
        assert client.patch(place, data, 0).status_code == 204
        assert client.ask("HEAD", place).headers["Upload-Concat"] == "partial"
    places[1] = client.portal.url + places[1]
    final = client.create(None, Upload_Concat=f"final;{' '.join(places)}")
    found = client.ask("HEAD", final)
    assert found.headers["Upload-Concat"] == f"final;{' '.join(places)}"
    assert (
        found.headers["Upload-Length"]
        == found.headers["Upload-Offset"]
        == str(len(DATA))
    )
    assert client.stored(final) == DATA
    answer = client.patch(final, b"x", len(DATA))
    assert (answer.status_code, error_of(answer)) == (403, "upload_whole")


def test_a_final_upload_needs_whole_parts_of_ones_own(client: Client) -> None:
    part = client.create(10, Upload_Concat="partial")
    plain = client.create(0)
    for concat, code in [
        (f"final;{part}", "upload_unfinished"), (f"final;{plain}", "unknown_upload"),
        ("final;/uploads/upl_0000000000000000", "unknown_upload"),
        ("final;", "bad_request"), (f"final;{plain} {plain}", "bad_request"),
        ("whole", "bad_request"),
    ]:  # fmt: skip
        assert error_of(client.ask("POST", Upload_Concat=concat)) == code
    assert (
        client.ask("POST", Upload_Concat=f"final;{part}", Upload_Length=1).status_code
        == 400
    )
    assert client.offset(part) == 0


# -- who


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer x"}, {"Cookie": "lucarne_session=x"}]
)
def test_strangers_may_not_begin(client: Client, header: dict[str, str]) -> None:
    answer = httpx.post(
        f"{client.portal.url}/uploads/",
        headers={"Tus-Resumable": "1.0.0", "Upload-Length": "1", **header},
    )
    assert (answer.status_code, error_of(answer)) == (401, "sign_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_who_signed_in_may(client: Client) -> None:
    owner = client.portal.session()
    made = owner.post(
        "/uploads/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "3"}
    )
    owner.close()
    assert made.status_code == 201
    # The owner's token is the same person.
    assert client.offset(made.headers["Location"]) == 0


def test_a_revoked_token_ends_at_once(client: Client) -> None:
    portal = client.portal
    made = portal.cli("token", "--new", "short", "--email", EMAIL).stdout.strip()
    headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {made}"}
    where = client.create(1)
    assert httpx.head(portal.url + where, headers=headers).status_code == 200
    listed = portal.cli("token").stdout.splitlines()
    (line,) = [one for one in listed if one.endswith("short")]
    assert made not in "".join(listed)
    portal.cli("token", "--revoke", line.split()[0])
    assert httpx.head(portal.url + where, headers=headers).status_code == 401
    again = portal.cli("token", "--revoke", line.split()[0], check=False)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)


def sent_by(who: httpx.Client, path: str, **data: str) -> httpx.Response:
    """Send a form as its page would."""
    who.get("/sign-in")
    token = who.cookies["csrftoken"]
    headers = {"Referer": f"{who.base_url}/"}
    return who.post(path, data={**data, "csrfmiddlewaretoken": token}, headers=headers)


def test_who_may_publish_nowhere_sends_nothing(client: Client) -> None:
    owner, guest = client.portal.session(), httpx.Client(timeout=60)
    guest.base_url, guest.follow_redirects = client.portal.url, True
    team = re.search(r"/studio/channels/chn_\w+", owner.get("/studio/channels").text)
    assert team
    page = sent_by(owner, team[0], email="zoe@example.org", role="analyst").text
    link = re.search(r"/invitation/[\w-]+", page)
    assert link
    guest.get(link[0])
    assert sent_by(guest, link[0], name="Zoe", password=PASSWORD).is_success
    member = re.search(r"/members/per_\w+", owner.get(team[0]).text.partition("<bdi>Zoe<")[2])
    assert member

    def begin() -> httpx.Response:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "3"}
        return guest.post("/uploads/", headers=headers)

    refused = begin()
    assert (refused.status_code, error_of(refused)) == (403, "not_allowed")
    sent_by(owner, f"{team[0]}{member[0]}/role", role="contributor")
    made = begin()
    assert made.status_code == 201
    sent_by(owner, f"{team[0]}{member[0]}/remove")
    part = guest.patch(
        made.headers["Location"], content=b"abc",
        headers={
            "Tus-Resumable": "1.0.0", "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
        },
    )  # fmt: skip
    assert (part.status_code, error_of(part)) == (403, "not_allowed")
    owner.close()
    guest.close()


# -- what breaks off


def half_a_part(client: Client, where: str, sent: bytes, *, said: int) -> socket.socket:
    """Begin a part by hand, and leave the connection open."""
    line = socket.create_connection(("127.0.0.1", client.portal.port))
    head = (
        f"PATCH {where} HTTP/1.1\r\nHost: 127.0.0.1:{client.portal.port}\r\n"
        f"Tus-Resumable: 1.0.0\r\nAuthorization: Bearer {client.token}\r\n"
        "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {said}\r\n\r\n"
    )
    line.sendall(head.encode() + sent)
    return line


def test_what_came_before_a_break_stays(client: Client) -> None:
    where = client.create(len(DATA))
    line = half_a_part(client, where, DATA[:5000], said=len(DATA))
    line.close()
    until(lambda: len(client.stored(where)) == 5000, seconds=30)
    assert client.patch(where, DATA[5000:], 5000).status_code == 204
    assert client.stored(where) == DATA


def test_who_comes_back_takes_over_from_a_dead_connection(client: Client) -> None:
    data = bytes(range(256)) * 20_000
    where = client.create(len(data))
    line = half_a_part(client, where, data[:3_000_000], said=len(data))
    with line:
        # The old connection is open and silent: nobody can know that it is dead.
        until(lambda: len(client.stored(where)) >= 1_000_000, seconds=30)
        offset = client.offset(where)
        assert 1_000_000 <= offset <= 3_000_000
        assert client.patch(where, data[offset:], offset).status_code == 204
        line.settimeout(30)
        assert line.recv(12) == b"HTTP/1.1 408"
    assert client.stored(where) == data


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")
@pytest.mark.parametrize("has_digest", [False, True])
def test_a_full_disk_is_said_and_the_upload_goes_on_later(
    client: Client, *, has_digest: bool
) -> None:
    """A file that may not grow is for the portal what a full disk is."""
    data = bytes(range(256)) * 20_000
    checked = {"Upload_Checksum": digest("sha1", data)} if has_digest else {}
    where = client.create(len(data))
    with largest_file(client.portal, 3_000_000):
        answer = client.patch(where, data, 0, **checked)
        assert (answer.status_code, error_of(answer)) == (507, "disk_full")
        offset = client.offset(where)
        assert client.stored(where) == data[:offset]
        assert offset == (0 if has_digest else 3_000_000)
        again = client.patch(where, data[offset:], offset)
        assert (again.status_code, error_of(again)) == (507, "disk_full")
    offset = client.offset(where)
    assert client.patch(where, data[offset:], offset).status_code == 204
    assert client.stored(where) == data


@contextlib.contextmanager
def largest_file(portal: Portal, size: int) -> Iterator[None]:
    assert portal.process is not None
    pids = family(portal.process.pid)
    before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    for pid, (_, hard) in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    yield
    for pid, limits in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def family(pid: int) -> list[int]:
    """The process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]
