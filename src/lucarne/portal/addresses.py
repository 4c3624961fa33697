"""Paths of the pages for viewers, without finding each out anew from the routes."""

from __future__ import annotations

import functools

from django.urls import reverse

_PLACE = "place"


@functools.cache
def _around_place(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[_PLACE]).partition(_PLACE)
    return before, after


@functools.cache
def home_url() -> str:
    return reverse("portal:home")


def watch_url(video_id: str) -> str:
    """Path of a video's page; public ids need no escaping."""
    return video_id.join(_around_place("portal:watch"))


def state_url(video_id: str) -> str:
    """Path of what a page asks while it waits for a film."""
    return video_id.join(_around_place("portal:state"))


def played_url(video_id: str) -> str:
    """Path to which a player says what was played."""
    return video_id.join(_around_place("portal:played"))


def channel_url(slug: str) -> str:
    """Path of a channel's page; slugs need no escaping."""
    return slug.join(_around_place("portal:channel"))
