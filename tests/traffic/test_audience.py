"""What is read from the name of a browser and of the page before."""

from __future__ import annotations

import pytest

from lucarne.traffic.audience import device_of, is_program, source_of

SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 {}Safari/604.1"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 {}Safari/537.36"
PEOPLE = {
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {SAFARI.format('Mobile/15E148 ')}": "phone",
    f"Mozilla/5.0 (Linux; Android 16; K) {CHROME.format('Mobile ')}": "phone",
    f"Mozilla/5.0 (Linux; Android 9; CUBOT NOTE) {CHROME.format('Mobile ')}": "phone",
    "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0": "phone",
    f"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) {SAFARI.format('Mobile/15E148 ')}": "tablet",
    f"Mozilla/5.0 (Linux; Android 14; SM-X710) {CHROME.format('')}": "tablet",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME.format('')}": "computer",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI.format('')}": "computer",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "computer",
    f"Mozilla/5.0 (Web0S; Linux/SmartTV) {CHROME.format('')} WebAppManager": "tv",
    f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) {CHROME.format('')}": "tv",
    f"Mozilla/5.0 (Linux; Android 12; BRAVIA 4K) {CHROME.format('')}": "tv",
    "Mozilla/5.0 (KaiOS)": "other",
}  # fmt: skip
PROGRAMS = (
    "",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.format('').replace('Chrome', 'HeadlessChrome')}",
    "facebookexternalhit/1.1",
    "python-httpx/0.28.1",
    "curl/8.14.1",
    "Mozilla/5.0 (compatible; bingbot/2.0) Chrome/116.0.0.0 Safari/537.36",
    "Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2)",
)


@pytest.mark.parametrize(("name", "device"), PEOPLE.items())
def test_what_people_watch_on(name: str, device: str) -> None:
    assert not is_program(name)
    assert device_of(name) == device


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_no_audience(name: str) -> None:
    assert is_program(name)


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("", "direct"), ("films.example.org", "portal"), ("FILMS.example.org", "portal"),
        ("www.google.com", "search"), ("www.google.co.uk", "search"),
        ("duckduckgo.com", "search"), ("m.facebook.com", "social"), ("t.co", "social"),
        ("x.com", "social"), ("www.linkedin.com", "social"), ("example.org", "site"),
        ("google.example.org", "site"), ("localhost", "site"), ("127.0.0.1", "site"),
        (".", "direct"), ("a..b", "site"), ("[::1]", "site"),
    ],
)  # fmt: skip
def test_where_people_come_from(host: str, source: str) -> None:
    assert source_of(host, own_host="films.example.org") == source
