"""tus 1.0: the MUSTs that test_tus.py leaves out, one test for each, by its section.

https://tus.io/protocols/resumable-upload, version 1.0.0 of 2016-03-25
"""

from __future__ import annotations

import re

import httpx
import pytest

from tests.api.conftest import Client
from tests.api.test_tus import digest, error_of

OFFSET_TYPE = "application/offset+octet-stream"
# IMF-fixdate of RFC 7231, 7.1.1.1: the only form that may be written.
HTTP_DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d{2}:\d{2}:\d{2} GMT"
)


# -- the core protocol


def test_head_says_the_offset_of_what_is_complete(client: Client) -> None:
    """HEAD: Upload-Offset always, even if the upload is already completed."""
    where = client.create(3)
    client.patch(where, b"abc", 0)
    found = client.ask("HEAD", where)
    assert (found.headers["Upload-Offset"], found.headers["Upload-Length"]) == ("3", "3")
    assert found.headers["Cache-Control"] == "no-store"


def test_options_ignores_the_version(client: Client) -> None:
    """OPTIONS: the Server MUST ignore Tus-Resumable."""
    for version in ("1.0.0", "0.0.1", "nonsense"):
        answer = httpx.options(
            f"{client.portal.url}/uploads/", headers={"Tus-Resumable": version}
        )
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == "1.0.0"


def test_without_a_version_nothing_is_done(client: Client) -> None:
    """Tus-Resumable MUST be in every request but OPTIONS."""
    where = client.create(3)
    mine = {"Authorization": f"Bearer {client.token}"}
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = httpx.request(method, f"{client.portal.url}{where}", headers=mine)
        assert answer.status_code == 412
        assert answer.headers["Tus-Version"] == "1.0.0"
    assert client.offset(where) == 0


@pytest.mark.parametrize("method", ["HEAD", "DELETE", "POST"])
def test_another_version_is_not_processed(client: Client, method: str) -> None:
    """412 with Tus-Version, and the Server MUST NOT process the request."""
    where = client.create(3)
    path = "/uploads/" if method == "POST" else where
    answer = client.ask(method, path, Upload_Length=3, Tus_Resumable="0.2.2")
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert "Location" not in answer.headers
    assert client.offset(where) == 0


@pytest.mark.parametrize(
    ("said", "status"), [("HEAD", 200), ("DELETE", 204), ("OPTIONS", 204), ("TURN", 405)]
)
def test_the_method_that_is_said_is_the_requests(
    client: Client, said: str, status: int
) -> None:
    """X-HTTP-Method-Override MUST be the method; the actual one MUST be ignored."""
    where = client.create(3)
    answer = client.ask("POST", where, X_HTTP_Method_Override=said)
    assert answer.status_code == status
    assert client.ask("HEAD", where).status_code == (404 if said == "DELETE" else 200)


# -- creation


def test_a_deferred_length_is_not_announced_and_not_taken(client: Client) -> None:
    """creation-defer-length MUST be announced where it is supported."""
    announced = httpx.options(f"{client.portal.url}/uploads/").headers["Tus-Extension"]
    assert "creation-defer-length" not in announced.split(",")
    for value in ("1", "2"):
        answer = client.ask("POST", Upload_Defer_Length=value)
        assert (answer.status_code, error_of(answer)) == (400, "bad_request")


@pytest.mark.parametrize("metadata", ["a b MQ==", "a MQ==,a", "a MQ", "a MQ==;b"])
def test_a_key_has_no_space_and_comes_once_and_a_value_is_base64(
    client: Client, metadata: str
) -> None:
    """Upload-Metadata: what its form MUST be."""
    answer = client.ask("POST", Upload_Length=1, Upload_Metadata=metadata)
    assert (answer.status_code, error_of(answer)) == (400, "bad_request")


# -- creation with upload


def test_what_came_along_counts_from_its_first_byte(client: Client) -> None:
    """Upload-Offset MUST be the offset after the bytes were applied, also all of them."""
    made = client.ask("POST", content=b"abc", Upload_Length=3, Content_Type=OFFSET_TYPE)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "3")
    assert HTTP_DATE.fullmatch(made.headers["Upload-Expires"])
    # Without the type the body is no part.
    plain = client.ask("POST", content=b"abc", Upload_Length=3, Content_Type="text/plain")
    assert client.offset(plain.headers["Location"]) == 0


def test_what_came_along_is_checked_as_a_part_is(client: Client) -> None:
    answer = client.ask(
        "POST", content=b"abc", Upload_Length=3, Content_Type=OFFSET_TYPE,
        Upload_Checksum=digest("sha1", b"abd"),
    )  # fmt: skip
    assert (answer.status_code, error_of(answer)) == (460, "wrong_digest")


# -- expiration


def test_every_answer_to_a_part_says_when_it_ends(client: Client) -> None:
    """Upload-Expires MUST be in every PATCH response, in the format of RFC 7231."""
    made = client.ask("POST", Upload_Length=3)
    where = made.headers["Location"]
    for answer in (made, *(client.patch(where, b"x", offset) for offset in range(3))):
        assert HTTP_DATE.fullmatch(answer.headers["Upload-Expires"])


# -- checksum


def test_names_of_algorithms_are_lower_case_and_announced(client: Client) -> None:
    """Names MUST be ASCII without uppercase; sha1 MUST be among them."""
    answer = httpx.options(f"{client.portal.url}/uploads/")
    names = answer.headers["Tus-Checksum-Algorithm"].split(",")
    assert "sha1" in names
    assert all(re.fullmatch(r"[!-@\[-~]+", name) for name in names)
    for name in names:
        where = client.create(3)
        part = client.patch(where, b"abc", 0, Upload_Checksum=digest(name, b"abc"))
        assert part.status_code == 204
    where = client.create(3)
    shouted = digest("sha1", b"abc").replace("sha1", "SHA1")
    assert client.patch(where, b"abc", 0, Upload_Checksum=shouted).status_code == 400
    assert client.offset(where) == 0


def test_a_stream_with_another_digest_is_dropped_too(client: Client) -> None:
    """The chunk MUST be discarded, the offset not updated; its length was not said."""
    where = client.create(10)
    client.patch(where, b"ab", 0)
    wrong = digest("sha1", b"cdx")
    answer = client.patch(where, iter([b"cd", b"e"]), 2, Upload_Checksum=wrong)
    assert (answer.status_code, error_of(answer)) == (460, "wrong_digest")
    assert client.stored(where) == b"ab"
    assert client.offset(where) == 2


# -- termination


def test_what_is_complete_can_be_given_up(client: Client) -> None:
    """DELETE of completed uploads, too, MUST be answered 204."""
    where = client.create(3)
    client.patch(where, b"abc", 0)
    assert client.ask("DELETE", where).status_code == 204
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = client.ask(
            method, where, Upload_Offset=3, Content_Type=OFFSET_TYPE
        )
        assert answer.status_code == 404


# -- concatenation


def joined(client: Client, **headers: str) -> tuple[list[str], str]:
    parts = [
        client.create(size, name=f"part-{size}", Upload_Concat="partial")
        for size in (2, 3)
    ]
    for part, data in zip(parts, (b"ab", b"cde"), strict=True):
        client.patch(part, data, 0)
    made = client.ask("POST", Upload_Concat=f"final;{' '.join(parts)}", **headers)
    assert made.status_code == 201
    return parts, made.headers["Location"].removeprefix(client.portal.url)


def test_a_final_upload_has_none_of_its_parts_metadata(client: Client) -> None:
    """The partial uploads' metadata SHALL NOT be transferred."""
    _, bare = joined(client)
    assert "Upload-Metadata" not in client.ask("HEAD", bare).headers
    _, told = joined(client, Upload_Metadata="a Yg==")
    assert client.ask("HEAD", told).headers["Upload-Metadata"] == "a Yg=="


@pytest.mark.parametrize("offset", [0, 3, 5, 9])
def test_no_part_is_added_to_a_final_upload(client: Client, offset: int) -> None:
    """PATCH of it MUST be 403 and MUST NOT modify the final or its partial uploads."""
    parts, final = joined(client)
    answer = client.patch(final, b"x", offset)
    assert (answer.status_code, error_of(answer)) == (403, "upload_whole")
    assert client.stored(final) == b"abcde"
    for part, size in zip(parts, (2, 3), strict=True):
        found = client.ask("HEAD", part)
        assert found.status_code in {200, 404}  # a server may delete them
        if found.status_code == 200:
            assert found.headers["Upload-Offset"] == str(size)


def test_a_partial_upload_says_what_it_is_before_its_first_byte(client: Client) -> None:
    """HEAD of a partial upload MUST have Upload-Offset, Upload-Length, Upload-Concat."""
    found = client.ask("HEAD", client.create(7, Upload_Concat="partial"))
    names = ("Upload-Offset", "Upload-Length", "Upload-Concat")
    assert [found.headers[name] for name in names] == ["0", "7", "partial"]


def test_parts_on_their_way_are_not_announced_and_not_joined(client: Client) -> None:
    """concatenation-unfinished MUST be announced where it is supported."""
    announced = httpx.options(f"{client.portal.url}/uploads/").headers["Tus-Extension"]
    assert "concatenation-unfinished" not in announced.split(",")
    part = client.create(7, Upload_Concat="partial")
    client.patch(part, b"abc", 0)
    answer = client.ask("POST", Upload_Concat=f"final;{part}")
    assert (answer.status_code, error_of(answer)) == (400, "upload_unfinished")
    assert client.stored(part) == b"abc"
