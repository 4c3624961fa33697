"""Paths are those of the routes."""

from __future__ import annotations

from django.urls import reverse

from lucarne.portal import addresses


def test_paths_are_those_of_the_routes() -> None:
    assert addresses.home_url() == reverse("portal:home")
    for part in ("vid_0aB9", "l-ete_2"):
        for name, found in (
            ("watch", addresses.watch_url(part)),
            ("state", addresses.state_url(part)),
            ("channel", addresses.channel_url(part)),
        ):
            assert found == reverse(f"portal:{name}", args=[part])
