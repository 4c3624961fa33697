"""Where a film's files lie in the store. Names follow from what they hold."""

from __future__ import annotations


def master(asset_id: str) -> str:
    return f"masters/{asset_id}"


def film(asset_id: str) -> str:
    return f"films/{asset_id}"


def plan(asset_id: str, plan_id: str) -> str:
    return f"films/{asset_id}/{plan_id}"


def poster(asset_id: str, plan_id: str, name: str) -> str:
    """Return the folder of a poster; the first ones lay beside the film."""
    return f"films/{asset_id}/posters/{name}" if name else plan(asset_id, plan_id)


def text(asset_id: str, name: str) -> str:
    return f"films/{asset_id}/captions/{name}.vtt"


def texts(asset_id: str) -> str:
    return f"films/{asset_id}/captions"


def init(asset_id: str, plan_id: str, track: str) -> str:
    return f"films/{asset_id}/{plan_id}/{track}/init.mp4"


def segment(asset_id: str, plan_id: str, track: str, number: int) -> str:
    return f"films/{asset_id}/{plan_id}/{track}/{number}.m4s"
