"""Moments of a film as its readers write them."""

from __future__ import annotations

from fractions import Fraction

from django.utils.formats import get_format

from lucarne.media.description import clock


def written(ms: int) -> str:
    """A moment to the tenth: ``1:02.5``, ``1:02,5`` in French."""
    return clock(Fraction(ms, 1000)).replace(".", get_format("DECIMAL_SEPARATOR"))
