"""What cannot be published, sent through the studio's form to a real portal."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.engine.films import BAD, film
from tests.live_portal import Portal, get, portal
from tests.studio.test_over_http import token_of

FRENCH = {
    "not_media": "n’est ni un film ni un son lisible",
    "is_playlist": "est une liste qui renvoie à d’autres fichiers",
    "truncated": "est tronqué et rien n’y est lisible",
    "encrypted": "est chiffré",
    "absurd_dimensions": "a une taille qu’aucun écran ne peut afficher",
    "no_tracks": "ne contient ni image ni son",
    "empty": "est vide",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with portal(tmp_path_factory.mktemp("portal") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def owner(running: Portal) -> Iterator[httpx.Client]:
    client = running.session()
    yield client
    client.close()


@pytest.fixture(autouse=True)
def nothing_stays(running: Portal, owner: httpx.Client) -> Iterator[None]:
    """Hold after every test: the portal answers and keeps nothing half-written."""
    yield
    assert get(running.url).status_code == 200
    assert owner.get("/studio/").status_code == 200
    assert list((running.data / "incoming").iterdir()) == []
    assert not any("Traceback" in line for line in running.lines)


def send(
    owner: httpx.Client, name: str, content: bytes, *, language: str = "en"
) -> httpx.Response:
    """Send a film as the form does; returns the page that a person ends on."""
    page = owner.get("/studio/publish").text
    return owner.post(
        "/studio/publish",
        data={
            "anyway": "1",  # the same bytes under many names
            "csrfmiddlewaretoken": token_of(page), "title": "", "description": "",
            "channel": page.split('<option value="')[1].split('"')[0],
            "visibility": "public",
        },
        files={"film": (name, content)},
        headers={"Accept-Language": language, "Referer": str(owner.base_url)},
    )  # fmt: skip


def test_every_kind_is_refused_in_both_languages(owner: httpx.Client) -> None:
    for name, code in BAD.items():
        path = film(name)
        answer = send(owner, path.name, path.read_bytes(), language="fr")
        page = unescape(answer.text)
        sentence = next(
            line for line in re.findall(r"<p>([^<]+)</p>", page) + page.splitlines()
            if FRENCH[code] in line
        )  # fmt: skip
        assert path.name in sentence
        if code == "empty":  # known before anything is kept
            assert answer.status_code == 422
            continue
        assert f"<code>{code}</code>" in page
        english = unescape(owner.get(answer.url, headers={"Accept-Language": "en"}).text)
        assert f"<code>{code}</code>" in english
        assert FRENCH[code] not in english
        assert path.name in english
        # A failed film shows viewers a sentence, and no address of anything.
        watch = get(str(answer.url).replace("/studio/films/", "/watch/"))
        assert watch.status_code == 200
        assert "cannot be watched" in watch.text or "ne peut pas" in watch.text
        assert "/media/" not in watch.text
        assert path.name not in unescape(watch.text)


def test_jobs_list_what_the_studio_refused(
    running: Portal, owner: httpx.Client
) -> None:
    answer = send(owner, "letter.mp4", b"Dear Sir or Madam,\n" * 60)
    video = str(answer.url).rsplit("/", 1)[1]
    films = json.loads(running.cli("jobs", "list", "--json").stdout)["films"]
    (listed,) = [one for one in films if one["video"] == video]
    assert listed["error_code"] == "not_media"
    assert "letter.mp4" in listed["error"]


def test_nobody_is_called(owner: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/inside"
        for text in (
            f"#EXTM3U\n#EXTINF:4,\n{address}.ts\n",
            f"ffconcat version 1.0\nfile '{address}.mp4'\n",
            f'<MPD><Period><BaseURL>{address}</BaseURL></Period></MPD>',
        ):  # fmt: skip
            page = send(owner, "film.mp4", text.encode()).text
            assert "<code>is_playlist</code>" in page
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def raw_upload(owner: httpx.Client, filename: bytes) -> httpx.Response:
    """Send a file name that no well-behaved browser would."""
    page = owner.get("/studio/publish").text
    fields = {
        "csrfmiddlewaretoken": token_of(page), "title": "", "visibility": "public",
        "anyway": "1", "channel": page.split('<option value="')[1].split('"')[0],
    }  # fmt: skip
    parts = [
        f'--e\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for k, v in fields.items()
    ]
    head = b'--e\r\nContent-Disposition: form-data; name="film"; filename="'
    tail = b'"\r\n\r\n' + b"no film at all " * 60 + b"\r\n--e--\r\n"
    return owner.post(
        "/studio/publish",
        content=b"".join([*parts, head, filename, tail]),
        headers={
            "Content-Type": "multipart/form-data; boundary=e",
            "Referer": str(owner.base_url),
        },
    )


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"../../../etc/passwd.mp4", "passwd.mp4"),
        (b"C:\\films\\a.mp4", "a.mp4"),
        ("a\u202egpj.mp4".encode(), "agpj.mp4"),
        ("🎬 été.mp4".encode(), "🎬 été.mp4"),
        (b"<script>alert(1)</script>.mp4", "script>.mp4"),
        (b"x" * 300 + b".mp4", "x" * 300),
        (b"nul\0 tab\t.mp4", "nul tab.mp4"),
    ],
)
def test_names_that_no_browser_sends(
    owner: httpx.Client, sent: bytes, shown: str
) -> None:
    answer = raw_upload(owner, sent)
    assert answer.status_code == 200, answer.text
    assert "<script>alert" not in answer.text
    page = unescape(answer.text)
    assert f"{shown}” is not a film or a sound" in page
    assert "\u202e" not in page
    assert "<code>not_media</code>" in page


def test_a_name_that_is_no_text_is_no_film(owner: httpx.Client) -> None:
    answer = raw_upload(owner, b"caf\xe9 \xff.mp4")
    assert answer.status_code == 422
    assert "Choose a film first." in answer.text


def test_a_film_cut_short_is_published_and_says_so(
    running: Portal, owner: httpx.Client
) -> None:
    """The studio and the watch page both warn, and what is there can be played."""
    path = film("truncated")
    answer = send(owner, path.name, path.read_bytes())
    assert "The file is cut short: only its beginning could be published." in answer.text
    video = str(answer.url).rsplit("/", 1)[1]
    french = owner.get(answer.url, headers={"Accept-Language": "fr"}).text
    assert "tronqué" in french
    done = running.cli("publish", "--json", str(path))  # waits as a person would
    made = json.loads(done.stdout)
    assert abs(made["duration_ms"] - 5000) < 150
    watch = get(made["url"], headers={"Accept-Language": "en"}).text
    assert "only its beginning could be published" in watch
    index = get(made["hls"].replace("main.m3u8", "film.mp4"))
    assert index.status_code == 200
    assert owner.get(f"/studio/films/{video}").status_code == 200


def test_nothing_is_orphaned_at_the_end(running: Portal) -> None:
    done = running.cli("check", "--storage", "--json", check=False)
    findings = {one["id"]: one for one in json.loads(done.stdout)["findings"]}
    assert not findings.keys() & {"storage-missing", "storage-size"}, findings
    scratch = running.data / "scratch"
    kept = {path.name for path in scratch.rglob("*") if path.is_file()}
    assert {name for name in kept if not name.endswith(".lock")} == set() or any(
        json.loads(running.cli("jobs", "list", "--json").stdout)["jobs"]
    )


def test_the_page_names_no_folder_of_the_machine(owner: httpx.Client) -> None:
    answer = send(owner, "letter.mp4", b"Dear Sir or Madam,\n" * 60)
    assert str(Path(__file__).parents[2]) not in answer.text
    assert "/store/" not in answer.text
