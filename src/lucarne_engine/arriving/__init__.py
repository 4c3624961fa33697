"""A film of which only a part is here: what can be made of it already.

    index     what says what lies where; it may come before the film does
    mp4       the index of an MP4: its box of tables
    matroska  that of Matroska and WebM: its last clusters and its cues
    need      which bytes a chunk of the plan, or its first sound, is made of
    view      a file as long as the film, with holes where nothing is looked at

What is made of a view is made of the film's own bytes: it is the same as later.
"""

from lucarne_engine.arriving.index import (
    MOST_INDEX_BYTES,
    beginning,
    find_index,
    is_index,
    is_movie,
    opening,
)
from lucarne_engine.arriving.need import (
    Span,
    chunk_spans,
    settled_chunks,
    sound_span,
)
from lucarne_engine.arriving.view import Missing, make_view

__all__ = [
    "MOST_INDEX_BYTES",
    "Missing",
    "Span",
    "beginning",
    "chunk_spans",
    "find_index",
    "is_index",
    "is_movie",
    "make_view",
    "opening",
    "settled_chunks",
    "sound_span",
]
